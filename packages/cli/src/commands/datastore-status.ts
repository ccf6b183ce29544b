/** `selvedge datastore status`: engine, members, revisions, sizes, keys and latencies. */
import { readDatastoreStatus, StoreError } from "@selvedge/datastore";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatDatastoreStatus } from "../show/datastore.ts";
import { datastoreOption, preparedLocation } from "./datastore-option.ts";

interface StatusOptions {
  readonly datastore: string;
  readonly output: OutputFormat;
}

/** `datastore status`. */
export function datastoreStatusCommand(io: CommandIo): Command {
  return new Command("status")
    .description("print how the datastore is; exit code 3 when it cannot be reached")
    .addOption(outputOption())
    .addOption(datastoreOption())
    .action(async (options: StatusOptions) => {
      const status = await reached(preparedLocation(options.datastore, "read"));
      io.stdout(formatDocument(status, options.output, formatDatastoreStatus));
      if (status.engine.kind === "sqlite" && status.engine.faults.length > 0) {
        const message = `${status.location} is damaged; restore it from a backup`;
        throw new CommandError(EXIT.failure, message);
      }
    });
}

async function reached(location: Parameters<typeof readDatastoreStatus>[0]) {
  try {
    return await readDatastoreStatus(location);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "unavailable") throw error;
    throw new CommandError(EXIT.notReady, error.message, { cause: error });
  }
}
