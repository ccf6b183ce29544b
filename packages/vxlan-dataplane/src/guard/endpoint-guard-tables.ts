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
 * Ports of bridges have the rules of both in one table, bridge selvedge, at its prerouting hook; what
 * is neither IP nor ARP is refused there.
 *
 * A packet of a port that no set knows is dropped. Addresses of link scope and the
 * unspecified one go no further than to this host (RFC 4291), which routes neither.
 */
import type { NftExpression, NftKeyType, NftRegister, NftTableName } from "@selvedge/netlink";
import type { GuardChain, GuardRule, GuardSet, GuardTable } from "./guard-table.ts";
import {
  ACCEPT,
  COUNT,
  DROP,
  ETHER_ARP,
  ETHER_IPV4,
  ETHER_IPV6,
  equals,
  goTo,
  ICMPV6,
  IPV4,
  IPV6,
  isIn,
  load,
  loadDeviceName,
  OF_ETHERNET,
  ofEtherType,
  ofFamily,
  ofProtocol,
  PRIORITY_RAW,
  TCP,
  UDP,
} from "./packet-match.ts";

/** The sets of the tables for one kind of ports. */
export interface PortSets {
  /** What an endpoint may send IPv4 packets from. */
  readonly sources4: GuardSet;
  /** What it may send IPv6 packets from, and be the target of in neighbour advertisements. */
  readonly sources6: GuardSet;
  /** What it may send IPv6 packets of link scope from. */
  readonly macs: GuardSet;
  /** What it may send ARP from: the sender of the frame, and the sender that the ARP packet names. */
  readonly senders: GuardSet;
  /** Ports, with what was dropped of each. */
  readonly counted: readonly GuardSet[];
}

const INET = { family: "inet", table: "selvedge" } as const;
const ARP = { family: "arp", table: "selvedge" } as const;
const BRIDGE = { family: "bridge", table: "selvedge" } as const;

const PORTS: GuardSet = { ...INET, set: "ports", type: ["ifname"], hasCounters: true };
const ARP_PORTS: GuardSet = { ...ARP, set: "ports", type: ["ifname"], hasCounters: true };
const BRIDGE_PORTS: GuardSet = { ...BRIDGE, set: "ports", type: ["ifname"], hasCounters: true };

/** Sets of ports that are routed. */
export const ROUTED_SETS: PortSets = {
  ...sourceSets(INET),
  senders: senders(ARP),
  counted: [PORTS, ARP_PORTS],
};

/** Sets of ports of bridges. */
export const BRIDGED_SETS: PortSets = {
  ...sourceSets(BRIDGE),
  senders: senders(BRIDGE),
  counted: [BRIDGE_PORTS],
};

function sourceSets(of: NftTableName): Pick<PortSets, "sources4" | "sources6" | "macs"> {
  const set = (name: string, ...type: NftKeyType): GuardSet => ({
    ...of,
    set: name,
    type,
    hasCounters: false,
  });
  return {
    sources4: set("sources4", "ifname", "ether_addr", "ipv4_addr"),
    sources6: set("sources6", "ifname", "ether_addr", "ipv6_addr"),
    macs: set("macs", "ifname", "ether_addr"),
  };
}

function senders(of: NftTableName): GuardSet {
  const type = ["ifname", "ether_addr", "ether_addr", "ipv4_addr"] as const;
  return { ...of, set: "senders", type, hasCounters: false };
}

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

/** Packets of IPv4 and of IPv6, in the words of a family of tables. */
interface FamilyMatch {
  readonly v4: readonly NftExpression[];
  readonly v6: readonly NftExpression[];
}

const IN_INET: FamilyMatch = { v4: ofFamily(IPV4), v6: ofFamily(IPV6) };
const IN_BRIDGE: FamilyMatch = { v4: ofEtherType(ETHER_IPV4), v6: ofEtherType(ETHER_IPV6) };

const PORT_AND_MAC = [...OF_ETHERNET, loadDeviceName(1), load("link", 6, 6, 2)] as const;
const UNLESS_HOST_END = {
  kind: "compare",
  register: 1,
  operator: "not equal",
  value: Uint8Array.of(HOST_END),
} as const;

const NOT_OF_AN_ENDPOINT: GuardRule = {
  expressions: [loadDeviceName(1), UNLESS_HOST_END, ACCEPT],
};

