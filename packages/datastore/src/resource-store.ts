/**
 * Resources in a store: applied as a whole after admission, read and watched as typed values. Every
 * apply compares and rewrites one generation key, so that of two at a time the second is admitted again
 * against what the first has written: no reference dangles and no address is given twice.
 */
import {
  admit,
  type Change,
  type Issue,
  parseResource,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  type Write as ResourceWrite,
  resourceKey,
} from "@selvedge/resources";
import type { Entry, Store, Transaction, WatchEvent, Write } from "./store.ts";

const PREFIX = "resources/";
const GENERATION = "generation";
const PAGE = 1000;

/** A stored value that is no valid resource of this version. */
export interface InvalidResource {
  readonly key: string;
  readonly reason: string;
}

/** Everything that is declared, as of one revision. */
export interface ResourceSnapshot {
  readonly kind: "snapshot";
  readonly revision: number;
  readonly resources: readonly Resource[];
  readonly invalid: readonly InvalidResource[];
}

export type StoredChange =
  | { readonly kind: "put"; readonly resource: Resource }
  | { readonly kind: "delete"; readonly key: ResourceKey };

export interface ResourceChanges {
  readonly kind: "changes";
  readonly revision: number;
  /** In commit order. */
  readonly changes: readonly StoredChange[];
  /** Values that were written and are not valid: what was there before stays in force. */
  readonly invalid: readonly InvalidResource[];
}

export type ApplyOutcome =
  | {
      readonly kind: "applied";
      readonly revision: number;
      readonly writes: readonly ResourceWrite[];
      readonly unchanged: readonly ResourceKey[];
    }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

/** Every method may throw StoreError. */
export class ResourceStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** All of the changes or none; those that conflict with another process's are admitted again. */
  async apply(changes: readonly Change[]): Promise<ApplyOutcome> {
    while (true) {
      const generation = await this.#store.get(GENERATION);
      const { resources, invalid } = await this.snapshot();
      const current = new Map(resources.map((resource) => [resourceKey(resource), resource]));
      const { admissible, repairs, issues } = separateRepairs(changes, invalid);
      if (issues.length > 0) return { kind: "refused", issues };
      const admission = admit(current, admissible);
      if (admission.kind === "refused") return admission;
      const { unchanged } = admission;
      const writes = [...admission.writes, ...repairs];
      const transaction: Transaction = {
        compare: [{ key: GENERATION, modRevision: generation?.modRevision ?? 0 }],
        writes: writes.length === 0 ? [] : [...writes.map(toStoreWrite), NEXT_GENERATION],
      };
      const outcome = await this.#store.commit(transaction);
      if (outcome.kind === "committed") {
        return { kind: "applied", revision: outcome.revision, writes, unchanged };
      }
    }
  }

  async get(key: ResourceKey): Promise<Resource | undefined> {
    const entry = await this.#store.get(PREFIX + key);
    const read = entry === undefined ? undefined : readEntry(entry);
    return read?.kind === "valid" ? read.resource : undefined;
  }

  /** In the order of their keys, all as of one revision. */
  async snapshot(): Promise<ResourceSnapshot> {
    while (true) {
      const snapshot = await this.#readPages();
      // A compaction overtook the pages; the next attempt starts at a newer revision.
      if (snapshot !== undefined) return snapshot;
    }
  }

  /** A snapshot first, then what changes, until `signal` aborts; after a compaction a snapshot again. */
  async *watchAll(signal: AbortSignal): AsyncGenerator<ResourceSnapshot | ResourceChanges> {
    while (!signal.aborted) {
      const snapshot = await this.snapshot();
      yield snapshot;
      for await (const event of this.#store.watch(PREFIX, snapshot.revision, signal)) {
        if (event.kind === "compacted") break;
        yield readChanges(event);
      }
    }
  }

  async #readPages(): Promise<ResourceSnapshot | undefined> {
    const resources: Resource[] = [];
    const invalid: InvalidResource[] = [];
    let position: { revision: number; after: string } | undefined;
    while (true) {
      const page = await this.#store.list(PREFIX, { limit: PAGE, ...position });
      if (page.kind === "compacted") return undefined;
      for (const entry of page.entries) {
        const read = readEntry(entry);
        if (read.kind === "valid") resources.push(read.resource);
        else invalid.push(read.invalid);
      }
      const { revision, next } = page;
      if (next === undefined) return { kind: "snapshot", revision, resources, invalid };
      position = { revision, after: next };
    }
  }
}

/**
 * What is stored and cannot be read holds numbers and addresses that admission does not see, and that hosts may still
 * have in force; nothing else is admitted until it is replaced or deleted. Deleting it needs no admission.
 */
function separateRepairs(
  changes: readonly Change[],
  invalid: readonly InvalidResource[],
): {
  readonly admissible: readonly Change[];
  readonly repairs: readonly ResourceWrite[];
  readonly issues: readonly Issue[];
} {
  const broken = new Set(invalid.map(({ key }) => key));
  const isRepair = (change: Change) => change.kind === "delete" && broken.has(change.key);
  const changed = new Set<string>(
    changes.map((change) => (change.kind === "put" ? resourceKey(change.resource) : change.key)),
  );
  return {
    admissible: changes.filter((change) => !isRepair(change)),
    repairs: changes.flatMap((change) =>
      change.kind === "delete" && isRepair(change) ? [{ kind: "delete", key: change.key }] : [],
    ),
    issues: invalid.filter(({ key }) => !changed.has(key)).map(unreadable),
  };
}

function unreadable({ key: text, reason }: InvalidResource): Issue {
  const key = parseResourceKey(text)?.key;
  const message = `${text} in the datastore cannot be read (${reason}); use the version of Selvedge that wrote it, or delete it, or apply it anew`;
  return key === undefined ? { path: [], message } : { key, path: [], message };
}

const NEXT_GENERATION: Write = { kind: "put", key: GENERATION, value: "" };

function toStoreWrite(write: ResourceWrite): Write {
  const key = PREFIX + write.key;
  return write.kind === "delete"
    ? { kind: "delete", key }
    : { kind: "put", key, value: JSON.stringify(write.resource) };
}

function readChanges(event: Extract<WatchEvent, { kind: "changes" }>): ResourceChanges {
  const changes: StoredChange[] = [];
  const invalid: InvalidResource[] = [];
  for (const change of event.changes) {
    if (change.kind === "delete") {
      const key = parseResourceKey(change.key.slice(PREFIX.length))?.key;
      if (key !== undefined) changes.push({ kind: "delete", key });
      continue;
    }
    const read = readEntry(change.entry);
    if (read.kind === "valid") changes.push({ kind: "put", resource: read.resource });
    else invalid.push(read.invalid);
  }
  return { kind: "changes", revision: event.revision, changes, invalid };
}

type ReadEntry =
  | { readonly kind: "valid"; readonly resource: Resource }
  | { readonly kind: "invalid"; readonly invalid: InvalidResource };

function readEntry({ key: storeKey, value }: Entry): ReadEntry {
  const key = storeKey.slice(PREFIX.length);
  const invalid = (reason: string): ReadEntry => ({ kind: "invalid", invalid: { key, reason } });
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(error.message);
  }
  const parsed = parseResource(json);
  if (parsed.kind === "refused") {
    return invalid(parsed.faults.map(({ message }) => message).join("; "));
  }
  const { resource } = parsed;
  return resourceKey(resource) === key
    ? { kind: "valid", resource }
    : invalid(`it holds ${resourceKey(resource)}`);
}
