import { parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, it, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import { DuplicateMacDetection, type DuplicateMacOptions } from "../../src/evpn/duplicate-mac.ts";

const MAC = parseMacAddress("02:00:00:00:01:01");
const OTHER = parseMacAddress("02:00:00:00:01:02");

/** A detection and its clock, in seconds. */
function detection(options: DuplicateMacOptions = {}) {
  const clock = { seconds: 1000 };
  return { clock, macs: new DuplicateMacDetection(options, () => clock.seconds * 1000) };
}

it("takes the fifth move in 180 seconds for a duplicate, and holds the MAC from then on", () => {
  const { clock, macs } = detection();
  const verdicts = Array.from({ length: 7 }, () => {
    clock.seconds += 35;
    return macs.move(MAC);
  });
  expect(verdicts).toEqual(["moved", "moved", "moved", "moved", "duplicate", "held", "held"]);
  expect(macs.isDuplicate(MAC)).toBe(true);
  expect(macs.isDuplicate(OTHER)).toBe(false);
  expect(macs.duplicates()).toEqual([MAC]);
});

it("begins a new period with the first move after the old one", () => {
  const { clock, macs } = detection();
  for (let n = 0; n < 4; n++) expect(macs.move(MAC)).toBe("moved");
  clock.seconds += 180;
  for (let n = 0; n < 4; n++) expect(macs.move(MAC)).toBe("moved");
  clock.seconds += 179;
  expect(macs.move(MAC)).toBe("duplicate");
});

it("counts each MAC by itself", () => {
  const { macs } = detection({ moves: 2 });
  expect(macs.move(MAC)).toBe("moved");
  expect(macs.move(OTHER)).toBe("moved");
  expect(macs.move(MAC)).toBe("duplicate");
  expect(macs.isDuplicate(OTHER)).toBe(false);
});

it("keeps a duplicate for ever without a recovery time, until an operator clears it", () => {
  const { clock, macs } = detection({ moves: 2 });
  for (const mac of [MAC, MAC, OTHER, OTHER]) macs.move(mac);
  clock.seconds += 1e6;
  expect(macs.nextExpiry()).toBeUndefined();
  expect(macs.expire()).toEqual([]);
  macs.clear(MAC);
  expect(macs.duplicates()).toEqual([OTHER]);
  expect(macs.move(MAC)).toBe("moved");
  macs.clear();
  expect(macs.duplicates()).toEqual([]);
});

it("recovers after the recovery time, which moves in between do not prolong", () => {
  const { clock, macs } = detection({ moves: 2, recovery: 30 });
  macs.move(MAC);
  macs.move(MAC);
  expect(macs.nextExpiry()).toBe((1000 + 30) * 1000);
  clock.seconds += 29;
  expect(macs.move(MAC)).toBe("held");
  expect(macs.expire()).toEqual([]);
  clock.seconds += 1;
  expect(macs.isDuplicate(MAC)).toBe(false);
  expect(macs.expire()).toEqual([MAC]);
  expect(macs.nextExpiry()).toBeUndefined();
});

it("forgets MACs that have stopped moving, so that its memory is bounded by what moves", () => {
  const { clock, macs } = detection();
  macs.move(MAC);
  expect(macs.nextExpiry()).toBe((1000 + 180) * 1000);
  clock.seconds += 180;
  expect(macs.expire()).toEqual([]);
  expect(macs.nextExpiry()).toBeUndefined();
});

it("never follows more than moves - 1 moves of a MAC in any one period and one recovery", () => {
  const gaps = fc.array(fc.nat(60), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 2, max: 6 }), (seconds, moves) => {
      const { clock, macs } = detection({ moves, period: 100, recovery: 100 });
      const followed: number[] = [];
      for (const gap of seconds) {
        clock.seconds += gap;
        if (macs.move(MAC) === "moved") followed.push(clock.seconds);
      }
      // Two periods may touch, each with moves - 1.
      for (const start of followed) {
        const inPeriod = followed.filter((at) => at >= start && at < start + 100);
        expect(inPeriod.length).toBeLessThanOrEqual(2 * (moves - 1));
      }
    }),
  );
});

test.each([{ moves: 1 }, { moves: 2.5 }, { period: 0 }, { recovery: 0 }, { period: Number.NaN }])(
  "the limits %j are refused",
  (options) => {
    expect(() => detection(options)).toThrow(SpeakerError);
  },
);
