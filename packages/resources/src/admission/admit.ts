/**
 * Admission: may these changes be made to these resources? Pure. All of them are admitted, or none, with every reason.
 * It completes what a user may leave to it (identifiers.ts) and then asks each rule about the resources as they would be.
 */

import { isDeepStrictEqual } from "node:util";
import type { Issue } from "../issue.ts";
import { type Resource, type ResourceKey, resourceKey } from "../resource-kind.ts";
import type { Admission, Change, Write } from "./change.ts";
import { fixedFieldsStay } from "./fixed-fields.ts";
import { giveIdentifiers } from "./identifiers.ts";
import { endpointsAreOnVteps, referencesLead } from "./references.ts";
import { hostsAreDistinct, vnisAreUnique } from "./uniqueness.ts";
import { addressesAreInSubnets, cidrsAreDisjoint, endpointsAreDistinct } from "./vrf-addresses.ts";
import { type Finding, type Rule, World } from "./world.ts";

const RULES: readonly Rule[] = [
  referencesLead,
  endpointsAreOnVteps,
  hostsAreDistinct,
  vnisAreUnique,
  cidrsAreDisjoint,
  addressesAreInSubnets,
  endpointsAreDistinct,
  fixedFieldsStay,
];

/**
 * `current` holds every resource there is. They were admitted before, so they have their numbers. A
 * change's status is ignored.
 */
export function admit(
  current: ReadonlyMap<ResourceKey, Resource>,
  changes: readonly Change[],
): Admission {
  const world = new World(current);
  const byKey = new Map<ResourceKey, Change>();
  const issues = new Map<Change, Issue[]>(changes.map((change) => [change, []]));
  for (const change of changes) {
    const key = change.kind === "put" ? resourceKey(change.resource) : change.key;
    const message = faultOfChange(change, key, current, byKey);
    if (message !== undefined) {
      issues.get(change)?.push(issueOf({ at: key, path: [], message }, change));
      continue;
    }
    byKey.set(key, change);
    if (change.kind === "put") world.put(key, change.resource);
    else world.delete(key);
  }
  const findings = [...giveIdentifiers(world, byKey.keys())];
  for (const rule of RULES) findings.push(...rule(world));
  for (const finding of findings) {
    const change = byKey.get(finding.at);
    if (change === undefined) throw new Error(`a rule blames ${finding.at}, which does not change`);
    issues.get(change)?.push(issueOf(finding, change));
  }
  const found = [...issues.values()].flatMap((ofChange) => ofChange.sort(comparePosition));
  if (found.length > 0) return { kind: "refused", issues: found };
  return { kind: "admitted", ...writesOf(world, byKey.keys()) };
}

function faultOfChange(
  change: Change,
  key: ResourceKey,
  current: ReadonlyMap<ResourceKey, Resource>,
  earlier: ReadonlyMap<ResourceKey, Change>,
): string | undefined {
  const same = earlier.get(key);
  if (same !== undefined) {
    const place = same.kind === "put" ? same.source?.locate([]) : undefined;
    const where = place === undefined ? "" : ` (the first time at ${place.file}:${place.line})`;
    return `${key} is there twice${where}; remove one`;
  }
  if (change.kind === "delete" && !current.has(key)) return "there is no such resource";
  return undefined;
}

function issueOf(finding: Finding, change: Change): Issue {
  const position = change.kind === "put" ? change.source?.locate(finding.path) : undefined;
  const { at: key, ...found } = finding;
  return position === undefined ? { key, ...found } : { position, key, ...found };
}

/** Issues of one resource in the order of its lines. */
function comparePosition(a: Issue, b: Issue): number {
  if (a.position === undefined || b.position === undefined) return 0;
  return a.position.line - b.position.line || a.position.column - b.position.column;
}

function writesOf(
  world: World,
  keys: Iterable<ResourceKey>,
): { writes: Write[]; unchanged: ResourceKey[] } {
  const writes: Write[] = [];
  const unchanged: ResourceKey[] = [];
  for (const key of keys) {
    const resource = world.get(key);
    const before = world.before(key);
    if (resource === undefined) writes.push({ kind: "delete", key });
    else if (isDeepStrictEqual(resource, before)) unchanged.push(key);
    else writes.push({ kind: "put", key, resource, isNew: before === undefined });
  }
  return { writes, unchanged };
}
