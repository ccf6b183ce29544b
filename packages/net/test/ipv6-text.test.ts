import { isIPv6 } from "node:net";
import fc from "fast-check";
import { IPv6 } from "ip-num";
import { describe, expect, test } from "vitest";
import { ipv6Fault, ipv6Text, writeIpv6 } from "../src/ipv6-text.ts";

const sixteenOctets = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Mostly zero groups, so that runs of zeros are common. */
const sparseOctets = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x0db8), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));
/** Texts that are nearly addresses, so that both answers are common. */
const nearlyAddresses = fc
  .array(fc.constantFrom("", "", "0", "1", "ffff", "0db8", "AbC", "12345", "g", "1.2.3.4"), {
    minLength: 1,
    maxLength: 10,
  })
  .map((groups) => groups.join(":"));

function read(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  return writeIpv6(text, 0, text.length, bytes, 0) ? bytes : undefined;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

describe("writeIpv6", () => {
  test("writes the octets of the number that ip-num reads", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), nearlyAddresses.filter(isIPv6)), (text) => {
        const bytes = read(text);
        expect(bytes && numberOf(bytes)).toBe(IPv6.fromString(text).getValue());
      }),
    );
  });

  test("accepts exactly what inet_pton accepts", () => {
    fc.assert(
      fc.property(fc.oneof(nearlyAddresses, fc.ipV6(), fc.string()), (text) => {
        fc.pre(!text.includes("%"));
        expect(read(text) !== undefined).toBe(isIPv6(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("writes at an offset and touches nothing else", () => {
    const target = new Uint8Array(20).fill(0xaa);
    expect(writeIpv6("[fd00::1]", 1, 8, target, 2)).toBe(true);
    expect(Buffer.from(target).toString("hex")).toBe("aaaafd000000000000000000000000000001aaaa");
  });

  test("refuses a target without room", () => {
    expect(() => writeIpv6("::1", 0, 3, new Uint8Array(16), 1)).toThrow(RangeError);
  });
});

describe("ipv6Text", () => {
  test("is lossless together with writeIpv6", () => {
    fc.assert(
      fc.property(fc.oneof(sixteenOctets, sparseOctets), (bytes) => {
        expect(read(ipv6Text(bytes, 0))).toEqual(bytes);
      }),
    );
  });

  test.each([
    // RFC 5952 sections 4.1, 4.2.1, 4.2.2, 4.2.3 (longest run, then first of equals), 4.3, 5.
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8::ABCD", "2001:db8::abcd"],
    ["0:0:0:0:0:ffff:c000:201", "::ffff:192.0.2.1"],
    ["::192.0.2.1", "::c000:201"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("writes %s as %s", (text, canonical) => {
    const bytes = read(text);
    expect(bytes && ipv6Text(bytes, 0)).toBe(canonical);
  });
});

describe("ipv6Fault", () => {
  test.each([
    ["1::2::3", '"::" may stand only once'],
    ["1:2:3", 'it needs eight groups, or "::" for the zero ones'],
    ["g::", '"g" is not a hexadecimal group'],
    ["12345::", '"12345" has more than four digits'],
    ["1::2:3:4:5:6:7:8", 'it has too many groups beside "::"'],
    [
      "1.2.3.4:1",
      'it needs eight groups (a dotted quad counts as two and stands last), or "::" for the zero ones',
    ],
  ])("says of %s: %s", (text, fault) => {
    expect(ipv6Fault(text)).toBe(fault);
  });
});
