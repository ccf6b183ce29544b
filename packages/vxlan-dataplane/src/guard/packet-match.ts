/**
 * Parts of packets, as the expressions of rules: what the guards' rules are written with.
 */
import type { NftExpression, NftRegister } from "@selvedge/netlink";

/** NFPROTO_* of linux/netfilter.h. */
export const IPV4 = 2;
export const IPV6 = 10;

/** EtherTypes (IANA). */
export const ETHER_IPV4 = 0x0800;
export const ETHER_ARP = 0x0806;
export const ETHER_IPV6 = 0x86dd;

/** IP protocol numbers (IANA). */
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/** The first octets of the register are these. */
export function equals(register: NftRegister, ...octets: number[]): NftExpression {
  return { kind: "compare", register, operator: "equal", value: Uint8Array.from(octets) };
}

/** Packets of this family, in a table of both. */
export function ofFamily(family: typeof IPV4 | typeof IPV6): NftExpression[] {
  return [{ kind: "meta", key: "nfproto", register: 1 }, equals(1, family)];
}

/**
 * Frames with this EtherType in their header, of which frames with a VLAN tag are none: the kernel takes the
 * tag out before any hook, and `meta protocol` is what was behind it.
 */
export function ofEtherType(type: number): NftExpression[] {
  return [load("link", 12, 2, 1), equals(1, type >> 8, type & 0xff)];
}

/** Packets of this transport protocol. */
export function ofProtocol(protocol: number): NftExpression[] {
  return [{ kind: "meta", key: "l4proto", register: 1 }, equals(1, protocol)];
}

/**
 * Packets of Ethernet devices (ARPHRD_ETHER). All ports are such; it tells nft(8) that what follows is of
 * an Ethernet header.
 */
export const OF_ETHERNET: readonly NftExpression[] = [
  { kind: "meta", key: "iiftype", register: 1 },
  equals(1, 1, 0),
];

/** Loads octets of a header; at most 16 a register, or several registers in a row. */
export function load(
  base: "link" | "network" | "transport",
  offset: number,
  length: number,
  register: NftRegister,
): NftExpression {
  return { kind: "payload", base, offset, length, register };
}

/** Loads the name of the device that the packet came by, 16 octets. */
export function loadDeviceName(register: NftRegister): NftExpression {
  return { kind: "meta", key: "iifname", register };
}

/** What the registers from this one on hold is in the set. */
export function isIn(set: string, register: NftRegister): NftExpression {
  return { kind: "lookup", register, set, operator: "in" };
}

/** It is not in the set. */
export function isNotIn(set: string, register: NftRegister): NftExpression {
  return { kind: "lookup", register, set, operator: "not in" };
}

/** The rule's packets go on in another chain and do not come back. */
export function goTo(chain: string): NftExpression {
  return { kind: "verdict", verdict: { kind: "goto", chain } };
}

export const ACCEPT: NftExpression = { kind: "verdict", verdict: { kind: "accept" } };
export const DROP: NftExpression = { kind: "verdict", verdict: { kind: "drop" } };
export const COUNT: NftExpression = { kind: "counter" };

/** Priority of a base chain before connection tracking, NF_IP_PRI_RAW. */
export const PRIORITY_RAW = -300;
