/**
 * The packet filters of a VRF's namespace that hold each endpoint to its own addresses.
 *
 * ```
 * table inet selvedge                                   table arp selvedge
 *   guard (prerouting, raw)                               guard (input)
 *     not from an endpoint          -> accept               not from an endpoint        -> accept
 *     port . MAC . IPv4 @sources4   -> own                  port . MAC . MAC . IPv4
 *     port . MAC . IPv6 @sources6   -> own                               @senders       -> accept
 *     port . MAC @macs, fe80::/10   -> own                  "spoofed"                   -> refuse
 *     port . MAC @macs, ::          -> own                refuse
 *     "spoofed"                     -> refuse               port @ports                 -> drop
 *   own                                                     -> drop
 *     TCP -> accept, UDP -> own-udp, ICMPv6 -> own-icmpv6
 *   own-udp
 *     DHCP servers, VXLAN           -> refuse
 *   own-icmpv6
 *     RA, redirect                  -> refuse
 *     NA                            -> advertised
 *   advertised
 *     port . MAC . target @sources6 -> accept
 *     target fe80::/10              -> accept
 *     "advertisement of another's"  -> refuse
 *   refuse: port @ports (counts)    -> drop
 * ```
 *
 * A packet of a port that no set knows is dropped. Addresses of link scope and the
 * unspecified one go no further than to this host (RFC 4291), which routes neither.
 */
import type { NftExpression, NftRegister } from "@selvedge/netlink";
import type { GuardChain, GuardSet, GuardTable } from "./guard-table.ts";
import {
  ACCEPT,
  COUNT,
  DROP,
  equals,
  goTo,
  ICMPV6,
  IPV4,
  IPV6,
  isIn,
  load,
  loadDeviceName,
  OF_ETHERNET,
  ofFamily,
  ofProtocol,
  PRIORITY_RAW,
  TCP,
  UDP,
} from "./packet-match.ts";

const INET = { family: "inet", table: "selvedge" } as const;
const ARP = { family: "arp", table: "selvedge" } as const;

/** What an endpoint may send IPv4 packets from. */
export const SOURCES_V4: GuardSet = {
  ...INET,
  set: "sources4",
  type: ["ifname", "ether_addr", "ipv4_addr"],
  hasCounters: false,
};

/** What it may send IPv6 packets from, and be the target of in neighbour advertisements. */
export const SOURCES_V6: GuardSet = {
  ...INET,
  set: "sources6",
  type: ["ifname", "ether_addr", "ipv6_addr"],
  hasCounters: false,
};

/** What it may send IPv6 packets of link scope from. */
export const MACS: GuardSet = {
  ...INET,
  set: "macs",
  type: ["ifname", "ether_addr"],
  hasCounters: false,
};

/** Ports, with what was dropped of each. */
export const PORTS: GuardSet = { ...INET, set: "ports", type: ["ifname"], hasCounters: true };

/** What it may send ARP from: the sender of the frame, and the sender that the ARP packet names. */
export const SENDERS: GuardSet = {
  ...ARP,
  set: "senders",
  type: ["ifname", "ether_addr", "ether_addr", "ipv4_addr"],
  hasCounters: false,
};

/** Ports, with what was dropped of each's ARP. */
export const ARP_PORTS: GuardSet = { ...ARP, set: "ports", type: ["ifname"], hasCounters: true };

/** Names of host ends begin with it (`hostInterfaceName`), those of no other device of ours do. */
const HOST_END = "c".charCodeAt(0);

const DHCP_SERVER = 67;
const DHCPV6_SERVER = 547;
const VXLAN = 4789;

/** ICMPv6 types (RFC 4861). */
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOUR_ADVERTISEMENT = 136;
const REDIRECT = 137;

/** fe80::/10. */
const LINK_LOCAL = address(0xfe, 0x80);
const LINK_LOCAL_MASK = Uint8Array.from(address(0xff, 0xc0));

/** Where a concatenation with a name (16 octets) and a MAC address (6, padded to 8) goes on. */
const AFTER_MAC = 14;
/** Where one with two MAC addresses does. */
const AFTER_TWO_MACS = 3;

const PORT_AND_MAC = [...OF_ETHERNET, loadDeviceName(1), load("link", 6, 6, 2)] as const;
const UNLESS_HOST_END = {
  kind: "compare",
  register: 1,
  operator: "not equal",
  value: Uint8Array.of(HOST_END),
} as const;

const NOT_OF_AN_ENDPOINT = [loadDeviceName(1), UNLESS_HOST_END, ACCEPT] as const;

