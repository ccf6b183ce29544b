/**
 * Applying changes: what they mean beside what is there, admission, and one transaction for all of it. The transaction
 * compares and rewrites one generation key, so that of two that apply at the same time the second is admitted again
 * against what the first has written: no reference dangles and no address is given twice.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  type Admission,
  admit,
  advanceObjectMetadata,
  type Change,
  type Issue,
  isHeld,
  keepObjectMetadata,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  type Write as ResourceWrite,
  resourceKey,
  withMetadata,
} from "@selvedge/resources";
import type { Comparison, Store, Write } from "../store.ts";
import { atRevision, deleteOf, type InvalidResource, putOf } from "./stored-resource.ts";

/** Written with every change of a resource. */
export const GENERATION = "generation";

/** Everything that is declared, and the revision of the generation key that it goes with; 0 before the first change. */
export interface DeclaredState {
  readonly generation: number;
  readonly resources: ReadonlyMap<ResourceKey, Resource>;
  readonly invalid: readonly InvalidResource[];
  /** The part of the resources that admission of these changes looks at. Absent: all of them. */
  readonly around?: (changes: readonly Change[]) => ReadonlyMap<ResourceKey, Resource>;
  /** Is it still as it was when it was read? The resources of a cache go on changing. */
  readonly isCurrent: () => boolean;
}

/** What a resource must be for the change of it to be made. */
export interface Precondition {
  /** It must not be there yet. */
  readonly isNew?: boolean | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Changes completed, and what else is to be compared and written in the same transaction; or why not. */
export type Companionship =
  | {
      readonly kind: "complete";
      readonly changes: readonly Change[];
      readonly compare: readonly Comparison[];
      readonly writes: readonly Write[];
    }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

/** Called before each admission: IPAM completes Endpoints so, and writes its blocks with them. */
export type Companion = (
  changes: readonly Change[],
  current: ReadonlyMap<ResourceKey, Resource>,
) => Promise<Companionship>;

/** The changes as their maker may make them, or why not. */
export type Review = (
  changes: readonly Change[],
  current: ReadonlyMap<ResourceKey, Resource>,
) =>
  | { readonly kind: "complete"; readonly changes: readonly Change[] }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

export interface ApplyOptions {
  /** Comes before everything else in each attempt, and sees what the transaction compares. */
  readonly review?: Review;
  readonly companion?: Companion;
  readonly preconditions?: ReadonlyMap<ResourceKey, Precondition>;
  /** Says what would be, and writes nothing. */
  readonly dryRun?: boolean;
  /** Default: the clock of this machine. */
  readonly now?: () => Date;
  /** Default: random UUIDs. */
  readonly makeUid?: () => string;
}

export type ApplyOutcome =
  | {
      readonly kind: "applied";
      readonly revision: number;
      /** Resources as they are now, with their resourceVersion. */
      readonly writes: readonly ResourceWrite[];
      /** What the writes have replaced or deleted. */
      readonly before: ReadonlyMap<ResourceKey, Resource>;
      readonly unchanged: readonly ResourceKey[];
    }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] }
  /** A precondition does not hold; `current` is the resource that is there, if there is one. */
  | { readonly kind: "conflict"; readonly key: ResourceKey; readonly current?: Resource };

/**
 * All of the changes or none; those that another process's overtake are admitted again. `read` gives the state that the
 * next attempt starts from.
 * @throws StoreError
 */
export async function applyChanges(
  store: Store,
  read: () => Promise<DeclaredState>,
  changes: readonly Change[],
  options: ApplyOptions = {},
): Promise<ApplyOutcome> {
  while (true) {
    const state = await read();
    const prepared = await prepare(changes, state, options);
    if (prepared.kind !== "prepared") {
      // Refused for what is half of one state and half of the next, it is no refusal.
      if (!state.isCurrent()) continue;
      return prepared;
    }
    const { writes, unchanged, compare, companions } = prepared;
    const before = presentOf(writes, state.resources);
    if (options.dryRun === true || writes.length + companions.length === 0) {
      return { kind: "applied", revision: state.generation, writes, before, unchanged };
    }
    const generation: Write[] =
      writes.length === 0 ? [] : [{ kind: "put", key: GENERATION, value: "" }];
    const outcome = await store.commit({
      compare: [{ key: GENERATION, modRevision: state.generation }, ...compare],
      writes: [...generation, ...writes.map(toStoreWrite), ...companions],
    });
    if (outcome.kind === "conflict") continue;
    const { revision } = outcome;
    return {
      kind: "applied",
      revision,
      writes: writes.map((write) => atRevisionOf(write, revision)),
      before,
      unchanged,
    };
  }
}

function presentOf(
  writes: readonly ResourceWrite[],
  resources: ReadonlyMap<ResourceKey, Resource>,
): Map<ResourceKey, Resource> {
  const present = new Map<ResourceKey, Resource>();
  for (const { key } of writes) {
    const resource = resources.get(key);
    if (resource !== undefined) present.set(key, resource);
  }
  return present;
}

type Prepared =
  | {
      readonly kind: "prepared";
      readonly writes: readonly ResourceWrite[];
      readonly unchanged: readonly ResourceKey[];
      readonly compare: readonly Comparison[];
      readonly companions: readonly Write[];
    }
  | Extract<ApplyOutcome, { kind: "refused" | "conflict" }>;

