/** The datastore that a command reads or writes: `--datastore`, SELVEDGE_DATASTORE or the default path. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import {
  type DatastoreLocation,
  openStore,
  parseDatastoreLocation,
  type Store,
} from "@selvedge/datastore";
import { Option } from "commander";
import { CommandError, EXIT } from "../io.ts";

const DATASTORE = "--datastore";
/** Where a datastore is when nothing else is said. */
export const DEFAULT_DATASTORE = "/var/lib/selvedge/datastore.db";

/** The option of commands that work on the datastore. */
export function datastoreOption(): Option {
  return new Option(
    "--datastore <location>",
    "SQLite file of the datastore, or etcd://HOST:PORT/PREFIX/",
  )
    .env("SELVEDGE_DATASTORE")
    .default(DEFAULT_DATASTORE);
}

/** Runs `work` on the datastore; a file is made by `create` only, never by a reader. */
export async function withStore<T>(
  text: string,
  mode: "read" | "create",
  work: (store: Store) => Promise<T>,
): Promise<T> {
  await using store = openStore(preparedLocation(text, mode));
  return await work(store);
}

/**
 * The location of a datastore that can be opened, as far as its directory goes; `option` is the one that names it.
 * @throws CommandError (usage)
 */
export function preparedLocation(
  text: string,
  mode: "read" | "create",
  option?: string,
): DatastoreLocation {
  const location = requireLocation(text, option);
  if (location.kind === "sqlite") prepareFile(location.path, mode, option);
  return location;
}

/** @throws CommandError (usage) that says how a datastore is named. */
export function requireLocation(text: string, option: string = DATASTORE): DatastoreLocation {
  const parsed = parseDatastoreLocation(text);
  if (parsed.kind === "refused") {
    throw new CommandError(EXIT.usage, `${option}: ${parsed.message}`);
  }
  return parsed.location;
}

function prepareFile(path: string, mode: "read" | "create", option: string = DATASTORE): void {
  if (mode === "create") {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  } else if (!existsSync(path)) {
    throw new CommandError(
      EXIT.usage,
      `there is no datastore at ${path}; \`selvedge apply\` makes one, ${option} names another`,
    );
  }
}
