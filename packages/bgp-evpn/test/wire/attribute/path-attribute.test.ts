import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ATTRIBUTE } from "../../../src/wire/attribute/attribute-type.ts";
import { checkAttribute } from "../../../src/wire/attribute/check.ts";
import { decodeCommunities, encodeCommunities } from "../../../src/wire/attribute/community.ts";
import { decodeAttributeBody } from "../../../src/wire/attribute/decode.ts";
import { encodeAttributeBody } from "../../../src/wire/attribute/encode.ts";
import {
  decodeExtendedCommunity,
  encodeExtendedCommunity,
} from "../../../src/wire/attribute/extended-community.ts";
import {
  type AttributeFlag,
  flagNames,
  flagsOctet,
  typeOf,
} from "../../../src/wire/attribute/path-attribute.ts";
import { ATTRIBUTE_RULES, attributeRule } from "../../../src/wire/attribute/rules.ts";
import { extendedCommunity, pathAttributes } from "../attribute-arbitraries.ts";
import { codecContext } from "../update-arbitraries.ts";

describe("path attributes", () => {
  it("are decoded to what was encoded, and pass the check", () => {
    const cases = codecContext.chain((context) => {
      const [mandatory, optional] = pathAttributes(context);
      return fc.tuple(fc.constant(context), fc.oneof(...mandatory, ...optional));
    });
    fc.assert(
      fc.property(cases, ([context, attribute]) => {
        if (attribute.kind === "mp-reach" || attribute.kind === "mp-unreach") return;
        const type = typeOf(attribute);
        const value = encodeAttributeBody(attribute, context);
        expect(decodeAttributeBody(type, value, context)).toEqual(attribute);
        const flags = attributeRule(type)?.flags ?? 0xc0;
        expect(checkAttribute(value, flags, type, 0, value.length, context)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("have the same fault on the fast and the slow path, for any octets that fit the length", () => {
    const types = ATTRIBUTE_RULES.map(({ type }) => type).filter(
      (type) => type !== ATTRIBUTE.MP_REACH_NLRI && type !== ATTRIBUTE.MP_UNREACH_NLRI,
    );
    const value = fc.array(fc.oneof(fc.nat(4), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...types), value, codecContext, (type, octets, context) => {
        const bytes = Uint8Array.from(octets);
        const flags = attributeRule(type)?.flags ?? 0;
        const fast = checkAttribute(bytes, flags, type, 0, bytes.length, context);
        fc.pre(fast !== "length" && fast !== "from-external-peer" && fast !== "from-new-speaker");
        const slow = decodeAttributeBody(type, bytes, context);
        expect(typeof slow === "string" ? slow : undefined).toBe(fast);
      }),
      { numRuns: 3000 },
    );
  });

  it("have flags by name and as an octet", () => {
    const names = fc.subarray<AttributeFlag>([
      "optional",
      "transitive",
      "partial",
      "extended-length",
    ]);
    fc.assert(
      fc.property(names, (flags) => {
        expect(flagNames(flagsOctet(flags))).toEqual(flags);
      }),
    );
    expect(flagNames(0x0f)).toEqual([]);
  });
});

describe("extended communities", () => {
  it("are decoded to what was encoded", () => {
    fc.assert(
      fc.property(extendedCommunity, (community) => {
        expect(decodeExtendedCommunity(encodeExtendedCommunity(community))).toEqual(community);
      }),
    );
  });

  it("keep any eight octets as they are", () => {
    const known = fc.constantFrom(
      0x0002,
      0x0102,
      0x0202,
      0x030c,
      0x030d,
      0x0600,
      0x0601,
      0x0603,
      0x0606,
      0x0608,
    );
    const octets = fc
      .tuple(known, fc.uint8Array({ minLength: 6, maxLength: 6 }))
      .map(([code, rest]) => Uint8Array.of(code >>> 8, code & 0xff, ...rest));
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(encodeExtendedCommunity(decodeExtendedCommunity(bytes))).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe("communities", () => {
  it("have the names of the well-known ones", () => {
    const texts = ["no-export", "blackhole", "65000:1"];
    expect(decodeCommunities(encodeCommunities(texts))).toEqual(texts);
  });

  it.each(["", "65536:1", "1:2:3", "no-such-name", "1:-1"])("refuse the text %j", (text) => {
    expect(() => encodeCommunities([text])).toThrow(RangeError);
  });
});
