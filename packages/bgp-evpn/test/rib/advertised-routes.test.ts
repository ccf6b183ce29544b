import fc from "fast-check";
import { expect, test } from "vitest";
import { AdvertisedRoutes } from "../../src/rib/advertised-routes.ts";

test("each peer is told what is not its own, whatever was advertised before", () => {
  const note = fc.record({
    prefix: fc.integer({ min: 1, max: 20 }),
    source: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(note), (notes) => {
      const advertised = new AdvertisedRoutes();
      const expected = new Map<number, number>();
      for (const { prefix, source } of notes) {
        advertised.note(prefix, source);
        expected.set(prefix, source);
      }
      for (let prefix = 1; prefix <= 20; prefix++) {
        expect(advertised.sourceOf(prefix)).toBe(expected.get(prefix) ?? 0);
      }
      for (const peer of [1, 2, 3, 4]) {
        const others = [...expected.values()].filter((source) => source !== 0 && source !== peer);
        expect(advertised.countOfOthers(peer)).toBe(others.length);
      }
    }),
  );
});
