/** Random sequences of what can happen to a RIB, over few routes, so that they meet often. */
import {
  type IpPrefix,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import fc from "fast-check";
import type { RibVrf, Type5Route } from "../../../src/rib/vrf.ts";
import type { AsPathSegment } from "../../../src/wire/attribute/as-path.ts";
import type { ExtendedCommunity } from "../../../src/wire/attribute/extended-community.ts";
import type { PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import type { EvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import type { MembershipRoute } from "../../../src/wire/route-target-membership.ts";
import { POLICY_NAMES, type PolicyName } from "./policies.ts";
import { isConstrained, type MembershipAnnouncement } from "./reference-memberships.ts";
import type { Announcement } from "./reference-rib.ts";
import { OWN_CLUSTER_ID, OWN_ROUTER_ID, type SessionSlot, SLOTS } from "./sessions.ts";

/** One thing that happens. `slot` is an index into `SLOTS`. */
export type Event =
  | {
      readonly kind:
        | "up"
        | "down"
        | "retain"
        | "retain-reflected"
        | "age"
        | "mark-stale"
        | "sweep"
        | "complete";
      readonly slot: number;
    }
  | { readonly kind: "block" | "unblock" | "refresh"; readonly slot: number }
  | {
      readonly kind: "announce";
      readonly slot: number;
      readonly announcements: readonly Announcement[];
    }
  | { readonly kind: "withdraw"; readonly slot: number; readonly routes: readonly EvpnRoute[] }
  | { readonly kind: "want"; readonly slot: number; readonly wanted: MembershipAnnouncement }
  | {
      readonly kind: "no-longer-want";
      readonly slot: number;
      readonly memberships: readonly MembershipRoute[];
    }
  | { readonly kind: "need-all"; readonly all: boolean }
  | { readonly kind: "set-vrf"; readonly vrf: RibVrf }
  | { readonly kind: "remove-vrf"; readonly name: string }
  | { readonly kind: "originate"; readonly vrf: string; readonly route: Type5Route }
  | { readonly kind: "withdraw-local"; readonly vrf: string; readonly prefix: IpPrefix }
  | {
      readonly kind: "policies";
      readonly slot: number;
      readonly importPolicy: PolicyName | undefined;
      readonly exportPolicy: PolicyName | undefined;
    }
  /** A peer loses its session and comes back with what another slot says. */
  | { readonly kind: "take-over"; readonly slot: number; readonly by: number }
  | { readonly kind: "flip" }
  | { readonly kind: "reevaluate"; readonly slot: number; readonly direction: "import" | "export" }
  | { readonly kind: "work"; readonly rows: number };

const ZERO_ESI = "00:00:00:00:00:00:00:00:00:00";
const ESI = "00:11:22:33:44:55:66:77:88:99";
const PREFIXES = ["10.1.0.0/24", "10.1.1.1/32", "2001:db8:1::/64"].map(parseIpPrefix);
/** The last is the distinguisher of a local VRF, so that others announce the NLRI of a local route. */
const RDS = ["10.0.0.11:1", "10.0.0.12:1", "10.0.0.1:1"].map(parseRouteDistinguisher);
const TARGETS = ["65000:1", "65000:2", "65000:3"].map(parseRouteTarget);
/** The ES-Import route target of a segment. */
const ES_IMPORT_TARGET = parseRouteTarget("0x06020200c0000201");
/** The last two are addresses of sessions. */
const VTEPS = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "10.0.0.11", "10.0.0.31"].map(
  parseIpAddress,
);
const MACS = ["02:00:c0:00:02:01", "02:00:c0:00:02:02"].map(parseMacAddress);

const ipPrefixRoute: fc.Arbitrary<EvpnRoute> = fc
  .record({
    rd: fc.constantFrom(...RDS),
    prefix: fc.constantFrom(...PREFIXES),
    label: fc.constantFrom(5001, 5001, 5002, 0),
    esi: fc.constantFrom(ZERO_ESI, ZERO_ESI, ZERO_ESI, ESI),
    hasGateway: fc.constantFrom(false, false, false, true),
  })
  .map(({ rd, prefix, label, esi, hasGateway }) => {
    const isV6 = prefix.includes(":");
    const gateway = parseIpAddress(
      hasGateway ? (isV6 ? "2001:db8::9" : "10.1.0.9") : isV6 ? "::" : "0.0.0.0",
    );
    return { kind: "ip-prefix", routeType: 5, rd, esi, ethernetTag: 0, prefix, gateway, label };
  });

const otherRoute: fc.Arbitrary<EvpnRoute> = fc.constantFrom<EvpnRoute[]>(
  {
    kind: "inclusive-multicast",
    routeType: 3,
    rd: parseRouteDistinguisher("10.0.0.11:1"),
    ethernetTag: 0,
    originator: parseIpAddress("10.0.0.11"),
  },
  { kind: "unknown", routeType: 11, value: "0102030405" },
);

/** Of the address that is also among the prefixes, so that both lead there. */
const hostRoute: fc.Arbitrary<EvpnRoute> = fc.record({
  kind: fc.constant("mac-ip"),
  routeType: fc.constant(2),
  rd: fc.constantFrom(...RDS),
  esi: fc.constantFrom(ZERO_ESI, ZERO_ESI, ESI),
  ethernetTag: fc.constant(0),
  mac: fc.constantFrom(...["02:00:00:00:00:01", "02:00:00:00:00:02"].map(parseMacAddress)),
  // The second is the gateway of some of the prefixes.
  ip: fc.constantFrom(...["10.1.1.1", "10.1.0.9", "fe80::1"].map(parseIpAddress)),
  labels: fc.constantFrom<[number] | [number, number]>([100, 5001], [100, 5001], [100], [100, 0]),
});

/** One MAC on several segments: the segment is no part of the key. */
const macIpRoute: fc.Arbitrary<EvpnRoute> = fc.constantFrom(ZERO_ESI, ZERO_ESI, ESI).map((esi) => ({
  kind: "mac-ip",
  routeType: 2,
  rd: parseRouteDistinguisher("10.0.0.11:1"),
  esi,
  ethernetTag: 0,
  mac: parseMacAddress("02:00:00:00:00:01"),
  labels: [100],
}));

const route: fc.Arbitrary<EvpnRoute> = fc.oneof(
  { weight: 2, arbitrary: macIpRoute },
  { weight: 5, arbitrary: ipPrefixRoute },
  { weight: 3, arbitrary: hostRoute },
  { weight: 1, arbitrary: otherRoute },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 4 });

const communities: fc.Arbitrary<ExtendedCommunity[]> = fc
  .record({
    targets: fc.subarray(TARGETS),
    segment: fc.constantFrom(undefined, undefined, undefined, ...MACS),
    encapsulation: fc.constantFrom("vxlan", "vxlan", "mpls", undefined),
    mac: fc.constantFrom(...MACS, undefined),
    mobility: optional(fc.record({ sticky: fc.boolean(), sequence: fc.nat(2) })),
    nonTransitive: fc.boolean(),
    gateway: fc.constantFrom(false, false, false, true),
  })
  .map(({ targets, segment, encapsulation, mac, mobility, nonTransitive, gateway }) => [
    ...targets.map((target): ExtendedCommunity => ({ kind: "route-target", target })),
    ...(segment === undefined ? [] : [{ kind: "es-import", target: segment } as const]),
    ...(encapsulation === undefined
      ? []
      : [{ kind: "encapsulation", tunnelType: encapsulation } as const]),
    ...(mac === undefined ? [] : [{ kind: "router-mac", mac } as const]),
    ...(mobility === undefined ? [] : [{ kind: "mac-mobility", ...mobility } as const]),
    ...(gateway ? [{ kind: "default-gateway" } as const] : []),
    ...(nonTransitive ? [{ kind: "unknown", value: "4004fde800000001" } as const] : []),
  ]);

/** AS paths behind an external neighbour, or from inside; some contain the own AS. */
function segments(slot: SessionSlot): fc.Arbitrary<AsPathSegment[]> {
  const first = slot.peer.kind === "ebgp" ? [slot.peer.asn] : [];
  return fc
    .constantFrom<number[][]>([], [], [65101], [65102], [65101, 4200000000], [65000])
    .map((rest) => [...first, ...rest.map(parseAsn)])
    .map((asns) => (asns.length === 0 ? [] : [{ kind: "sequence", asns }]));
}

/** Attributes that the peer may send, in any order. */
function attributes(slot: SessionSlot): fc.Arbitrary<PathAttribute[]> {
  const internal = slot.peer.kind === "ibgp";
  const ids = fc.constantFrom(OWN_ROUTER_ID, ...["10.0.0.5", "10.0.0.99"].map(parseIpAddress));
  const clusters = fc.constantFrom(
    OWN_CLUSTER_ID,
    ...["10.0.0.201", "10.0.0.202"].map(parseIpAddress),
  );
  const made: fc.Arbitrary<(PathAttribute | undefined)[]> = fc.tuple(
    fc.constantFrom("igp", "incomplete").map((origin) => ({ kind: "origin", origin }) as const),
    segments(slot).map((path) => ({ kind: "as-path", segments: path }) as const),
    internal
      ? fc.constantFrom(100, 100, 200).map((value) => ({ kind: "local-pref", value }) as const)
      : fc.constant(undefined),
    optional(fc.constantFrom(0, 50).map((value) => ({ kind: "med", value }) as const)),
    optional(
      fc
        .constantFrom(
          ["no-export"],
          ["no-advertise"],
          ["65000:100"],
          ["llgr-stale"],
          ["no-llgr", "65000:100"],
          ["no-export", "llgr-stale", "65000:100"],
        )
        .map((list) => ({ kind: "communities", communities: list }) as const),
    ),
    internal
      ? optional(ids.map((routerId) => ({ kind: "originator-id", routerId }) as const))
      : fc.constant(undefined),
    internal
      ? optional(
          fc
            .uniqueArray(clusters, { minLength: 1, maxLength: 2 })
            .map((clusterIds) => ({ kind: "cluster-list", clusterIds }) as const),
        )
      : fc.constant(undefined),
    communities.map((list) =>
      list.length === 0
        ? undefined
        : ({ kind: "extended-communities", communities: list } as const),
    ),
    optional(
      fc.constantFrom(65101, 4200000000).map((asn) => ({
        kind: "aggregator" as const,
        asn: parseAsn(asn),
        address: parseIpAddress("10.0.0.77"),
      })),
    ),
    optional(
      fc.boolean().map((transitive) => ({
        kind: "unknown" as const,
        type: 99,
        value: "c0ffee",
        flags: transitive ? (["optional", "transitive"] as const) : (["optional"] as const),
      })),
    ),
  );
  return made
    .map((all) => all.filter((attribute) => attribute !== undefined))
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

function announcements(slot: SessionSlot): fc.Arbitrary<Announcement[]> {
  return fc
    .record({
      routes: fc.array(route, { minLength: 1, maxLength: 4 }),
      attributes: attributes(slot),
      nextHop: fc.constantFrom(...VTEPS),
    })
    .map(({ routes, ...shared }) => routes.map((one) => ({ route: one, ...shared })));
}

/** Whole route targets mostly, of two origins; prefixes of them, and the default. */
const membership: fc.Arbitrary<MembershipRoute> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        target: fc.constantFrom(...TARGETS, ES_IMPORT_TARGET),
        originAs: fc.constantFrom(65000, 65001),
      })
      .map(
        ({ target, originAs }): MembershipRoute => ({
          kind: "membership",
          prefixLength: 96,
          originAs,
          target,
        }),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<MembershipRoute[]>(
      { kind: "membership", prefixLength: 0 },
      { kind: "membership", prefixLength: 32, originAs: 65000, targetPrefix: "" },
      { kind: "membership", prefixLength: 64, originAs: 65000, targetPrefix: "0002fde8" },
      // 65000:2 and 65000:3, but not 65000:1.
      { kind: "membership", prefixLength: 95, originAs: 65000, targetPrefix: "0002fde800000002" },
    ),
  },
);

