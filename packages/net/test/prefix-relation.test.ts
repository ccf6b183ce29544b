import fc from "fast-check";
import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { describe, expect, test } from "vitest";
import { ipFamily, parseIpAddress } from "../src/ip-address.ts";
import {
  type IpPrefix,
  parseIpPrefix,
  prefixAddress,
  prefixFamily,
  prefixLength,
  prefixOf,
} from "../src/ip-prefix.ts";
import { prefixContains, prefixesOverlap, prefixLast } from "../src/prefix-relation.ts";

const ipv4Mapped = fc.ipV4().map((quad) => `::ffff:${quad}`);
const addresses = fc.oneof(fc.ipV4(), fc.ipV6(), ipv4Mapped).map(parseIpAddress);
const prefixes = fc
  .tuple(addresses, fc.nat(128))
  .map(([ip, length]) => prefixOf(ip, ipFamily(ip) === 4 ? length % 33 : length));

describe("prefixContains", () => {
  test.each([
    ["10.0.0.0/24", "10.0.0.0", true],
    ["10.0.0.0/24", "10.0.0.255", true],
    ["10.0.0.0/24", "10.0.1.0", false],
    ["10.0.0.0/24", "10.0.0.128/25", true],
    ["10.0.0.0/24", "10.0.0.0/24", true],
    ["10.0.0.0/24", "10.0.0.0/23", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "10.0.0.1", false],
    ["::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true],
    ["fd00::/64", "fd00::1:0:0:0", true],
    ["fd00::/64", "fd00:0:0:1::", false],
    ["::ffff:0:0/96", "::ffff:10.0.0.1", true],
  ])("%s and %s: %s", (prefix, inner, contained) => {
    const value = inner.includes("/") ? parseIpPrefix(inner) : parseIpAddress(inner);
    expect(prefixContains(parseIpPrefix(prefix), value)).toBe(contained);
  });

  test("an address is in a prefix exactly when cutting it to the length gives the prefix", () => {
    fc.assert(
      fc.property(prefixes, addresses, fc.boolean(), (prefix, other, near) => {
        const ip = near ? prefixLast(prefix) : other;
        const cut =
          ipFamily(ip) === prefixFamily(prefix) && prefixOf(ip, prefixLength(prefix)) === prefix;
        expect(prefixContains(prefix, ip)).toBe(cut);
      }),
    );
  });
});

test("containment is what ip-num says of the ranges", () => {
  const range = (prefix: IpPrefix): IPv4CidrRange | IPv6CidrRange => {
    const [address, length] = [prefixAddress(prefix), BigInt(prefixLength(prefix))];
    return prefixFamily(prefix) === 4
      ? new IPv4CidrRange(new IPv4(address), new IPv4Prefix(length))
      : new IPv6CidrRange(new IPv6(address), new IPv6Prefix(length));
  };
  fc.assert(
    fc.property(prefixes, prefixes, fc.nat(128), fc.boolean(), (a, other, length, near) => {
      const most = prefixFamily(a) === 4 ? 32 : 128;
      const b = near ? prefixOf(prefixLast(a), Math.min(length, most)) : other;
      const contains = prefixFamily(a) === prefixFamily(b) && within(range(a), range(b));
      expect(prefixContains(a, b)).toBe(contains);
    }),
  );
});

function within(outer: IPv4CidrRange | IPv6CidrRange, inner: typeof outer): boolean {
  return (
    outer.getFirst().getValue() <= inner.getFirst().getValue() &&
    inner.getLast().getValue() <= outer.getLast().getValue()
  );
}

test("two prefixes overlap in both orders or in neither, and only when one contains the other", () => {
  fc.assert(
    fc.property(prefixes, prefixes, fc.nat(32), (a, other, length) => {
      for (const b of [other, prefixOf(prefixLast(a), Math.min(length, prefixLength(a)))]) {
        const overlap = prefixContains(a, b) || prefixContains(b, a);
        expect(prefixesOverlap(a, b)).toBe(overlap);
        expect(prefixesOverlap(b, a)).toBe(overlap);
      }
    }),
  );
});

test("prefixLast is the last address", () => {
  expect(prefixLast(parseIpPrefix("10.0.0.0/24"))).toBe("10.0.0.255");
  expect(prefixLast(parseIpPrefix("10.0.0.1/32"))).toBe("10.0.0.1");
  expect(prefixLast(parseIpPrefix("fd00::/64"))).toBe("fd00::ffff:ffff:ffff:ffff");
});
