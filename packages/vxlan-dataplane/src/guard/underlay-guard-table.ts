/**
 * The packet filter of a host's underlay.
 *
 * ```
 * table inet selvedge-PREFIX
 *   guard (prerouting, raw)
 *     UDP port 4789, IPv4 destination @local   -> peers
 *     UDP port 4789, IPv6 destination @local6  -> peers
 *   peers
 *     IPv4 source not @vteps                   -> drop, "unknown VTEP"
 *     IPv6 source not @vteps6                  -> drop, "unknown VTEP"
 *     VNI not @vnis                            -> drop, "unknown VNI"
 * ```
 *
 * Only packets to this host's VTEP are looked at: other VXLAN devices of the machine, with addresses of
 * their own, are not touched.
 */
import type { NftExpression } from "@selvedge/netlink";
import { VXLAN_PORT } from "../ownership.ts";
import type { GuardSet, GuardTable } from "./guard-table.ts";
import {
  COUNT,
  DROP,
  equals,
  goTo,
  IPV4,
  IPV6,
  isIn,
  isNotIn,
  load,
  ofFamily,
  ofProtocol,
  PRIORITY_RAW,
  UDP,
} from "./packet-match.ts";

/** The table, and its sets by name. */
export interface UnderlayTable {
  readonly table: GuardTable;
  readonly sets: Readonly<Record<"local" | "local6" | "vteps" | "vteps6" | "vnis", GuardSet>>;
}

/** Octets from the UDP header on to the VNI (RFC 7348, section 5). */
const VNI_OFFSET = 12;
const VNI_OCTETS = 3;

/** Comments of the rules that drop, by which their counters are found. */
export const UNKNOWN_VTEP = "unknown VTEP";
export const UNKNOWN_VNI = "unknown VNI";

const OF_VXLAN: readonly NftExpression[] = [
  ...ofProtocol(UDP),
  load("transport", 2, 2, 1),
  equals(1, VXLAN_PORT >> 8, VXLAN_PORT & 0xff),
];
const IPV4_SOURCE: readonly NftExpression[] = [...ofFamily(IPV4), load("network", 12, 4, 1)];
const IPV4_DESTINATION: readonly NftExpression[] = [...ofFamily(IPV4), load("network", 16, 4, 1)];
const IPV6_SOURCE: readonly NftExpression[] = [...ofFamily(IPV6), load("network", 8, 16, 1)];
const IPV6_DESTINATION: readonly NftExpression[] = [...ofFamily(IPV6), load("network", 24, 16, 1)];

/** `prefix` tells the tables of several agents apart. */
export function underlayTable(prefix: string): UnderlayTable {
  const name = { family: "inet", table: `selvedge-${prefix}` } as const;
  const hasCounters = false;
  const sets = {
    local: { ...name, set: "local", type: ["ipv4_addr"], hasCounters },
    local6: { ...name, set: "local6", type: ["ipv6_addr"], hasCounters },
    vteps: { ...name, set: "vteps", type: ["ipv4_addr"], hasCounters },
    vteps6: { ...name, set: "vteps6", type: ["ipv6_addr"], hasCounters },
    vnis: { ...name, set: "vnis", type: ["vni"], hasCounters },
  } as const satisfies Record<string, GuardSet>;
  const table: GuardTable = {
    ...name,
    sets: Object.values(sets),
    chains: [
      {
        chain: "peers",
        rules: [
          {
            expressions: [...IPV4_SOURCE, isNotIn("vteps", 1), COUNT, DROP],
            comment: UNKNOWN_VTEP,
          },
          {
            expressions: [...IPV6_SOURCE, isNotIn("vteps6", 1), COUNT, DROP],
            comment: UNKNOWN_VTEP,
          },
          {
            expressions: [
              ...ofProtocol(UDP),
              load("transport", VNI_OFFSET, VNI_OCTETS, 1),
              isNotIn("vnis", 1),
              COUNT,
              DROP,
            ],
            comment: UNKNOWN_VNI,
          },
        ],
      },
      {
        chain: "guard",
        base: { hook: "prerouting", priority: PRIORITY_RAW, policy: "accept" },
        rules: [
          { expressions: [...OF_VXLAN, ...IPV4_DESTINATION, isIn("local", 1), goTo("peers")] },
          { expressions: [...OF_VXLAN, ...IPV6_DESTINATION, isIn("local6", 1), goTo("peers")] },
        ],
      },
    ],
  };
  return { table, sets };
}
