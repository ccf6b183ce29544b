/**
 * Which of several NLRIs for one MAC counts: a total order, which whoever imports them needs where mac-mobility.ts
 * leaves paths of one segment or of gateways beside each other.
 *
 * The NLRIs of a MAC differ in distinguisher, thus in router, and in IP address, so the decision process never sees
 * them together.
 *
 *   default gateway   before the route of any host: its MAC is in many places at once and does not move (RFC 7432
 *                     section 10.1, RFC 9135 section 4.1), so that a host which takes the MAC draws no traffic
 *   sticky            before a MAC that moves (section 15.2)
 *   sequence number   the higher one (section 15); says nothing of a gateway
 *   next hop          the lower one, also among gateways, which all count
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

/** Whether the MAC of a path is that of a gateway of the broadcast domain (RFC 7432 section 10.1). */
export function isDefaultGateway({ attributes, paths }: DecisionTables, path: number): boolean {
  return attributes.has(paths.attributes.get(path), FACT.DEFAULT_GATEWAY);
}

/** Negative when MAC/IP path `a` counts more than `b`, see above. 0 for two equal paths of one router. */
export function compareMacPaths(tables: DecisionTables, a: number, b: number): number {
  const isGateway = isDefaultGateway(tables, a);
  if (isGateway !== isDefaultGateway(tables, b)) return isGateway ? -1 : 1;
  return (isGateway ? 0 : compareMoves(tables, a, b)) || compareNextHops(tables, a, b);
}

/** Whether the MAC of two paths, which are for the same segment if for any, is as much at the one as at the other. */
export function isSameMove(tables: DecisionTables, a: number, b: number): boolean {
  return compareMoves(tables, a, b) === 0;
}

function compareMoves(tables: DecisionTables, a: number, b: number): number {
  return (
    Number(isSticky(tables, b)) - Number(isSticky(tables, a)) ||
    macSequence(tables, b) - macSequence(tables, a)
  );
}
