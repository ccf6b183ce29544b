/**
 * EVPN routes and attributes in hex for ExaBGP, written from the RFCs and not with our encoders: what another speaker sends
 * must not depend on what ours believes.
 *
 * RFC 7432 section 7, RFC 9136 section 3, RFC 9251 section 9, RFC 4760 section 3.
 */

import type { GenericAttribute } from "./exabgp.ts";

const ZERO_ESI = "00".repeat(10);

const digits = (value: number, octets: number): string =>
  value.toString(16).padStart(octets * 2, "0");

const ipv4 = (address: string): string =>
  address
    .split(".")
    .map((part) => digits(Number(part), 1))
    .join("");

/** Type and length before a route. */
const route = (type: number, value: string): string =>
  digits(type, 1) + digits(value.length / 2, 1) + value;

/** RD of type 1: an IPv4 address and a number. */
const rd = (address: string, number: number): string => `0001${ipv4(address)}${digits(number, 2)}`;

/** Route type 1, Ethernet auto-discovery. */
export function autoDiscovery(router: string, esi: string, tag: number, label: number): string {
  return route(1, rd(router, 1) + esi + digits(tag, 4) + digits(label, 3));
}

/** Route type 2 with a MAC address alone. */
export function macRoute(router: string, mac: string, vni: number): string {
  return route(2, `${rd(router, vni)}${ZERO_ESI}${digits(0, 4)}30${mac}00${digits(vni, 3)}`);
}

/** Route type 4, Ethernet segment. */
export function segment(router: string, esi: string): string {
  return route(4, `${rd(router, 0)}${esi}20${ipv4(router)}`);
}

/** Route type 5: IPv4 prefix, no gateway. */
export function prefixRoute(router: string, prefix: string, bits: number, vni: number): string {
  return route(
    5,
    `${rd(router, vni)}${ZERO_ESI}${digits(0, 4)}${digits(bits, 1)}${ipv4(prefix)}00000000${digits(vni, 3)}`,
  );
}

/** Route type 6, selective multicast Ethernet tag (RFC 9251 section 9.1): IGMPv3 for any source of a group. */
export function selectiveMulticast(router: string, group: string, vni: number): string {
  return route(6, `${rd(router, vni)}${digits(0, 4)}0020${ipv4(group)}20${ipv4(router)}04`);
}

/** MP_REACH_NLRI of L2VPN EVPN. */
export function reach(nextHop: string, ...routes: readonly string[]): GenericAttribute {
  return [14, 0x80, `00194604${ipv4(nextHop)}00${routes.join("")}`];
}

/** Extended communities, each of eight octets in hex. */
export function extendedCommunities(...communities: readonly string[]): GenericAttribute {
  return [16, 0xc0, communities.join("")];
}

export const ROUTE_TARGET = "0002fde800000064";
export const VXLAN = "030c000000000008";
/** MAC mobility (RFC 7432 section 7.7) with a sequence number. */
export const mobility = (sequence: number, sticky = false): string =>
  `0600${sticky ? "01" : "00"}00${digits(sequence, 4)}`;
/** ESI label (RFC 7432 section 7.5) with the single-active flag. */
export const SINGLE_ACTIVE = "0601010000000000";
/** DF election (RFC 8584 section 2.2) by preference (RFC 9785): algorithm 2, preference 32767. */
export const DF_PREFERENCE = "0606020000007fff";
/** Router's MAC (RFC 9135 section 8.1). */
export const routerMac = (mac: string): string => `0603${mac}`;
