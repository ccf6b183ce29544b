import {
  parseIpPrefix,
  prefixBytes,
  prefixContains,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import { communityPattern, isInsidePrefix, prefixPattern } from "../../src/rib/route-pattern.ts";
import { unicastRoute } from "../wire/route-arbitraries.ts";

const prefix = fc.constantFrom(4 as const, 6 as const).chain(unicastRoute);

test("a prefix is inside of a pattern exactly when the pattern's prefix contains it", () => {
  const some = ["0.0.0.0/0", "10.0.0.0/8", "10.128.0.0/9", "10.0.0.1/32", "::/0", "2001:db8::/33"];
  const either = fc.oneof(
    fc.constantFrom(...some.map(parseIpPrefix)),
    prefix.map((route) => route.prefix),
  );
  fc.assert(
    fc.property(either, either, (outer, inner) => {
      const address = prefixBytes(inner);
      const octets = prefixFamily(inner) === 4 ? 4 : 16;
      const padded = new Uint8Array(octets + 1).fill(0xff);
      padded.set(address.subarray(0, octets), 1);
      const isInside = isInsidePrefix(prefixPattern(outer), padded, 1, octets, prefixLength(inner));
      expect(isInside).toBe(prefixContains(outer, inner));
    }),
  );
});

test("a community has two numbers or a name", () => {
  expect([...communityPattern("65000:100").bytes]).toEqual([0xfd, 0xe8, 0, 100]);
  expect([...communityPattern("no-export").bytes]).toEqual([0xff, 0xff, 0xff, 0x01]);
  expect(() => communityPattern("65536:1")).toThrow(SpeakerError);
});
