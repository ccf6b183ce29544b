/**
 * Which of several NLRIs for one MAC counts: a total order, which whoever imports them needs where mac-mobility.ts
 * leaves paths of one segment or of gateways beside each other.
 *
 * The NLRIs of a MAC differ in distinguisher, thus in router, and in IP address, so the decision process never sees
 * them together.
 */
import { FACT } from "./attribute-table.ts";
import type { DecisionTables } from "./decision.ts";
import { compareNextHops } from "./mac-mobility.ts";

/** The sequence number of a MAC/IP path, 0 without the community. */
export function macSequence({ attributes, paths }: DecisionTables, path: number): number {
  return attributes.mobilitySequence.get(paths.attributes.get(path));
}

/** Whether the MAC of a path must not move. */
export function isSticky({ attributes, paths }: DecisionTables, path: number): boolean {
  return attributes.has(paths.attributes.get(path), FACT.STICKY);
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
