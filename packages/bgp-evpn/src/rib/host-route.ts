/**
 * Host routes: a route of type 2 with an IP address, a second label and a Router's MAC is a way to that one address for
 * the VRFs that import one of its route targets (RFC 9135 section 5.4). For a VRF it is a prefix like one of type 5:
 *
 *   type 2  ... | IP bits (1) | IP (4, 16)          | label 1 | label 2
 *   type 5  ... | prefix bits (1) | prefix (4, 16)  | gateway | label
 *
 * Among the candidates of one prefix, of both types, first go host routes that MAC mobility has overtaken; then the
 * decision process chooses; what it leaves as equal is cut down to the host routes, if there are any, because they come
 * from where the host is, and the others from who has heard of it.
 */
import { ESI_LENGTH } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { areZero } from "./byte-spans.ts";
import { isHostAddress, isLinkLocalAddress } from "./host-address.ts";
import type { LocRib } from "./loc-rib.ts";
import { compareMacPaths, isDefaultGateway, isSameMove } from "./mac-order.ts";
import {
  ESI_AT,
  hasSecondLabel,
  MAC_AT,
  MAC_IP_BITS_AT,
  MAC_LENGTH,
  macIpAddressLength,
} from "./nlri-fields.ts";
import { type5AddressLength, type5Label, type5PrefixOffset } from "./type5-overlay.ts";

/**
 * Whether a route type 2 that came with a Router's MAC can be a host route: with two labels, and a routable address.
 */
export function isHostRoute(bytes: Uint8Array, offset: number, length: number): boolean {
  const at = offset + MAC_IP_BITS_AT + 1;
  const addressLength = macIpAddressLength(bytes, offset);
  return (
    addressLength !== 0 &&
    hasSecondLabel(bytes, offset, length) &&
    vrfLabel(bytes, offset, length) !== 0 &&
    isHostAddress(bytes, at, addressLength) &&
    !isLinkLocalAddress(bytes, at, addressLength)
  );
}

/** Position of the octet with the prefix length of a route type 2 or 5; the prefix follows it. */
export function vrfPrefixOffset(bytes: Uint8Array, offset: number): number {
  return bytes[offset] === EVPN_ROUTE.MAC_IP ? offset + MAC_IP_BITS_AT : type5PrefixOffset(offset);
}

/** Octets of the prefix of a route type 2 or 5. */
export function vrfAddressLength(bytes: Uint8Array, offset: number, length: number): 4 | 16 {
  if (bytes[offset] !== EVPN_ROUTE.MAC_IP) return type5AddressLength(length);
  return macIpAddressLength(bytes, offset) === 4 ? 4 : 16;
}

/** The VNI of the VRF in a route type 2 or 5: the last label of both. */
export function vrfLabel(bytes: Uint8Array, offset: number, length: number): number {
  return type5Label(bytes, offset, length);
}

/**
 * Drops host routes from `candidates`, in place, for which there is one of the same MAC that counts more. Those of one
 * place remain together: the routers of a segment (ESI) with the same sequence number, and all of a default gateway.
 *
 * Sorted, so that hosts which contend for one address under ever new MACs cost little more than their number.
 */
export function dropMovedHosts(rib: LocRib, candidates: number[]): void {
  const hosts = candidates.filter((path) => isMacIp(rib, path));
  if (hosts.length < 2) return;
  hosts.sort((a, b) => compareMacs(rib, a, b) || compareMacPaths(rib, a, b));
  const overtaken = new Set<number>();
  let best = 0;
  for (const path of hosts) {
    if (best === 0 || compareMacs(rib, best, path) !== 0) best = path;
    else if (isOvertaken(rib, path, best)) overtaken.add(path);
  }
  if (overtaken.size === 0) return;
  let kept = 0;
  for (const path of candidates) if (!overtaken.has(path)) candidates[kept++] = path;
  candidates.length = kept;
}

/** Drops prefixes of type 5 from `candidates`, in place, when there is a host route among them. */
export function preferHostRoutes(rib: LocRib, candidates: number[]): void {
  let kept = 0;
  if (!candidates.some((path) => isMacIp(rib, path))) return;
  for (const path of candidates) {
    if (isMacIp(rib, path)) candidates[kept++] = path;
  }
  candidates.length = kept;
}

/** Whether the best path of a MAC counts more than another one, which is for another place. */
function isOvertaken(rib: LocRib, path: number, best: number): boolean {
  return compareMacPaths(rib, best, path) < 0 && !isSamePlace(rib, path, best);
}

function isSamePlace(rib: LocRib, path: number, best: number): boolean {
  if (isDefaultGateway(rib, best)) return isDefaultGateway(rib, path);
  return (
    isSameMove(rib, path, best) &&
    !areZero(rib.nlriBytes(path), rib.nlriOffset(path) + ESI_AT, ESI_LENGTH) &&
    hasSameEsi(rib, path, best)
  );
}

function isMacIp(rib: LocRib, path: number): boolean {
  return rib.nlriBytes(path)[rib.nlriOffset(path)] === EVPN_ROUTE.MAC_IP;
}

/** The order of two MACs as numbers. */
function compareMacs(rib: LocRib, a: number, b: number): number {
  const bytesA = rib.nlriBytes(a);
  const bytesB = rib.nlriBytes(b);
  const atA = rib.nlriOffset(a) + MAC_AT;
  const atB = rib.nlriOffset(b) + MAC_AT;
  for (let i = 0; i < MAC_LENGTH; i++) {
    const difference = (bytesA[atA + i] ?? 0) - (bytesB[atB + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether two paths are for the same segment. */
function hasSameEsi(rib: LocRib, a: number, b: number): boolean {
  const bytesA = rib.nlriBytes(a);
  const bytesB = rib.nlriBytes(b);
  const atA = rib.nlriOffset(a) + ESI_AT;
  const atB = rib.nlriOffset(b) + ESI_AT;
  for (let i = 0; i < ESI_LENGTH; i++) if (bytesA[atA + i] !== bytesB[atB + i]) return false;
  return true;
}
