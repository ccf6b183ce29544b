/** Random routes of every family that the codec knows. */
import { prefixFromBytes } from "@selvedge/net";
import fc from "fast-check";
import type { EvpnRoute } from "../../src/wire/evpn/nlri.ts";
import type { UnicastRoute } from "../../src/wire/unicast-route.ts";
import { esi, hexText, ip, ipv4, ipv6, mac, octets, rd, u24, u32 } from "./value-arbitraries.ts";

export const unicastRoute = (version: 4 | 6): fc.Arbitrary<UnicastRoute> =>
  fc.tuple(octets(16), fc.nat(version === 4 ? 32 : 128)).map(([bytes, bits]) => ({
    kind: "unicast",
    prefix: prefixFromBytes(bytes, 0, version, bits),
  }));

const ipPrefixRoute: fc.Arbitrary<EvpnRoute> = fc
  .tuple(rd, esi, u32, u24, fc.constantFrom(4, 6))
  .chain(([routeRd, routeEsi, ethernetTag, label, version]) =>
    fc.tuple(unicastRoute(version), version === 4 ? ipv4 : ipv6).map(([{ prefix }, gateway]) => ({
      kind: "ip-prefix",
      routeType: 5,
      rd: routeRd,
      esi: routeEsi,
      ethernetTag,
      prefix,
      gateway,
      label,
    })),
  );

export const evpnRoute: fc.Arbitrary<EvpnRoute> = fc.oneof(
  fc.record({
    kind: fc.constant("ethernet-auto-discovery"),
    routeType: fc.constant(1),
    rd,
    esi,
    ethernetTag: u32,
    label: u24,
  }),
  fc.record(
    {
      kind: fc.constant("mac-ip"),
      routeType: fc.constant(2),
      rd,
      esi,
      ethernetTag: u32,
      mac,
      ip,
      labels: fc.oneof(fc.tuple(u24), fc.tuple(u24, u24)),
    },
    { requiredKeys: ["kind", "routeType", "rd", "esi", "ethernetTag", "mac", "labels"] },
  ),
  fc.record({
    kind: fc.constant("inclusive-multicast"),
    routeType: fc.constant(3),
    rd,
    ethernetTag: u32,
    originator: ip,
  }),
  fc.record({
    kind: fc.constant("ethernet-segment"),
    routeType: fc.constant(4),
    rd,
    esi,
    originator: ip,
  }),
  ipPrefixRoute,
  fc.record({
    kind: fc.constant("unknown"),
    routeType: fc.integer({ min: 6, max: 255 }),
    value: hexText(255),
  }),
);
