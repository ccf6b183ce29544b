/** Random values of which messages are made. */
import {
  type Asn,
  type IpAddress,
  ipFromBytes,
  type MacAddress,
  macFromBytes,
  parseAsn,
  type RouteDistinguisher,
  routeDistinguisherFromBytes,
} from "@selvedge/net";
import fc from "fast-check";
import { esiFromBytes } from "../../src/wire/evpn/esi.ts";
import { type Family, familyFromCodes, KNOWN_FAMILIES } from "../../src/wire/family.ts";
import { hex } from "../../src/wire/hex.ts";

export const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
export const hexText = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map(hex);
export const u32 = fc.integer({ min: 0, max: 0xffffffff });
export const u24 = fc.integer({ min: 0, max: 0xffffff });

export const ipv4: fc.Arbitrary<IpAddress> = octets(4).map((bytes) => ipFromBytes(bytes, 0, 4));
export const ipv6: fc.Arbitrary<IpAddress> = octets(16).map((bytes) => ipFromBytes(bytes, 0, 6));
export const ip = fc.oneof(ipv4, ipv6);
export const mac: fc.Arbitrary<MacAddress> = octets(6).map((bytes) => macFromBytes(bytes));
export const rd: fc.Arbitrary<RouteDistinguisher> = fc
  .tuple(fc.integer({ min: 0, max: 3 }), octets(6))
  .map(([type, rest]) => routeDistinguisherFromBytes(Uint8Array.of(0, type, ...rest)));
export const esi = octets(10).map(esiFromBytes);
export const asn: fc.Arbitrary<Asn> = fc.integer({ min: 1, max: 0xffffffff }).map(parseAsn);
export const shortAsn: fc.Arbitrary<Asn> = fc.integer({ min: 1, max: 0xffff }).map(parseAsn);

export const family: fc.Arbitrary<Family> = fc.oneof(
  fc.constantFrom<Family>(...KNOWN_FAMILIES),
  fc.tuple(fc.nat(0xffff), fc.nat(0xff)).map(([afi, safi]) => familyFromCodes(afi, safi)),
);
