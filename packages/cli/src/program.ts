/** The `selvedge` command: its subcommands, and how their errors become messages and exit codes. */
import { Command, CommanderError } from "commander";
import { apiServerCommand } from "./commands/api-server.ts";
import { applyCommand } from "./commands/apply.ts";
import { attachCommand, detachCommand } from "./commands/attach.ts";
import { bgpCommand } from "./commands/bgp-decode.ts";
import { clearCommand } from "./commands/clear.ts";
import { completeCommand, completionCommand } from "./commands/completion.ts";
import { datastoreCommand } from "./commands/datastore.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describeCommand } from "./commands/describe.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { getCommand } from "./commands/get.ts";
import { ipamCommand } from "./commands/ipam.ts";
import { annotateCommand, labelCommand } from "./commands/label.ts";
import { showCommand } from "./commands/show.ts";
import { tokenCommand } from "./commands/token.ts";
import { validateCommand } from "./commands/validate.ts";
import { waitCommand } from "./commands/wait.ts";
import { describeError } from "./error-report.ts";
import { type CommandIo, EXIT } from "./io.ts";

const EXIT_CODES = `
Exit codes: 0 done, 1 failure, 2 wrong usage or nothing found, 3 no answer or time-out, 4 done in part.
The agent itself is started with: selvedge agent --config FILE`;

/** Runs one command line (without the program's name) and returns its exit code. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    await buildProgram(io).parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const known = describeError(error);
    if (known === undefined) throw error;
    if (known.message !== "") io.stderr(`selvedge: ${known.message}\n`);
    return known.exitCode;
  }
}

/** The tree of commands. */
export function buildProgram(io: CommandIo): Command {
  const program = new Command("selvedge")
    .description("multi-tenant network for Linux hosts: namespace VRFs, VXLAN and BGP EVPN")
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(--help shows what is possible)");
  program
    .addCommand(applyCommand(io))
    .addCommand(diffCommand(io))
    .addCommand(validateCommand(io))
    .addCommand(explainCommand(io))
    .addCommand(getCommand(io))
    .addCommand(describeCommand(io))
    .addCommand(deleteCommand(io))
    .addCommand(waitCommand(io))
    .addCommand(labelCommand(io))
    .addCommand(annotateCommand(io))
    .addCommand(attachCommand(io))
    .addCommand(detachCommand(io))
    .addCommand(showCommand(io))
    .addCommand(clearCommand(io))
    .addCommand(ipamCommand(io))
    .addCommand(datastoreCommand(io))
    .addCommand(tokenCommand(io))
    .addCommand(bgpCommand(io))
    .addCommand(apiServerCommand(io))
    .addCommand(completionCommand(io))
    .addCommand(
      completeCommand(io, () => program),
      { hidden: true },
    );
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
  }
  return program;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
