/** Entry point of `selvedge`: the only file of this package that exits or touches the process. */
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { runCommand } from "./program.ts";

// A reader that goes away (`selvedge show ... | head`) ends the command quietly; a full disk does not.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`selvedge: cannot write to standard output: ${error.message}\n`, () =>
    process.exit(1),
  );
});

const args = process.argv.slice(2);
process.exitCode = await runCommand(args, {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readStdin: () => buffer(process.stdin),
  untilStopped: async () => {
    await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  },
  isTerminal: process.stderr.isTTY === true,
  onHangUp: (callBack) => void process.on("SIGHUP", callBack),
});
// Whoever has pressed the tab key does not wait for a server that may still answer.
if (args[0] === "__complete") process.exit();
