import { ipFromBytes, macFromBytes } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeKey,
  describeKey,
  encodeKey,
  keyLength,
  type NftField,
  type NftKeyType,
} from "../../src/nftables/set-type.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const field: fc.Arbitrary<NftField> = fc.oneof(
  fc
    .string({ minLength: 1, maxLength: 15, unit: "grapheme-ascii" })
    .map((value) => ({ type: "ifname" as const, value })),
  octets(6).map((bytes) => ({ type: "ether_addr" as const, value: macFromBytes(bytes, 0) })),
  octets(4).map((bytes) => ({ type: "ipv4_addr" as const, value: ipFromBytes(bytes, 0, 4) })),
  octets(16).map((bytes) => ({ type: "ipv6_addr" as const, value: ipFromBytes(bytes, 0, 6) })),
  fc.nat({ max: 0xffffff }).map((value) => ({ type: "vni" as const, value })),
);

const keys = fc.tuple(field, fc.array(field, { maxLength: 3 })).map(([first, others]) => {
  const type: NftKeyType = [first.type, ...others.map((one) => one.type)];
  return { type, key: [first, ...others] };
});

test("a key has the octets that its type says, and decodes to itself", () => {
  fc.assert(
    fc.property(keys, ({ type, key }) => {
      const bytes = encodeKey(key);
      expect(bytes).toHaveLength(keyLength(type));
      expect(decodeKey(type, bytes)).toEqual(key);
    }),
  );
});

test("two keys of one type are written alike only if they are", () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const isSame = JSON.stringify(a.key) === JSON.stringify(b.key);
      fc.pre(JSON.stringify(a.type) === JSON.stringify(b.type));
      expect(describeKey(a.key) === describeKey(b.key)).toBe(isSame);
    }),
  );
});

test("a key of other octets than its type says is malformed", () => {
  expect(() => decodeKey(["ipv4_addr"], new Uint8Array(5))).toThrow(
    "key of 5 octets for ipv4_addr",
  );
});

test("an interface name of 16 octets is refused", () => {
  expect(() => encodeKey([{ type: "ifname", value: "x".repeat(16) }])).toThrow(
    "has more than 15 octets",
  );
});
