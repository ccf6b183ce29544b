/** `selvedge datastore`: how it is, compacting it, and moving it to another place. */
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import { datastoreCompactCommand } from "./datastore-compact.ts";
import { datastoreMigrateCommand } from "./datastore-migrate.ts";
import { datastoreStatusCommand } from "./datastore-status.ts";

/** `datastore` and its subcommands. */
export function datastoreCommand(io: CommandIo): Command {
  return new Command("datastore")
    .description("look at the datastore, compact it, move it to another place")
    .addCommand(datastoreStatusCommand(io))
    .addCommand(datastoreCompactCommand(io))
    .addCommand(datastoreMigrateCommand(io));
}
