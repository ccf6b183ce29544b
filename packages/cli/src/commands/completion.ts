/** `selvedge completion SHELL`, and `__complete`, which the scripts call. */
import { Argument, Command } from "commander";
import { type Candidate, readLine } from "../completion/completion-request.ts";
import { liveNames } from "../completion/live-names.ts";
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from "../completion/scripts.ts";
import { describeError } from "../error-report.ts";
import type { CommandIo } from "../io.ts";

/** Milliseconds that somebody who has pressed the tab key waits for a server. */
const PATIENCE = 1000;

const COMPLETION_HELP = `
  bash   source <(selvedge completion bash), or the script as /etc/bash_completion.d/selvedge
  zsh    source <(selvedge completion zsh), or the script as a file _selvedge in $fpath
  fish   selvedge completion fish > ~/.config/fish/completions/selvedge.fish`;

/** `completion`. */
export function completionCommand(io: CommandIo): Command {
  return new Command("completion")
    .description("print a script that completes commands, options, and names of resources")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText("after", COMPLETION_HELP)
    .action((shell: Shell) => io.stdout(COMPLETION_SCRIPTS[shell]));
}

/** `__complete`, which is for scripts: silent about everything that is wrong, since somebody is typing. */
export function completeCommand(io: CommandIo, program: () => Command): Command {
  return new Command("__complete")
    .description("candidates for the last of the words")
    .argument("[words...]")
    .action(async (words: string[]) => {
      const { command, words: before, request } = readLine(program(), words);
      if (request.kind === "files") return io.stdout(":files\n");
      const candidates =
        request.kind === "words"
          ? request.candidates
          : await soon(() => liveNames(command, before, request, silent(io)));
      io.stdout(linesOf(candidates, words.at(-1) ?? ""));
    });
}

function linesOf(candidates: readonly Candidate[], current: string): string {
  return candidates
    .filter(({ word }) => word.startsWith(current))
    .map(({ word, description }) => (description === "" ? word : `${word}\t${description}`))
    .map((line) => `${line}\n`)
    .join("");
}

/** Nothing, where it takes too long or cannot be had. */
async function soon(ask: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  const late = Promise.withResolvers<readonly Candidate[]>();
  const timer = setTimeout(() => late.resolve([]), PATIENCE);
  try {
    return await Promise.race([ask(), late.promise]);
  } catch (error) {
    if (describeError(error) === undefined) throw error;
    return [];
  } finally {
    clearTimeout(timer);
  }
}

function silent(io: CommandIo): CommandIo {
  return { ...io, stderr: () => undefined, isTerminal: false };
}
