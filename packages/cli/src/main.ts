/** Entry point of `selvedge`: the only file of this package that exits or touches the process. */
import { buffer } from "node:stream/consumers";
import { runCommand } from "./program.ts";

// A reader that goes away (`selvedge show ... | head`) ends the command quietly.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readStdin: () => buffer(process.stdin),
});
