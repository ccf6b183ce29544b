import fc from "fast-check";
import { expect, test } from "vitest";
import { ADDRESSES, type Event, PREFIXES, SpeakerWorld } from "./speaker-world.ts";

const speaker = fc.nat(ADDRESSES.length - 1);
const client = fc.integer({ min: 1, max: ADDRESSES.length - 1 });

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("originate", "originate", "withdraw"),
      client,
      prefix: fc.constantFrom(...PREFIXES),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("stop", "kill", "start", "start"), speaker }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom("cut", "remove", "add", "add", "hard", "soft-in", "soft-out"),
      client,
    }),
  },
  { weight: 1, arbitrary: fc.constant<Event>({ kind: "silence" }) },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom(0, 1, 2, 3, 10, 1000, 6000, 30_000)
      .map((milliseconds): Event => ({ kind: "wait", milliseconds })),
  },
);

test("whatever happens to sessions and processes, tables and VRFs end up as if nothing had", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40, size: "max" }), async (events) => {
      const world = new SpeakerWorld();
      await world.begin();
      for (const one of events) await world.apply(one);
      const { actual, expected } = await world.settle();
      await world.dispose();
      expect(actual).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