async function prepare(
  wanted: readonly Change[],
  state: DeclaredState,
  options: ApplyOptions,
): Promise<Prepared> {
  const conflict = failedPrecondition(state, options.preconditions);
  if (conflict !== undefined) return conflict;
  const review = options.review?.(wanted, state.resources);
  if (review?.kind === "refused") return review;
  const { admissible, repairs, issues } = separateRepairs(review?.changes ?? wanted, state.invalid);
  if (issues.length > 0) return { kind: "refused", issues };
  const time = (options.now?.() ?? new Date()).toISOString().replace(/\.\d+Z$/, "Z");
  const meant: Change[] = [];
  const faults: Issue[] = [];
  for (const change of admissible) {
    const before = state.resources.get(keyOf(change));
    meant.push(meaningOf(change, before, time));
    const fault = faultOfGoing(change, before);
    if (fault !== undefined) faults.push(fault);
  }
  if (faults.length > 0) return { kind: "refused", issues: faults };
  const together = await accompany(meant, state, options);
  if (together.kind === "refused") {
    // What admission has against it says more, such as which entry of a list it is.
    const alone = admitBeside(state, meant);
    return alone.kind === "refused" ? alone : together;
  }
  const admission = admitBeside(state, together.changes);
  if (admission.kind === "refused") return admission;
  const makeUid = options.makeUid ?? randomUUID;
  const writes = admission.writes.map((write): ResourceWrite => {
    if (write.kind === "delete") return write;
    const fresh = { uid: makeUid(), time };
    const before = state.resources.get(write.key);
    return { ...write, resource: advanceObjectMetadata(write.resource, before, fresh) };
  });
  return {
    kind: "prepared",
    writes: [...writes, ...repairs],
    unchanged: admission.unchanged,
    compare: together.compare,
    companions: together.writes,
  };
}

function admitBeside(state: DeclaredState, changes: readonly Change[]): Admission {
  return admit(state.around?.(changes) ?? state.resources, changes);
}

function accompany(
  changes: readonly Change[],
  state: DeclaredState,
  { companion }: ApplyOptions,
): Promise<Companionship> | Extract<Companionship, { kind: "complete" }> {
  return companion === undefined
    ? { kind: "complete", changes, compare: [], writes: [] }
    : companion(changes, state.resources);
}

function failedPrecondition(
  { resources }: DeclaredState,
  preconditions: ApplyOptions["preconditions"],
): Extract<ApplyOutcome, { kind: "conflict" }> | undefined {
  for (const [key, { isNew, uid, resourceVersion }] of preconditions ?? []) {
    const current = resources.get(key);
    const metadata = current?.metadata;
    const holds =
      (isNew !== true || current === undefined) &&
      (uid === undefined || uid === metadata?.uid) &&
      (resourceVersion === undefined || resourceVersion === metadata?.resourceVersion);
    if (holds) continue;
    return current === undefined ? { kind: "conflict", key } : { kind: "conflict", key, current };
  }
  return undefined;
}

/** What a change comes to: one that finalizers hold only begins to go, and goes with the last of them. */
function meaningOf(change: Change, before: Resource | undefined, time: string): Change {
  if (change.kind === "delete") {
    if (before === undefined || !isHeld(before)) return change;
    const { metadata } = before;
    const deletionTimestamp = metadata.deletionTimestamp ?? time;
    return { kind: "put", resource: withMetadata(before, { ...metadata, deletionTimestamp }) };
  }
  const resource = keepObjectMetadata(change.resource, before);
  if (before?.metadata.deletionTimestamp !== undefined && !isHeld(resource)) {
    return { kind: "delete", key: resourceKey(resource) };
  }
  return { ...change, resource };
}

function faultOfGoing(change: Change, before: Resource | undefined): Issue | undefined {
  if (change.kind === "delete" || before?.metadata.deletionTimestamp === undefined)
    return undefined;
  const isSame = isDeepStrictEqual(
    { ...identifiersOf(before), ...change.resource.spec },
    before.spec,
  );
  if (isSame) return undefined;
  const key = resourceKey(before);
  const holders = before.metadata.finalizers?.join(", ");
  const message = `${key} is being deleted (held by ${holders}) and cannot change any more; declare it anew once it is gone`;
  return { key, path: ["spec"], message };
}

/** What of the spec a user may leave to admission. */
function identifiersOf({ spec }: Resource): object {
  if ("l3vni" in spec) return { l3vni: spec.l3vni };
  return "vni" in spec ? { vni: spec.vni } : {};
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
  const changed = new Set<string>(changes.map(keyOf));
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

function keyOf(change: Change): ResourceKey {
  return change.kind === "put" ? resourceKey(change.resource) : change.key;
}

function toStoreWrite(write: ResourceWrite): Write {
  return write.kind === "delete" ? deleteOf(write.key) : putOf(write.key, write.resource);
}

function atRevisionOf(write: ResourceWrite, revision: number): ResourceWrite {
  return write.kind === "delete"
    ? write
    : { ...write, resource: atRevision(write.resource, revision) };
}
