import fc from "fast-check";
import { IPv4, IPv6 } from "ip-num";
import { describe, expect, test } from "vitest";
import { ValueError } from "../src/errors.ts";
import {
  compareIp,
  ipBytes,
  ipFamily,
  ipFromBytes,
  isIpAddress,
  parseIpAddress,
  writeIp,
} from "../src/ip-address.ts";

const ipv4Mapped = fc.ipV4().map((quad) => `::ffff:${quad}`);
const addresses = fc.oneof(fc.ipV4(), fc.ipV6(), ipv4Mapped).map(parseIpAddress);

describe("parseIpAddress", () => {
  test("returns a canonical text, which it returns unchanged", () => {
    fc.assert(
      fc.property(addresses, (ip) => {
        expect(parseIpAddress(ip)).toBe(ip);
        expect(isIpAddress(ip)).toBe(true);
      }),
    );
  });

  test("returns one text for all spellings of an address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const spelled = IPv6.fromString(text).toString();
        expect(parseIpAddress(spelled)).toBe(parseIpAddress(text));
        expect(parseIpAddress(spelled.toUpperCase())).toBe(parseIpAddress(text));
      }),
    );
  });

  test.each([
    ["", '"" is not an IP address: it is empty; write one such as 10.0.0.1 or 2001:db8::1'],
    [" 10.0.0.1", '" 10.0.0.1" is not an IP address: there is white space around it'],
    [
      "10.0.0.1/24",
      '"10.0.0.1/24" is not an IP address: it is a prefix; write only the part before the slash',
    ],
    [
      "fe80::1%eth0",
      '"fe80::1%eth0" is not an IP address: it has a zone; write only the part before the %',
    ],
    ["host", '"host" is not an IP address: write one such as 10.0.0.1 or 2001:db8::1'],
    ["10.0.0.256", '"10.0.0.256" is not an IP address: 256 is above 255'],
    ["1::2::3", '"1::2::3" is not an IP address: "::" may stand only once'],
  ])("refuses %j and says why", (text, message) => {
    expect(() => parseIpAddress(text)).toThrow(
      expect.objectContaining({
        name: "ValueError",
        code: "invalid-ip-address",
        value: text,
        message,
      }),
    );
  });

  test("throws nothing but ValueError, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseIpAddress(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
        }
      }),
    );
  });
});

test("isIpAddress is true for the canonical spelling only", () => {
  expect(isIpAddress("2001:db8::1")).toBe(true);
  expect(isIpAddress("2001:DB8::1")).toBe(false);
  expect(isIpAddress("nonsense")).toBe(false);
});

test("bytes and text of an address are lossless", () => {
  fc.assert(
    fc.property(addresses, (ip) => {
      const bytes = ipBytes(ip);
      expect(bytes.length).toBe(ipFamily(ip) === 4 ? 4 : 16);
      expect(ipFromBytes(bytes, 0, ipFamily(ip))).toBe(ip);
    }),
  );
});

test("writeIp writes the number that ip-num reads, at the offset and nowhere else", () => {
  fc.assert(
    fc.property(addresses, fc.nat(8), (ip, offset) => {
      const target = new Uint8Array(32).fill(0xee);
      const length = writeIp(ip, target, offset);
      const written = BigInt(
        `0x${Buffer.from(target.subarray(offset, offset + length)).toString("hex")}`,
      );
      const number = length === 4 ? new IPv4(ip) : new IPv6(ip);
      expect(written).toBe(number.getValue());
      expect(target.subarray(0, offset).every((octet) => octet === 0xee)).toBe(true);
      expect(target.subarray(offset + length).every((octet) => octet === 0xee)).toBe(true);
    }),
  );
});

test("reading or writing past the end is a RangeError", () => {
  expect(() => ipFromBytes(new Uint8Array(3), 0, 4)).toThrow(RangeError);
  expect(() => ipFromBytes(new Uint8Array(16), 1, 6)).toThrow(RangeError);
  expect(() => writeIp(parseIpAddress("10.0.0.1"), new Uint8Array(4), 1)).toThrow(RangeError);
  expect(() => writeIp(parseIpAddress("::1"), new Uint8Array(4), 0)).toThrow(RangeError);
});

describe("compareIp", () => {
  test("orders IPv4 before IPv6, then by number", () => {
    const sorted = ["9.0.0.0", "10.0.0.0", "200.0.0.1", "::1", "9::", "10::"].map(parseIpAddress);
    expect(sorted.toReversed().sort(compareIp)).toEqual(sorted);
  });

  test("agrees with the order of ip-num's numbers", () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (a, b) => {
        const difference = IPv6.fromString(a).getValue() - IPv6.fromString(b).getValue();
        const order = difference < 0n ? -1 : difference > 0n ? 1 : 0;
        expect(compareIp(parseIpAddress(a), parseIpAddress(b))).toBe(order);
      }),
    );
  });
});
