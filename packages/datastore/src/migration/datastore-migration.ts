/** Migrations between datastores as operators name them. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type DatastoreLocation, formatDatastoreLocation, openEngine } from "../location.ts";
import { type Abandoned, abandonMigration } from "./abandon.ts";
import { countDifferences } from "./copy.ts";
import { judge } from "./judge.ts";
import { readMark } from "./mark.ts";
import {
  type MigrationOutcome,
  type MigrationPlan,
  type MigrationStep,
  migrate,
  planMigration,
  type Side,
} from "./migrate.ts";
import { MigrationError } from "./migration-error.ts";

/** From where to where. */
export interface DatastoreMove {
  readonly from: DatastoreLocation;
  readonly to: DatastoreLocation;
}

/**
 * Moves everything but keys under leases; run again after an interruption, it goes on.
 * @throws MigrationError, StoreError
 */
export async function migrateDatastore(
  move: DatastoreMove,
  onStep: (step: MigrationStep) => void = () => {},
): Promise<MigrationOutcome> {
  return await withSides(move, (source, target) => migrate({ source, target, onStep }));
}

/** What `migrateDatastore` would do; changes nothing, makes no file. @throws MigrationError, StoreError */
export async function planDatastoreMigration(move: DatastoreMove): Promise<MigrationPlan> {
  if (move.to.kind === "sqlite" && !existsSync(move.to.path)) return await planIntoNothing(move);
  return await withSides(move, (source, target) => planMigration({ source, target }));
}

/** Takes an interrupted one back. @throws MigrationError, StoreError */
export async function abandonDatastoreMigration(move: DatastoreMove): Promise<Abandoned> {
  return await withSides(move, abandonMigration);
}

async function planIntoNothing({ from, to }: DatastoreMove): Promise<MigrationPlan> {
  const location = nameOf(from);
  await using store = openEngine(from);
  const { mark } = await readMark(store, location);
  const nothing = { mark: undefined, isEmpty: true };
  const { kind } = judge({ location, is: mark }, { location: nameOf(to), is: nothing });
  return { kind, ...(await countDifferences(store, undefined)) };
}

async function withSides<T>(
  { from, to }: DatastoreMove,
  work: (source: Side, target: Side) => Promise<T>,
): Promise<T> {
  requireApart({ from, to });
  await using source = openEngine(from);
  await using target = openEngine(to);
  return await work(
    { store: source, location: nameOf(from) },
    { store: target, location: nameOf(to) },
  );
}

/** The place as programs elsewhere on the machine may use it. */
function nameOf(location: DatastoreLocation): string {
  return location.kind === "sqlite" ? resolve(location.path) : formatDatastoreLocation(location);
}

/** A target inside of its source would be copied into itself without an end. */
function requireApart({ from, to }: DatastoreMove): void {
  const isSame = nameOf(from) === nameOf(to);
  const isInside =
    from.kind === "etcd" &&
    to.kind === "etcd" &&
    (isBelow(from.prefix, to.prefix) || isBelow(to.prefix, from.prefix));
  if (!isSame && !isInside) return;
  const relation = isSame ? "are one and the same datastore" : "lie one inside the other";
  throw new MigrationError("same-datastore", `${nameOf(from)} and ${nameOf(to)} ${relation}`);
}

/** Would keys of the one be among those of the other? key-space.ts says how they lie. */
function isBelow(prefix: string, other: string): boolean {
  const directory = other.endsWith("/") ? other : `${other}/`;
  return [`${directory}data/`, `${directory}commits/`].some((below) => prefix.startsWith(below));
}
