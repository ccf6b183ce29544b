/** Entry point of `npm start`: reads the command line, turns errors into messages and exit statuses. */
import { primeThreadPool } from "@selvedge/netlink";
import { readArguments, USAGE } from "./arguments.ts";
import { requireRoot } from "./build/preflight.ts";
import { catchInterruptions, Interrupted } from "./interruption.ts";
import { LabError } from "./lab-error.ts";
import { EXIT, runDown, runLab } from "./run-lab.ts";

const EXIT_USAGE = 2;

async function main(args: readonly string[]): Promise<number> {
  const read = readArguments(args);
  switch (read.kind) {
    case "help":
      console.log(USAGE);
      return EXIT.passed;
    case "wrong":
      console.error(`lab: ${read.message}\n\n${USAGE}`);
      return EXIT_USAGE;
    case "lab": {
      requireRoot();
      const signal = catchInterruptions((again) => {
        console.error(`lab: ${again} again: still taking the lab down, nothing may be left behind`);
      });
      await primeThreadPool();
      const { options } = read;
      return options.mode === "down" ? await runDown(options) : await runLab(options, signal);
    }
    default:
      return read satisfies never;
  }
}

function reportFailure(error: unknown): number {
  if (error instanceof Interrupted) {
    console.error(`lab: ${error.message}`);
    return error.exitStatus;
  }
  console.error(error instanceof LabError ? `lab: ${error.message}` : error);
  return EXIT.failed;
}

// A lab that was left up has agents that would keep this process waiting for their end.
process.exit(await main(process.argv.slice(2)).catch(reportFailure));
