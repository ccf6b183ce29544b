/** Random OPENs and capabilities. */
import fc from "fast-check";
import type { Capability } from "../../src/wire/capability.ts";
import type { OpenFields } from "../../src/wire/open.ts";
import { asn, family, hexText, ipv4, u24 } from "./value-arbitraries.ts";

export const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ kind: fc.constant("multiprotocol"), family }),
  fc.constantFrom<Capability>(
    { kind: "route-refresh" },
    { kind: "route-refresh-cisco" },
    { kind: "extended-message" },
    { kind: "enhanced-route-refresh" },
  ),
  fc.record({
    kind: fc.constant("extended-next-hop"),
    entries: fc.array(fc.record({ family, nextHop: fc.constantFrom("ipv4", "ipv6") }), {
      maxLength: 5,
    }),
  }),
  fc.record({
    kind: fc.constant("graceful-restart"),
    restarted: fc.boolean(),
    notification: fc.boolean(),
    restartTime: fc.nat(4095),
    families: fc.array(fc.record({ family, forwardingPreserved: fc.boolean() }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("four-octet-as"), asn }),
  fc.record({
    kind: fc.constant("add-path"),
    families: fc.array(
      fc.record({ family, mode: fc.constantFrom("receive", "send", "send-receive") }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    kind: fc.constant("long-lived-graceful-restart"),
    families: fc.array(fc.record({ family, forwardingPreserved: fc.boolean(), staleTime: u24 }), {
      maxLength: 5,
    }),
  }),
  fc.record({
    kind: fc.constant("fqdn"),
    hostname: fc.string({ maxLength: 30 }),
    domain: fc.string({ maxLength: 30 }),
  }),
  fc.record({
    kind: fc.constant("unknown"),
    code: fc.integer({ min: 130, max: 255 }),
    value: hexText(255),
  }),
);

export const openFields: fc.Arbitrary<OpenFields> = fc
  .record({
    asn,
    holdTime: fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 0xffff })),
    routerId: ipv4.filter((address) => address !== "0.0.0.0"),
    capabilities: fc.array(
      capability.filter(({ kind }) => kind !== "four-octet-as"),
      { maxLength: 8 },
    ),
  })
  .map((fields) => ({
    ...fields,
    capabilities: [...fields.capabilities, { kind: "four-octet-as", asn: fields.asn }],
  }));
