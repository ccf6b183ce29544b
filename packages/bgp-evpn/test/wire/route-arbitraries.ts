/** Random routes of every family that the codec knows. */
import { prefixFromBytes, routeTargetFromBytes } from "@selvedge/net";
import fc from "fast-check";
import type { EvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { hex } from "../../src/wire/hex.ts";
import type { MembershipRoute } from "../../src/wire/route-target-membership.ts";
import type { UnicastRoute } from "../../src/wire/unicast-route.ts";
import { esi, hexText, ip, ipv4, ipv6, mac, octets, rd, u24, u32 } from "./value-arbitraries.ts";

export const unicastRoute = (version: 4 | 6): fc.Arbitrary<UnicastRoute> =>
  fc.tuple(octets(16), fc.nat(version === 4 ? 32 : 128)).map(([bytes, bits]) => ({
    kind: "unicast",
    prefix: prefixFromBytes(bytes, 0, version, bits),
  }));

/** Memberships of every length; the bits beyond it are zero. */
export const membershipRoute: fc.Arbitrary<MembershipRoute> = fc
  .tuple(fc.constantFrom(0, 32, 33, 47, 48, 64, 80, 95, 96, 96), u32, octets(8))
  .map(([prefixLength, originAs, bytes]): MembershipRoute => {
    if (prefixLength === 0) return { kind: "membership", prefixLength };
    const origin = { kind: "membership", prefixLength, originAs } as const;
    if (prefixLength === 96) return { ...origin, target: routeTargetFromBytes(bytes) };
    const bits = prefixLength - 32;
    const prefix = bytes.slice(0, Math.ceil(bits / 8));
    const last = prefix.length - 1;
    if (last >= 0) prefix[last] = (prefix[last] ?? 0) & (0xff << (8 * prefix.length - bits));
    return { ...origin, targetPrefix: hex(prefix) };
  });

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
