/**
 * The decision process: which path of an NLRI is used.
 *
 * RFC 4271 section 9.1.2.2, RFC 4456 section 9 and RFC 9494 section 4.3, as a table of steps; some are for MAC/IP
 * routes only, those of MAC mobility (RFC 7432 section 15). Each step keeps the paths that are best by it and hands
 * them to the next. MED is compared among paths of one neighbouring AS only, mobility not within a segment, which is
 * why the table is applied to the whole set and not pair by pair: the outcome does not depend on the order of the
 * paths.
 *
 * Not here: the cost to the next hop (9.1.2.2 e); next hops are VTEPs, whose underlay cost BGP does
 * not see.
 */
import { type AttributeTable, FACT } from "./attribute-table.ts";
import {
  compareNextHops,
  compareSequence,
  compareStatic,
  compareVtep,
  isMacIp,
} from "./mac-mobility.ts";
import type { PathTable } from "./path-table.ts";
import { LOCAL_PEER, type PeerTable } from "./peer-table.ts";
import type { PrefixTable } from "./prefix-table.ts";

/** The tables that the decision process reads. */
export interface DecisionTables {
  /** NLRIs, where some are MAC/IP routes. */
  readonly prefixes?: PrefixTable;
  readonly paths: PathTable;
  readonly attributes: AttributeTable;
  readonly peers: PeerTable;
}

/** Why a path is not the best: the name of the step that it lost. */
export type DecisionStepName =
  | "llgr-stale"
  | "static-mac"
  | "mobility-sequence"
  | "lower-vtep"
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
  /** The step is for MAC/IP routes only. */
  readonly macIpOnly?: true;
}

/** The steps, in order. Paths that are equal up to `external` are equal in cost (multipath). */
export const DECISION_STEPS: readonly DecisionStep[] = [
  {
    name: "llgr-stale",
    compare: (t, a, b) => Number(isLongLivedStale(t, a)) - Number(isLongLivedStale(t, b)),
  },
  { name: "static-mac", compare: compareStatic, partial: true, macIpOnly: true },
  { name: "mobility-sequence", compare: compareSequence, partial: true, macIpOnly: true },
  { name: "lower-vtep", compare: compareVtep, partial: true, macIpOnly: true },
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
const OTHER_STEPS = DECISION_STEPS.filter((step) => !step.macIpOnly);
const OTHER_MULTIPATH_STEPS = OTHER_STEPS.findIndex((step) => step.name === "router-id");
/** Serves every `keepUndominated`. */
const survivors: number[] = [];

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
  survivors.length = 0;
  for (const path of paths) if (!isDominated(t, step, paths, path)) survivors.push(path);
  for (let i = 0; i < survivors.length; i++) paths[i] = survivors[i] ?? 0;
  return survivors.length;
}

function isDominated(
  t: DecisionTables,
  step: DecisionStep,
  paths: readonly number[],
  path: number,
): boolean {
  for (const other of paths) if (step.compare(t, other, path) < 0) return true;
  return false;
}

/** Whether the paths are MAC/IP routes: all of them are, or none is. */
function areMacIp(t: DecisionTables, paths: readonly number[]): boolean {
  const path = paths[0];
  return path !== undefined && isMacIp(t, path);
}

/** The steps for these paths. */
function stepsFor(t: DecisionTables, paths: readonly number[]): readonly DecisionStep[] {
  return areMacIp(t, paths) ? DECISION_STEPS : OTHER_STEPS;
}

/** Applies the steps before the one with index `end`, while there is a choice. */
function applySteps(
  t: DecisionTables,
  steps: readonly DecisionStep[],
  end: number,
  candidates: number[],
): void {
  for (let i = 0; i < end && candidates.length > 1; i++) {
    const step = steps[i];
    if (step !== undefined) applyStep(t, step, candidates);
  }
}

/**
 * Leaves in `candidates` the best path alone. `candidates` must not be empty. They are paths of one NLRI, or of NLRIs
 * of one MAC.
 */
export function selectBest(t: DecisionTables, candidates: number[]): void {
  if (candidates.length < 2) return;
  const steps = stepsFor(t, candidates);
  applySteps(t, steps, steps.length, candidates);
}

/** Leaves in `candidates`, paths of one NLRI, those that are equal in cost with the best. */
export function selectEqual(t: DecisionTables, candidates: number[]): void {
  const steps = stepsFor(t, candidates);
  const end = steps === DECISION_STEPS ? MULTIPATH_STEPS : OTHER_MULTIPATH_STEPS;
  applySteps(t, steps, end, candidates);
}

/**
 * Leaves in `candidates`, paths of any NLRIs that lead to one destination, those that are equal in cost with the best.
 * MAC mobility is not looked at: they may be of several MACs and route types.
 */
export function selectMultipath(t: DecisionTables, candidates: number[]): void {
  applySteps(t, OTHER_STEPS, OTHER_MULTIPATH_STEPS, candidates);
}

/**
 * Leaves in `candidates`, paths that are equal in cost, at most `limit`: the best path, the one that would be the best
 * without it, and so on.
 */
export function limitMultipath(t: DecisionTables, candidates: number[], limit: number): void {
  if (candidates.length <= limit) return;
  const rest = new Set(candidates);
  for (let kept = 0; kept < limit; kept++) {
    const round = [...rest];
    applySteps(t, OTHER_STEPS, OTHER_STEPS.length, round);
    // One peer's paths of several NLRIs are equal by every step.
    const best = round.reduce((a, b) => (compareNextHops(t, b, a) < 0 ? b : a));
    candidates[kept] = best;
    rest.delete(best);
  }
  candidates.length = limit;
}

/** The step at which `path` falls out of `candidates`; nothing when it is the best. */
export function lostAt(
  t: DecisionTables,
  candidates: readonly number[],
  path: number,
): DecisionStepName | undefined {
  const remaining = [...candidates];
  for (const step of stepsFor(t, candidates)) {
    applyStep(t, step, remaining);
    if (!remaining.includes(path)) return step.name;
  }
  return undefined;
}

/** The step that left the best path alone among `candidates`; nothing when there was no other. */
export function wonAt(
  t: DecisionTables,
  candidates: readonly number[],
): DecisionStepName | undefined {
  if (candidates.length < 2) return undefined;
  const remaining = [...candidates];
  for (const step of stepsFor(t, candidates)) {
    applyStep(t, step, remaining);
    if (remaining.length === 1) return step.name;
  }
  return undefined;
}
