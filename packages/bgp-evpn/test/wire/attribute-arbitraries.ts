/** Random path attributes. */
import { type Asn, routeTargetFromBytes } from "@selvedge/net";
import fc from "fast-check";
import type { AsPathSegment } from "../../src/wire/attribute/as-path.ts";
import {
  decodeExtendedCommunity,
  type ExtendedCommunity,
  type TunnelName,
} from "../../src/wire/attribute/extended-community.ts";
import type { PathAttribute } from "../../src/wire/attribute/path-attribute.ts";
import type { PmsiTunnel } from "../../src/wire/attribute/pmsi-tunnel.ts";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import { asn, hexText, ip, ipv4, mac, octets, shortAsn, u24, u32 } from "./value-arbitraries.ts";

const segmentKinds = ["set", "sequence"] as const;
const as4SegmentKinds = [...segmentKinds, "confederation-sequence", "confederation-set"] as const;
const segments = (
  kinds: readonly AsPathSegment["kind"][],
  number: fc.Arbitrary<Asn>,
): fc.Arbitrary<readonly AsPathSegment[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      asns: fc.array(number, { minLength: 1, maxLength: 5 }),
    }),
    { maxLength: 3 },
  );

const communityText = fc.tuple(fc.nat(0xfffe), fc.nat(0xffff)).map((halves) => halves.join(":"));
const largeCommunityText = fc.tuple(u32, u32, u32).map((parts) => parts.join(":"));

export const extendedCommunity: fc.Arbitrary<ExtendedCommunity> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 2 }), octets(6)).map(([type, rest]) => ({
    kind: "route-target" as const,
    target: routeTargetFromBytes(Uint8Array.of(type, 2, ...rest)),
  })),
  fc.record({
    kind: fc.constant("encapsulation"),
    tunnelType: fc.constantFrom<TunnelName | number>(
      "vxlan",
      "nvgre",
      "mpls",
      "vxlan-gpe",
      "geneve",
      7,
      65535,
    ),
  }),
  fc.record({ kind: fc.constant("router-mac"), mac }),
  fc.record({ kind: fc.constant("mac-mobility"), sticky: fc.boolean(), sequence: u32 }),
  fc.record({ kind: fc.constant("default-gateway") }),
  fc.record({ kind: fc.constant("esi-label"), singleActive: fc.boolean(), label: u24 }),
  fc.record({ kind: fc.constant("es-import"), target: mac }),
  fc.record({
    kind: fc.constant("df-election"),
    algorithm: fc.nat(31),
    capabilities: fc.nat(0xffff),
    preference: fc.nat(0xffff),
  }),
  fc.record({
    kind: fc.constant("arp-nd"),
    router: fc.boolean(),
    override: fc.boolean(),
    immutable: fc.boolean(),
  }),
  octets(8).map(decodeExtendedCommunity),
);

const many = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<readonly Value[]> =>
  fc.array(value, { minLength: 1, maxLength: 70 });

const pmsiTunnel: fc.Arbitrary<PathAttribute> = fc
  .record({ tunnelFlags: fc.nat(255), label: u24 })
  .chain((head) =>
    fc.oneof(
      fc.constant({ ...head, kind: "pmsi-tunnel" as const, tunnelType: "none" as const }),
      ip.map((endpoint) => ({
        ...head,
        kind: "pmsi-tunnel" as const,
        tunnelType: "ingress-replication" as const,
        endpoint,
      })),
      fc.record({
        kind: fc.constant("pmsi-tunnel"),
        tunnelFlags: fc.constant(head.tunnelFlags),
        tunnelType: fc.constantFrom<PmsiTunnel["tunnelType"]>("pim-ssm", "mldp-p2mp", 99),
        label: fc.constant(head.label),
        identifier: hexText(20),
      }),
    ),
  );

/** Attributes of a type that may appear in this session, with values that fit; MP attributes left out. */
export function pathAttributes(
  context: CodecContext,
): readonly [mandatory: fc.Arbitrary<PathAttribute>[], optional: fc.Arbitrary<PathAttribute>[]] {
  const number = context.fourOctetAs ? asn : shortAsn;
  const mandatory: fc.Arbitrary<PathAttribute>[] = [
    fc.record({ kind: fc.constant("origin"), origin: fc.constantFrom("igp", "egp", "incomplete") }),
    fc.record({ kind: fc.constant("as-path"), segments: segments(segmentKinds, number) }),
    fc.record({ kind: fc.constant("next-hop"), address: ipv4 }),
  ];
  const optional: fc.Arbitrary<PathAttribute>[] = [
    fc.record({ kind: fc.constant("med"), value: u32 }),
    fc.record({ kind: fc.constant("atomic-aggregate") }),
    fc.record({ kind: fc.constant("aggregator"), asn: number, address: ipv4 }),
    fc.record({ kind: fc.constant("communities"), communities: many(communityText) }),
    fc.record({
      kind: fc.constant("extended-communities"),
      communities: many(extendedCommunity),
    }),
    pmsiTunnel,
    fc.record({ kind: fc.constant("large-communities"), communities: many(largeCommunityText) }),
    fc.record({
      kind: fc.constant("unknown"),
      type: fc.integer({ min: 33, max: 255 }),
      value: hexText(300),
    }),
  ];
  if (context.ibgp) {
    mandatory.push(fc.record({ kind: fc.constant("local-pref"), value: u32 }));
    optional.push(
      fc.record({ kind: fc.constant("originator-id"), routerId: ipv4 }),
      fc.record({ kind: fc.constant("cluster-list"), clusterIds: many(ipv4) }),
    );
  }
  if (!context.fourOctetAs) {
    optional.push(
      segments(as4SegmentKinds, asn)
        .filter((path) => path.length > 0)
        .map((path) => ({ kind: "as4-path", segments: path })),
      fc.record({ kind: fc.constant("as4-aggregator"), asn, address: ipv4 }),
    );
  }
  return [mandatory, optional];
}
