import fc from "fast-check";
import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { describe, expect, test } from "vitest";
import { ValueError } from "../src/errors.ts";
import { compareIp, ipBytes, parseIpAddress } from "../src/ip-address.ts";
import {
  comparePrefix,
  hostPrefix,
  isIpPrefix,
  parseIpPrefix,
  prefixAddress,
  prefixBytes,
  prefixFamily,
  prefixFromBytes,
  prefixLength,
  prefixOf,
  writePrefix,
} from "../src/ip-prefix.ts";

const addressAndLength = fc.oneof(
  fc.tuple(fc.ipV4().map(parseIpAddress), fc.nat(32)),
  fc.tuple(fc.ipV6().map(parseIpAddress), fc.nat(128)),
  fc.tuple(
    fc.ipV4().map((quad) => parseIpAddress(`::ffff:${quad}`)),
    fc.nat(128),
  ),
);
const prefixes = addressAndLength.map(([ip, length]) => prefixOf(ip, length));

describe("parseIpPrefix", () => {
  test("returns a canonical text, which it returns unchanged", () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        expect(parseIpPrefix(prefix)).toBe(prefix);
        expect(isIpPrefix(prefix)).toBe(true);
      }),
    );
  });

  test("writes an IPv6 prefix as RFC 5952 says and the length without leading zeros", () => {
    expect(parseIpPrefix("2001:0DB8:0::/032")).toBe("2001:db8::/32");
  });

  test("accepts host bits nowhere", () => {
    fc.assert(
      fc.property(addressAndLength, ([ip, length]) => {
        const text = `${ip}/${length}`;
        expect(isIpPrefix(text)).toBe(prefixOf(ip, length) === text);
      }),
    );
  });

  test.each([
    [
      "10.0.0.1/24",
      "10.0.0.1/24 has host bits set; write 10.0.0.0/24, or 10.0.0.1/32 for the one address",
    ],
    [
      "10.0.0.1",
      '"10.0.0.1" is not an IP prefix: the length is missing; write 10.0.0.1/32 for the one address',
    ],
    [
      "x",
      '"x" is not an IP prefix: the length is missing; write one such as 10.0.0.0/24 or 2001:db8::/64',
    ],
    [
      "10.0.0.0/33",
      '"10.0.0.0/33" is not an IP prefix: "33" is not a length; write a number from 0 to 32',
    ],
    ["::/129", '"::/129" is not an IP prefix: "129" is not a length; write a number from 0 to 128'],
    [
      "10.0.0/8",
      '"10.0.0/8" is not an IP prefix: "10.0.0" is not an IP address: it has 3 octets where an IPv4 address has 4',
    ],
  ])("refuses %s and says what would be right", (text, message) => {
    expect(() => parseIpPrefix(text)).toThrow(
      expect.objectContaining({ name: "ValueError", code: "invalid-prefix", value: text, message }),
    );
  });

  test("throws nothing but ValueError, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseIpPrefix(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
        }
      }),
    );
  });
});

describe("prefixOf", () => {
  test("has the first address of the range that ip-num computes", () => {
    fc.assert(
      fc.property(addressAndLength, ([ip, length]) => {
        const prefix = prefixOf(ip, length);
        const range = ip.includes(":")
          ? new IPv6CidrRange(new IPv6(ip), new IPv6Prefix(BigInt(length)))
          : new IPv4CidrRange(new IPv4(ip), new IPv4Prefix(BigInt(length)));
        expect(prefixAddress(prefix)).toBe(parseIpAddress(range.getFirst().toString()));
        expect(prefixLength(prefix)).toBe(length);
      }),
    );
  });

  test("refuses a length that the family does not have", () => {
    const ip = parseIpAddress("10.0.0.1");
    for (const length of [-1, 33, 1.5, Number.NaN]) {
      expect(() => prefixOf(ip, length)).toThrow(RangeError);
    }
  });
});

test("octets and text of a prefix are lossless", () => {
  fc.assert(
    fc.property(prefixes, fc.nat(4), (prefix, offset) => {
      const target = new Uint8Array(offset + 16);
      const octets = writePrefix(prefix, target, offset);
      expect(target.subarray(offset, offset + octets)).toEqual(prefixBytes(prefix));
      expect(prefixBytes(prefix)).toEqual(ipBytes(prefixAddress(prefix)));
      const read = prefixFromBytes(target, offset, prefixFamily(prefix), prefixLength(prefix));
      expect(read).toBe(prefix);
    }),
  );
});

test("prefixFromBytes clears host bits in the result and not in the source", () => {
  const bytes = Uint8Array.of(10, 1, 2, 3);
  expect(prefixFromBytes(bytes, 0, 4, 12)).toBe("10.0.0.0/12");
  expect(bytes).toEqual(Uint8Array.of(10, 1, 2, 3));
});

test("hostPrefix is the prefix of one address", () => {
  expect(hostPrefix(parseIpAddress("10.0.0.1"))).toBe("10.0.0.1/32");
  expect(hostPrefix(parseIpAddress("fd00::1"))).toBe("fd00::1/128");
});

test("comparePrefix orders by family, address and length", () => {
  const sorted = ["9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16", "::/0", "fd00::/8"].map(parseIpPrefix);
  expect(sorted.toReversed().sort(comparePrefix)).toEqual(sorted);
  fc.assert(
    fc.property(prefixes, prefixes, (a, b) => {
      expect(comparePrefix(a, b)).toBe(0 - comparePrefix(b, a));
      if (prefixAddress(a) !== prefixAddress(b)) {
        expect(comparePrefix(a, b)).toBe(compareIp(prefixAddress(a), prefixAddress(b)));
      }
    }),
  );
});