const memberships = fc.array(membership, { minLength: 1, maxLength: 3 });

function wanted(slot: SessionSlot): fc.Arbitrary<MembershipAnnouncement> {
  return fc.record({
    memberships,
    attributes: attributes(slot),
    nextHop: fc.constantFrom(...VTEPS),
  });
}
const policyName = fc.constantFrom(undefined, ...POLICY_NAMES);

/** Slots that differ in what is negotiated, but not in the router. */
const SAME_ROUTER = SLOTS.flatMap((a, slot) =>
  SLOTS.flatMap((b, by) =>
    by !== slot && a.peer.address === b.peer.address ? [[slot, by] as const] : [],
  ),
);

const slotIndex = fc.nat({ max: SLOTS.length - 1 });

function withSlot(
  make: (slot: SessionSlot, index: number) => fc.Arbitrary<Event>,
): fc.Arbitrary<Event> {
  return fc.oneof(...SLOTS.map(make));
}

function withConstrained(
  make: (slot: SessionSlot, index: number) => fc.Arbitrary<Event>,
): fc.Arbitrary<Event> {
  return fc.oneof(
    ...SLOTS.flatMap((slot, index) => (isConstrained(slot) ? [make(slot, index)] : [])),
  );
}

const vrf: fc.Arbitrary<RibVrf> = fc
  .record({
    name: fc.constantFrom("red", "blue"),
    imports: fc.subarray(TARGETS),
    exports: fc.subarray(TARGETS, { minLength: 1 }),
    otherRd: fc.boolean(),
    vni: optional(fc.constantFrom(5001, 5009)),
    routerMac: optional(fc.constantFrom(...MACS)),
  })
  .map(({ name, imports, exports, otherRd, routerMac, vni }) => ({
    name,
    rd: parseRouteDistinguisher(`10.0.0.1:${(name === "red" ? 1 : 2) + (otherRd ? 10 : 0)}`),
    importRouteTargets: imports,
    exportRouteTargets: exports,
    ...(vni === undefined ? {} : { vni: parseVni(vni) }),
    ...(routerMac === undefined ? {} : { routerMac }),
  }));

