/**
 * The decision process: which path of an NLRI is used.
 *
 * RFC 4271 section 9.1.2.2, RFC 4456 section 9 and RFC 9494 section 4.3, as a table of steps. Each step keeps the paths
 * that are best by it and hands them to the next. MED is compared among paths of one neighbouring
 * AS only, which is why the table is applied to the whole set and not pair by pair: the outcome
 * does not depend on the order of the paths.
 *
 * Not here: the cost to the next hop (9.1.2.2 e); next hops are VTEPs, whose underlay cost BGP does
 * not see. MAC mobility (RFC 7432 section 15) would be the first step.
 */
import { type AttributeTable, FACT } from "./attribute-table.ts";
import type { PathTable } from "./path-table.ts";
import { LOCAL_PEER, type PeerTable } from "./peer-table.ts";

/** The tables that the decision process reads. */
export interface DecisionTables {
  readonly paths: PathTable;
  readonly attributes: AttributeTable;
  readonly peers: PeerTable;
}

/** Why a path is not the best: the name of the step that it lost. */
export type DecisionStepName =
  | "llgr-stale"
  | "local-preference"
  | "local-origin"
  | "as-path-length"
  | "origin"
  | "med"
  | "external"
  | "router-id"
  | "cluster-list-length"
  | "peer-address"
  | "session";

interface DecisionStep {
  readonly name: DecisionStepName;
  /** Negative when path `a` is better than path `b`, 0 when this step does not tell. */
  readonly compare: (tables: DecisionTables, a: number, b: number) => number;
  /** The step compares only some pairs, so a loser may still beat another. */
  readonly partial?: true;
}

/** The steps, in order. Paths that are equal up to `external` are equal in cost (multipath). */
export const DECISION_STEPS: readonly DecisionStep[] = [
  {
    name: "llgr-stale",
    compare: (t, a, b) => Number(isLongLivedStale(t, a)) - Number(isLongLivedStale(t, b)),
  },
  {
    name: "local-preference",
    compare: (t, a, b) =>
      t.attributes.localPreference.get(t.paths.attributes.get(b)) -
      t.attributes.localPreference.get(t.paths.attributes.get(a)),
  },
  {
    name: "local-origin",
    compare: (t, a, b) => Number(!isLocal(t, a)) - Number(!isLocal(t, b)),
  },
  {
    name: "as-path-length",
    compare: (t, a, b) =>
      t.attributes.asPathLength.get(t.paths.attributes.get(a)) -
      t.attributes.asPathLength.get(t.paths.attributes.get(b)),
  },
  {
    name: "origin",
    compare: (t, a, b) =>
      t.attributes.origin.get(t.paths.attributes.get(a)) -
      t.attributes.origin.get(t.paths.attributes.get(b)),
  },
  { name: "med", compare: compareMed, partial: true },
  {
    name: "external",
    compare: (t, a, b) => Number(!isExternal(t, a)) - Number(!isExternal(t, b)),
  },
  { name: "router-id", compare: (t, a, b) => originRouterId(t, a) - originRouterId(t, b) },
  {
    name: "cluster-list-length",
    compare: (t, a, b) =>
      t.attributes.clusterListLength.get(t.paths.attributes.get(a)) -
      t.attributes.clusterListLength.get(t.paths.attributes.get(b)),
  },
  { name: "peer-address", compare: comparePeerAddress },
  // Two sessions with one address: rare and short, but the order must be total.
  { name: "session", compare: (t, a, b) => t.paths.peer.get(b) - t.paths.peer.get(a) },
];

const MULTIPATH_STEPS = DECISION_STEPS.findIndex((step) => step.name === "router-id");

/** Whether the path is kept for long, here or where it came from. */
function isLongLivedStale(t: DecisionTables, path: number): boolean {
  return t.attributes.has(t.paths.attributes.get(path), FACT.LLGR_STALE);
}

function isLocal(t: DecisionTables, path: number): boolean {
  return t.paths.peer.get(path) === LOCAL_PEER;
}

function isExternal(t: DecisionTables, path: number): boolean {
  return t.peers.get(t.paths.peer.get(path)).class === "ebgp";
}

/** RFC 4456 section 9: ORIGINATOR_ID stands for the router identifier where there is one. */
function originRouterId(t: DecisionTables, path: number): number {
  const originator = t.attributes.originatorId.get(t.paths.attributes.get(path));
  return originator === 0 ? t.peers.get(t.paths.peer.get(path)).routerId : originator;
}

function compareMed(t: DecisionTables, a: number, b: number): number {
  const setA = t.paths.attributes.get(a);
  const setB = t.paths.attributes.get(b);
  if (t.attributes.neighbourAs.get(setA) !== t.attributes.neighbourAs.get(setB)) return 0;
  return t.attributes.med.get(setA) - t.attributes.med.get(setB);
}

function comparePeerAddress(t: DecisionTables, a: number, b: number): number {
  const addressA = t.peers.get(t.paths.peer.get(a)).addressBytes;
  const addressB = t.peers.get(t.paths.peer.get(b)).addressBytes;
  if (addressA.length !== addressB.length) return addressA.length - addressB.length;
  for (const [i, octet] of addressA.entries()) {
    const difference = octet - (addressB[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Drops from `paths`, in place, those that lose the step. */
function applyStep(t: DecisionTables, step: DecisionStep, paths: number[]): void {
  const kept = step.partial ? keepUndominated(t, step, paths) : keepBest(t, step, paths);
  paths.length = kept;
}

/** Keeps the best by a step that ranks every pair; returns how many there are. */
function keepBest(t: DecisionTables, step: DecisionStep, paths: number[]): number {
  let kept = 0;
  let best = 0;
  for (const path of paths) {
    const order = kept === 0 ? 0 : step.compare(t, path, best);
    if (order > 0) continue;
    if (order < 0 || kept === 0) {
      best = path;
      kept = 0;
    }
    paths[kept++] = path;
  }
  return kept;
}

/** Keeps those that no other beats; returns how many there are. */
function keepUndominated(t: DecisionTables, step: DecisionStep, paths: number[]): number {
  const survivors = paths.filter(
    (path) => !paths.some((other) => step.compare(t, other, path) < 0),
  );
  for (const [i, path] of survivors.entries()) paths[i] = path;
  return survivors.length;
}

/** Leaves in `candidates` the best path alone. `candidates` must not be empty. */
export function selectBest(t: DecisionTables, candidates: number[]): void {
  for (const step of DECISION_STEPS) {
    if (candidates.length < 2) return;
    applyStep(t, step, candidates);
  }
}

/** Leaves in `candidates` the paths that are equal in cost with the best. */
export function selectMultipath(t: DecisionTables, candidates: number[]): void {
  for (let i = 0; i < MULTIPATH_STEPS && candidates.length > 1; i++) {
    const step = DECISION_STEPS[i];
    if (step !== undefined) applyStep(t, step, candidates);
  }
}

/** The step at which `path` falls out of `candidates`; nothing when it is the best. */
export function lostAt(
  t: DecisionTables,
  candidates: readonly number[],
  path: number,
): DecisionStepName | undefined {
  const remaining = [...candidates];
  for (const step of DECISION_STEPS) {
    applyStep(t, step, remaining);
    if (!remaining.includes(path)) return step.name;
  }
  return undefined;
}
