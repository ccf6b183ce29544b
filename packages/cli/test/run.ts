/** Runs the command in this process, with its input and output in memory. */
import { setTimeout as pause } from "node:timers/promises";
import { type CommandIo, runCommand } from "../src/index.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `untilStopped`: what a command that serves does before it is told to end. */
export async function run(
  args: readonly string[],
  stdin = "",
  untilStopped: () => Promise<void> = async () => undefined,
): Promise<CommandResult> {
  const output = { stdout: "", stderr: "" };
  const exitCode = await runCommand(args, ioOf(output, stdin, untilStopped));
  return { exitCode, ...output };
}

/** A command that goes on until it is told to end. */
export interface RunningCommand {
  /** What it has written to both so far. */
  readonly written: () => string;
  /** Waits until it has written the text. */
  saysSoon(text: string): Promise<void>;
  stop(): Promise<CommandResult>;
}

export function start(args: readonly string[]): RunningCommand {
  const output = { stdout: "", stderr: "" };
  const told = Promise.withResolvers<void>();
  const ended = runCommand(
    args,
    ioOf(output, "", () => told.promise),
  );
  const written = () => output.stdout + output.stderr;
  return {
    written,
    async saysSoon(text) {
      for (let attempt = 0; !written().includes(text); attempt++) {
        if (attempt === 1000) throw new Error(`it does not say "${text}":\n${written()}`);
        await pause(10);
      }
    },
    async stop() {
      told.resolve();
      return { exitCode: await ended, ...output };
    },
  };
}

function ioOf(
  output: { stdout: string; stderr: string },
  stdin: string,
  untilStopped: () => Promise<void>,
): CommandIo {
  return {
    stdout: (text) => {
      output.stdout += text;
    },
    stderr: (text) => {
      output.stderr += text;
    },
    readStdin: async () => new TextEncoder().encode(stdin),
    untilStopped,
    isTerminal: false,
    onHangUp: () => undefined,
  };
}
