import fc from "fast-check";
import { expect, it } from "vitest";
import {
  familyCodes,
  familyFromCodes,
  KNOWN_FAMILIES,
  knownFamily,
} from "../../src/wire/family.ts";

it("a family has one name, and its numbers back", () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xff), (afi, safi) => {
      expect(familyCodes(familyFromCodes(afi, safi))).toEqual({ afi, safi });
    }),
  );
});

it.each(KNOWN_FAMILIES)("%s is known by its numbers", (name) => {
  const { afi, safi } = familyCodes(name);
  expect(knownFamily(afi, safi)).toBe(name);
});
