/**
 * Which of several NLRIs for one MAC counts: the comparison of mac-mobility.ts on paths of the table.
 *
 * The NLRIs of a MAC differ in distinguisher, thus in router, and in IP address, so the decision process never sees them
 * together.
 */
import { readU32 } from "../wire/octets.ts";
import type { DecisionTables } from "./decision.ts";

/** MAC mobility extended community (RFC 7432 section 7.7): type, sub-type, flags, 0, sequence number (4). */
const MAC_MOBILITY = 0x0600;
const STICKY = 1;

/** The sequence number of a MAC/IP path, 0 without the community. */
export function macSequence(tables: DecisionTables, path: number): number {
  const set = tables.paths.attributes.get(path);
  const at = tables.attributes.communityOffset(set, MAC_MOBILITY);
  return at === 0 ? 0 : readU32(tables.attributes.sets.bytes(set), at + 4);
}

/** Whether the MAC of a path must not move. */
export function isSticky(tables: DecisionTables, path: number): boolean {
  const set = tables.paths.attributes.get(path);
  const at = tables.attributes.communityOffset(set, MAC_MOBILITY);
  return at !== 0 && ((tables.attributes.sets.bytes(set)[at + 2] ?? 0) & STICKY) !== 0;
}

/**
 * Negative when MAC/IP path `a` counts and `b` does not: sticky, then the higher sequence number, then the lower next
 * hop (RFC 7432 section 15). 0 for two paths of one router.
 */
export function compareMacPaths(tables: DecisionTables, a: number, b: number): number {
  return (
    Number(isSticky(tables, b)) - Number(isSticky(tables, a)) ||
    macSequence(tables, b) - macSequence(tables, a) ||
    compareNextHops(tables, a, b)
  );
}

/** By address, IPv4 before IPv6. */
export function compareNextHops(tables: DecisionTables, a: number, b: number): number {
  const { attributes, paths } = tables;
  const setA = paths.attributes.get(a);
  const setB = paths.attributes.get(b);
  const length = attributes.nextHopLength(setA);
  if (length !== attributes.nextHopLength(setB)) return length - attributes.nextHopLength(setB);
  const bytesA = attributes.sets.bytes(setA);
  const bytesB = attributes.sets.bytes(setB);
  const atA = attributes.nextHopOffset(setA);
  const atB = attributes.nextHopOffset(setB);
  for (let i = 0; i < length; i++) {
    const difference = (bytesA[atA + i] ?? 0) - (bytesB[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
