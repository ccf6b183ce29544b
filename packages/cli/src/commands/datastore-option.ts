/** The datastore that a command reads or writes: `--datastore`, SELVEDGE_DATASTORE or the default path. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { Option } from "commander";
import { CommandError, EXIT } from "../io.ts";

const DEFAULT_DATASTORE = "/var/lib/selvedge/datastore.db";

/** The option of commands that work on the datastore. */
export function datastoreOption(): Option {
  return new Option("--datastore <path>", "SQLite file of the datastore")
    .env("SELVEDGE_DATASTORE")
    .default(DEFAULT_DATASTORE);
}

/** Runs `work` on the resources of the file, which `create` may make; a reader never makes one. */
export async function withResources<T>(
  path: string,
  mode: "read" | "create",
  work: (resources: ResourceStore) => Promise<T>,
): Promise<T> {
  if (mode === "create") {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  } else if (!existsSync(path)) {
    throw new CommandError(
      EXIT.usage,
      `there is no datastore at ${path}; \`selvedge apply\` makes one, --datastore names another`,
    );
  }
  await using store = openSqliteStore(path);
  return await work(new ResourceStore(store));
}