const originate: fc.Arbitrary<Event> = fc
  .record({
    vrf: fc.constantFrom("red", "blue"),
    prefix: fc.constantFrom(...PREFIXES),
    vni: fc.constantFrom(5001, 5002),
  })
  .map(({ vrf: name, prefix, vni }) => ({
    kind: "originate",
    vrf: name,
    route: {
      prefix,
      vni: parseVni(vni),
      nextHop: parseIpAddress("192.0.2.100"),
      routerMac: parseMacAddress("02:00:c0:00:02:64"),
    },
  }));

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: slotIndex.map((slot): Event => ({ kind: "up", slot })) },
  {
    weight: 12,
    arbitrary: withSlot((slot, index) =>
      announcements(slot).map((list) => ({ kind: "announce", slot: index, announcements: list })),
    ),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({ slot: slotIndex, routes: fc.array(route, { minLength: 1, maxLength: 3 }) })
      .map(({ slot, routes }): Event => ({ kind: "withdraw", slot, routes })),
  },
  {
    weight: 8,
    arbitrary: fc
      .record({
        kind: fc.constantFrom(
          "down",
          "retain",
          "retain-reflected",
          "age",
          "age",
          "mark-stale",
          "sweep",
          "block",
          "block",
          "unblock",
          "unblock",
          "refresh",
        ),
        slot: slotIndex,
      })
      .map(({ kind, slot }): Event => ({ kind, slot })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ slot: slotIndex, by: slotIndex })
      .map(({ by, slot }): Event => ({ kind: "take-over", slot, by })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...SAME_ROUTER)
      .map(([slot, by]): Event => ({ kind: "take-over", slot, by })),
  },
  {
    weight: 6,
    arbitrary: withConstrained((slot, index) =>
      wanted(slot).map((announcement) => ({ kind: "want", slot: index, wanted: announcement })),
    ),
  },
  {
    weight: 3,
    arbitrary: withConstrained((_, slot) =>
      memberships.map((list) => ({ kind: "no-longer-want", slot, memberships: list })),
    ),
  },
  {
    weight: 4,
    arbitrary: withConstrained((_, slot) => fc.constant({ kind: "complete", slot })),
  },
  { weight: 1, arbitrary: fc.boolean().map((all): Event => ({ kind: "need-all", all })) },
  { weight: 3, arbitrary: vrf.map((config): Event => ({ kind: "set-vrf", vrf: config })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("red", "blue").map((name): Event => ({ kind: "remove-vrf", name })),
  },
  { weight: 3, arbitrary: originate },
  {
    weight: 2,
    arbitrary: fc
      .record({ vrf: fc.constantFrom("red", "blue"), prefix: fc.constantFrom(...PREFIXES) })
      .map(({ vrf: name, prefix }): Event => ({ kind: "withdraw-local", vrf: name, prefix })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ slot: slotIndex, importPolicy: policyName, exportPolicy: policyName })
      .map((policies): Event => ({ kind: "policies", ...policies })),
  },
  { weight: 1, arbitrary: fc.constant<Event>({ kind: "flip" }) },
  {
    weight: 2,
    arbitrary: fc
      .record({ slot: slotIndex, direction: fc.constantFrom("import", "export") })
      .map((what): Event => ({ kind: "reevaluate", ...what })),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(1, 2, 5, 100).map((rows): Event => ({ kind: "work", rows })),
  },
);

/** Some sessions come up, then anything happens. */
export const history: fc.Arbitrary<Event[]> = fc
  .record({
    sessions: fc.shuffledSubarray(SLOTS.map((_, slot): Event => ({ kind: "up", slot }))),
    events: fc.array(event, { maxLength: 60, size: "max" }),
  })
  .map(({ sessions, events }) => [...sessions, ...events]);