const REFUSE: GuardChain = {
  chain: "refuse",
  rules: [{ expressions: [loadDeviceName(1), isIn("ports", 1), DROP] }, { expressions: [DROP] }],
};

const refuse = (comment: string, ...match: GuardChain["rules"][number]["expressions"]) => ({
  expressions: [...match, COUNT, goTo("refuse")],
  comment,
});

const GUARD: GuardChain = {
  chain: "guard",
  base: { hook: "prerouting", priority: PRIORITY_RAW, policy: "accept" },
  rules: [
    { expressions: NOT_OF_AN_ENDPOINT },
    {
      expressions: [
        ...ofFamily(IPV4),
        ...PORT_AND_MAC,
        load("network", 12, 4, AFTER_MAC),
        isIn("sources4", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...ofFamily(IPV6),
        ...PORT_AND_MAC,
        load("network", 8, 16, AFTER_MAC),
        isIn("sources6", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...ofFamily(IPV6),
        load("network", 8, 16, 1),
        ...isLinkLocal(1),
        ...PORT_AND_MAC,
        isIn("macs", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...ofFamily(IPV6),
        load("network", 8, 16, 1),
        equals(1, ...address()),
        ...PORT_AND_MAC,
        isIn("macs", 1),
        goTo("own"),
      ],
    },
    refuse("spoofed"),
  ],
};

const OWN: GuardChain = {
  chain: "own",
  rules: [
    { expressions: [...ofProtocol(TCP), ACCEPT] },
    { expressions: [...ofProtocol(UDP), goTo("own-udp")] },
    { expressions: [...ofProtocol(ICMPV6), goTo("own-icmpv6")] },
  ],
};

const OWN_UDP: GuardChain = {
  chain: "own-udp",
  rules: [
    refuse("DHCP server", load("transport", 0, 2, 1), equals(1, ...port(DHCP_SERVER))),
    refuse("DHCPv6 server", load("transport", 0, 2, 1), equals(1, ...port(DHCPV6_SERVER))),
    refuse("VXLAN", load("transport", 2, 2, 1), equals(1, ...port(VXLAN))),
  ],
};

const OWN_ICMPV6: GuardChain = {
  chain: "own-icmpv6",
  rules: [
    refuse("router advertisement", ...icmpv6Type(ROUTER_ADVERTISEMENT)),
    refuse("redirect", ...icmpv6Type(REDIRECT)),
    { expressions: [...icmpv6Type(NEIGHBOUR_ADVERTISEMENT), goTo("advertised")] },
  ],
};

const ADVERTISED: GuardChain = {
  chain: "advertised",
  rules: [
    {
      expressions: [
        ...PORT_AND_MAC,
        load("transport", 8, 16, AFTER_MAC),
        isIn("sources6", 1),
        ACCEPT,
      ],
    },
    { expressions: [load("transport", 8, 16, 1), ...isLinkLocal(1), ACCEPT] },
    refuse("advertisement of another's address"),
  ],
};

const ARP_GUARD: GuardChain = {
  chain: "guard",
  base: { hook: "input", priority: 0, policy: "accept" },
  rules: [
    { expressions: NOT_OF_AN_ENDPOINT },
    {
      expressions: [
        ...PORT_AND_MAC,
        load("network", 8, 6, AFTER_MAC),
        load("network", 14, 4, AFTER_TWO_MACS),
        isIn("senders", 1),
        ACCEPT,
      ],
    },
    refuse("spoofed"),
  ],
};

/** The tables of a VRF's namespace. */
export const ENDPOINT_GUARD: readonly GuardTable[] = [
  {
    ...INET,
    sets: [SOURCES_V4, SOURCES_V6, MACS, PORTS],
    chains: [REFUSE, ADVERTISED, OWN_ICMPV6, OWN_UDP, OWN, GUARD],
  },
  { ...ARP, sets: [SENDERS, ARP_PORTS], chains: [REFUSE, ARP_GUARD] },
];

function icmpv6Type(type: number): NftExpression[] {
  return [...ofFamily(IPV6), ...ofProtocol(ICMPV6), load("transport", 0, 1, 1), equals(1, type)];
}

/** The address in the register is of fe80::/10. Changes the register. */
function isLinkLocal(register: NftRegister): NftExpression[] {
  return [{ kind: "mask", register, mask: LINK_LOCAL_MASK }, equals(register, ...LINK_LOCAL)];
}

/** The 16 octets of an IPv6 address that begins with these. */
function address(...first: number[]): number[] {
  return [...first, ...new Array<number>(16 - first.length).fill(0)];
}

/** In network byte order. */
function port(number: number): [number, number] {
  return [number >> 8, number & 0xff];
}