const REFUSE: GuardChain = {
  chain: "refuse",
  rules: [{ expressions: [loadDeviceName(1), isIn("ports", 1), DROP] }, { expressions: [DROP] }],
};

const refuse = (comment: string, ...match: readonly NftExpression[]): GuardRule => ({
  expressions: [...match, COUNT, goTo("refuse")],
  comment,
});

/** ARP packets from a sender that the port has. */
const OWN_ARP = [
  ...PORT_AND_MAC,
  load("network", 8, 6, AFTER_MAC),
  load("network", 14, 4, AFTER_TWO_MACS),
  isIn("senders", 1),
  ACCEPT,
] as const;

/** IP packets from an address that the port has. */
function ownIp({ v4, v6 }: FamilyMatch): GuardRule[] {
  return [
    {
      expressions: [
        ...v4,
        ...PORT_AND_MAC,
        load("network", 12, 4, AFTER_MAC),
        isIn("sources4", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...v6,
        ...PORT_AND_MAC,
        load("network", 8, 16, AFTER_MAC),
        isIn("sources6", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...v6,
        load("network", 8, 16, 1),
        ...isLinkLocal(1),
        ...PORT_AND_MAC,
        isIn("macs", 1),
        goTo("own"),
      ],
    },
    {
      expressions: [
        ...v6,
        load("network", 8, 16, 1),
        equals(1, ...address()),
        ...PORT_AND_MAC,
        isIn("macs", 1),
        goTo("own"),
      ],
    },
  ];
}

/** What becomes of IP packets, from `own` on. */
function ownChains(family: FamilyMatch): GuardChain[] {
  return [REFUSE, ADVERTISED, ownIcmpv6(family), OWN_UDP, OWN];
}

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

function ownIcmpv6({ v6 }: FamilyMatch): GuardChain {
  const type = (number: number): NftExpression[] => [
    ...v6,
    ...ofProtocol(ICMPV6),
    load("transport", 0, 1, 1),
    equals(1, number),
  ];
  return {
    chain: "own-icmpv6",
    rules: [
      refuse("router advertisement", ...type(ROUTER_ADVERTISEMENT)),
      refuse("redirect", ...type(REDIRECT)),
      { expressions: [...type(NEIGHBOUR_ADVERTISEMENT), goTo("advertised")] },
    ],
  };
}

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

const GUARD: GuardChain = {
  chain: "guard",
  base: { hook: "prerouting", priority: PRIORITY_RAW, policy: "accept" },
  rules: [NOT_OF_AN_ENDPOINT, ...ownIp(IN_INET), refuse("spoofed")],
};

const ARP_GUARD: GuardChain = {
  chain: "guard",
  base: { hook: "input", priority: 0, policy: "accept" },
  rules: [NOT_OF_AN_ENDPOINT, { expressions: OWN_ARP }, refuse("spoofed")],
};

/** Before the bridge looks at its table. What is neither IP nor ARP is refused. */
const BRIDGE_GUARD: GuardChain = {
  chain: "guard",
  base: { hook: "prerouting", priority: PRIORITY_RAW, policy: "accept" },
  rules: [
    NOT_OF_AN_ENDPOINT,
    ...ownIp(IN_BRIDGE),
    { expressions: [...ofEtherType(ETHER_ARP), ...OWN_ARP] },
    refuse("spoofed"),
  ],
};

/** The tables for ports that are routed. */
export const ROUTED_TABLES: readonly GuardTable[] = [
  {
    ...INET,
    sets: [ROUTED_SETS.sources4, ROUTED_SETS.sources6, ROUTED_SETS.macs, PORTS],
    chains: [...ownChains(IN_INET), GUARD],
  },
  { ...ARP, sets: [ROUTED_SETS.senders, ARP_PORTS], chains: [REFUSE, ARP_GUARD] },
];

/** The tables for ports of bridges; a packet that a bridge hands up does not come by such a port any more. */
export const BRIDGED_TABLES: readonly GuardTable[] = [
  {
    ...BRIDGE,
    sets: [
      BRIDGED_SETS.sources4,
      BRIDGED_SETS.sources6,
      BRIDGED_SETS.macs,
      BRIDGED_SETS.senders,
      BRIDGE_PORTS,
    ],
    chains: [...ownChains(IN_BRIDGE), BRIDGE_GUARD],
  },
];

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
