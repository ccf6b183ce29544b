export {
  type CommandReference,
  commandReference,
  type OptionReference,
} from "./command-reference.ts";
export { type CommandIo, EXIT } from "./io.ts";
export { runCommand } from "./program.ts";
