/** Options of commands that change resources. */
import { Option } from "commander";

/** `--dry-run`. */
export function dryRunOption(): Option {
  return new Option("--dry-run <where>", "server: say what would be, and change nothing")
    .choices(["none", "server"])
    .default("none");
}

/** `-o`: instead of a line that says what became of each. */
export function documentOption(): Option {
  return new Option("-o, --output <format>", "print the resources as they are then").choices([
    "json",
    "yaml",
    "name",
  ]);
}
