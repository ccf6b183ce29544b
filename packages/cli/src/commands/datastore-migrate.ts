/** `selvedge datastore migrate`: moves everything to another place while agents go on. */
import {
  abandonDatastoreMigration,
  type DatastoreLocation,
  formatDatastoreLocation,
  type MigrationOutcome,
  type MigrationPlan,
  type MigrationStep,
  migrateDatastore,
  planDatastoreMigration,
} from "@selvedge/datastore";
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import { octetsInWords } from "../show/datastore.ts";
import { preparedLocation, requireLocation } from "./datastore-option.ts";

interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly abandon?: boolean;
}

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 1000;

const MIGRATE_HELP = `
Locations: a SQLite file, or etcd://HOST:PORT[,HOST:PORT...]/PREFIX/[?ca=FILE&cert=FILE&key=FILE&...].
The target must hold nothing. Agents and the API go on while it is copied; then the old place takes no more writes,
says where the datastore is now, and can still be read. Killed at any instant, the same command goes on; until it is
complete, --abandon takes it back. Keys under leases (hosts' liveness) are not copied: they come anew.`;

/** `datastore migrate`. */
export function datastoreMigrateCommand(io: CommandIo): Command {
  return new Command("migrate")
    .description("move the datastore to another place: SQLite to etcd, or any to any")
    .requiredOption("--from <location>", "where it is")
    .requiredOption("--to <location>", "where it shall be")
    .option("--dry-run", "say how much it is and whether the target can be used; change nothing")
    .option("--abandon", "take an interrupted migration back, and empty the target")
    .addHelpText("after", MIGRATE_HELP)
    .action(async (options: MigrateOptions) => {
      const from = preparedLocation(options.from, "read", "--from");
      const to = targetOf(options);
      const move = { from, to };
      if (options.abandon === true) {
        const { removed, wasMoved } = await abandonDatastoreMigration(move);
        const again = wasMoved ? "takes writes again" : "goes on";
        io.stdout(
          `taken back: ${removed} keys removed from ${named(to)}; ${named(from)} ${again}\n`,
        );
      } else if (options.dryRun === true) {
        io.stdout(formatPlan(await planDatastoreMigration(move), from, to));
      } else {
        const outcome = await migrateDatastore(move, progress(io));
        io.stdout(formatOutcome(outcome, from, to));
      }
    });
}

/** A file is made for a migration only. */
function targetOf({ to, dryRun, abandon }: MigrateOptions): DatastoreLocation {
  if (abandon === true) return preparedLocation(to, "read", "--to");
  return dryRun === true ? requireLocation(to, "--to") : preparedLocation(to, "create", "--to");
}

const named = formatDatastoreLocation;

function formatPlan(
  { kind, contents, differences, leased }: MigrationPlan,
  from: DatastoreLocation,
  to: DatastoreLocation,
): string {
  const amount = `${contents.keys} keys, ${octetsInWords(contents.octets)}`;
  const left = leasedInWords(leased);
  switch (kind) {
    case "fresh":
      return `${named(from)} holds ${amount}; ${named(to)} is empty and can be used\n${left}`;
    case "resume":
      return `${named(from)} holds ${amount}; ${named(to)} is being filled from it, ${differences} keys differ\n${left}`;
    case "complete":
      return `the migration from ${named(from)} to ${named(to)} is complete; there is nothing to do\n`;
    default:
      return kind satisfies never;
  }
}

function formatOutcome(
  { kind, contents, leased }: MigrationOutcome,
  from: DatastoreLocation,
  to: DatastoreLocation,
): string {
  const amount = `${contents.keys} keys, ${octetsInWords(contents.octets)}, SHA-256 ${contents.sha256}`;
  const what = kind === "migrated" ? "moved" : "had been moved already";
  return `${what}: ${amount}
${leasedInWords(leased)}${named(from)} takes no more writes. Name the new place in the configuration of every agent and restart it:
  ${named(to)}
`;
}

function leasedInWords(leased: readonly string[]): string {
  if (leased.length === 0) return "";
  const some = leased.slice(0, 3).join(", ");
  const more = leased.length > 3 ? `, and ${leased.length - 3} more` : "";
  return `not copied, because under a lease: ${some}${more}\n`;
}

/** Lines on standard error: each turn of events, and at most one a second of what goes on. */
function progress(io: CommandIo): (step: MigrationStep) => void {
  let saidAt = performance.now();
  return (step) => {
    switch (step.kind) {
      case "resumed":
        io.stderr(
          step.isMoved
            ? "going on with a migration that was interrupted; the source takes no writes\n"
            : "going on with a migration that was interrupted\n",
        );
        break;
      case "walking":
        if (performance.now() - saidAt < PROGRESS_INTERVAL) return;
        saidAt = performance.now();
        io.stderr(`walk ${step.walk}: ${step.keys} keys compared, ${step.differences} written\n`);
        break;
      case "stopped":
        io.stderr("the source takes no more writes; copying what has changed\n");
        break;
      case "verified":
        io.stderr(`both hold the same ${step.contents.keys} keys\n`);
        break;
      default:
        step satisfies never;
    }
  };
}
