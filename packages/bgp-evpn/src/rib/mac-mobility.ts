/**
 * MAC mobility: which of several routes of type 2 for one MAC says where the MAC is now.
 *
 * The comparison takes paths, not NLRIs: paths of one NLRI are compared by the decision process, paths of the
 * distinguishers of several VTEPs by whoever imports them into a MAC-VRF. It detects no duplicates (RFC 7432 section
 * 15.1): that needs the history of a MAC.
 *
 *   static        a route whose MAC does not move beats one whose MAC does (section 15.2; the RFC calls it an error and
 *                 leaves the choice open, this is FRR's)
 *   sequence      the higher sequence number wins, none counts as 0 (section 15, section 7.7)
 *   lower VTEP    with equal numbers the lower next hop wins (section 15)
 *
 * Routes of one Ethernet segment do not compete: the MAC is behind all of their VTEPs. Nor do those of a default
 * gateway (section 10.1), which is in many places at once; against the route of a host it counts as static.
 *
 * RFC 7432 sections 7.7, 10.1 and 15.
 */
import { ESI_LENGTH } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE, NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { FACT } from "./attribute-table.ts";
import { areZero } from "./byte-spans.ts";
import type { DecisionTables } from "./decision.ts";

const ESI_OFFSET = NLRI_HEADER_LENGTH + 8;

/** Whether a path is a MAC/IP advertisement, the only type that mobility is about. */
export function isMacIp(t: DecisionTables, path: number): boolean {
  const nlris = t.prefixes?.nlris;
  if (nlris === undefined) return false;
  const nlri = t.paths.nlri.get(path);
  return nlris.bytes(nlri)[nlris.offset(nlri)] === EVPN_ROUTE.MAC_IP;
}

/** Negative when the MAC of path `a` does not move and that of `b` does. */
export function compareStatic(t: DecisionTables, a: number, b: number): number {
  const difference = Number(isStatic(t, b)) - Number(isStatic(t, a));
  return difference === 0 || !compete(t, a, b) ? 0 : difference;
}

/** Negative when path `a` tells of a later move than path `b`. */
export function compareSequence(t: DecisionTables, a: number, b: number): number {
  const { mobilitySequence } = t.attributes;
  const difference =
    mobilitySequence.get(t.paths.attributes.get(b)) -
    mobilitySequence.get(t.paths.attributes.get(a));
  return difference === 0 || !compete(t, a, b) ? 0 : difference;
}

/** Negative when the VTEP of path `a` has the lower address; an IPv4 address is lower than an IPv6 one. */
export function compareVtep(t: DecisionTables, a: number, b: number): number {
  const difference = compareNextHops(t, a, b);
  return difference === 0 || !compete(t, a, b) ? 0 : difference;
}

function isStatic(t: DecisionTables, path: number): boolean {
  return t.attributes.has(t.paths.attributes.get(path), FACT.STICKY | FACT.DEFAULT_GATEWAY);
}

/** Not so when the MAC is rightly in both places. */
function compete(t: DecisionTables, a: number, b: number): boolean {
  return !areGateways(t, a, b) && !areOnOneSegment(t, a, b);
}

function areGateways(t: DecisionTables, a: number, b: number): boolean {
  return (
    t.attributes.has(t.paths.attributes.get(a), FACT.DEFAULT_GATEWAY) &&
    t.attributes.has(t.paths.attributes.get(b), FACT.DEFAULT_GATEWAY)
  );
}

function areOnOneSegment(t: DecisionTables, a: number, b: number): boolean {
  const nlris = t.prefixes?.nlris;
  if (nlris === undefined) return false;
  const nlriA = t.paths.nlri.get(a);
  const nlriB = t.paths.nlri.get(b);
  const bytesA = nlris.bytes(nlriA);
  const bytesB = nlris.bytes(nlriB);
  const esiA = nlris.offset(nlriA) + ESI_OFFSET;
  const esiB = nlris.offset(nlriB) + ESI_OFFSET;
  for (let i = 0; i < ESI_LENGTH; i++) if (bytesA[esiA + i] !== bytesB[esiB + i]) return false;
  return !areZero(bytesA, esiA, ESI_LENGTH);
}

/** Negative when the next hop of path `a` is the lower address; an IPv4 address is lower than an IPv6 one. */
export function compareNextHops(t: DecisionTables, a: number, b: number): number {
  const { attributes } = t;
  const setA = t.paths.attributes.get(a);
  const setB = t.paths.attributes.get(b);
  if (setA === setB) return 0;
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
