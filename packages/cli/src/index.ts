export { type CommandIo, EXIT } from "./io.ts";
export { runCommand } from "./program.ts";
