import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Exchange,
  type ExchangeOutcome,
  LEAST_PATH_MTU,
  measurePath,
} from "../src/measure-path.ts";

const LEAST = LEAST_PATH_MTU[4];
const ROUTER = parseIpAddress("192.0.2.254");

interface World {
  readonly mtu: number;
  readonly required: number;
  /** What a packet that is too big meets. */
  readonly refusal: ExchangeOutcome;
}

const world: fc.Arbitrary<World> = fc
  .record({
    mtu: fc.integer({ min: 576, max: 9200 }),
    required: fc.constantFrom(1500, 9000),
    answer: fc.constantFrom("silent", "honest", "old router", "wrong"),
    wrong: fc.nat({ max: 9999 }),
  })
  .map(({ mtu, required, answer, wrong }) => ({
    mtu,
    required,
    refusal:
      answer === "silent"
        ? { kind: "silent" }
        : {
            kind: "too big",
            from: ROUTER,
            mtu: { honest: mtu, "old router": 0, wrong }[answer],
          },
  }));

function pathOf({ mtu, refusal }: World) {
  const asked: number[] = [];
  const exchange: Exchange = (octets) => {
    asked.push(octets);
    return Promise.resolve(octets <= mtu ? { kind: "answered" } : refusal);
  };
  return { asked, exchange };
}

test("finds exactly what a path carries, whatever routers say of it", async () => {
  await fc.assert(
    fc.asyncProperty(world, async (path) => {
      const { exchange, asked } = pathOf(path);
      const state = await measurePath(exchange, path.required, LEAST);
      expect(state).toMatchObject(
        path.mtu >= path.required
          ? { kind: "carries", octets: path.required }
          : { kind: "too small", octets: path.mtu, required: path.required },
      );
      expect(asked.length).toBeLessThan(50);
    }),
  );
});

test("needs one exchange for a path that carries enough, and four where a router says its MTU", async () => {
  const wide = pathOf({ mtu: 9000, required: 1500, refusal: { kind: "silent" } });
  await measurePath(wide.exchange, 1500, LEAST);
  expect(wide.asked).toEqual([1500]);
  const refusal = { kind: "too big", from: ROUTER, mtu: 1400 } as const;
  const narrow = pathOf({ mtu: 1400, required: 1500, refusal });
  expect(await measurePath(narrow.exchange, 1500, LEAST)).toEqual({
    kind: "too small",
    octets: 1400,
    required: 1500,
    reportedBy: ROUTER,
  });
  expect(narrow.asked).toEqual([1500, 576, 1400, 1401]);
});

test("takes two losses in a row for losses, and three for a packet that is too big", async () => {
  const losing = (losses: number): Exchange => {
    let left = losses;
    return () => Promise.resolve({ kind: left-- > 0 ? "silent" : "answered" });
  };
  expect(await measurePath(losing(2), 1500, LEAST)).toEqual({ kind: "carries", octets: 1500 });
  expect(await measurePath(losing(3), 1500, LEAST)).toMatchObject({ kind: "too small" });
});

test("says nothing of a path that is silent, and does not ask for long", async () => {
  let asked = 0;
  const silent: Exchange = () => {
    asked += 1;
    return Promise.resolve({ kind: "silent" });
  };
  expect(await measurePath(silent, 1500, LEAST)).toEqual({ kind: "silent" });
  expect(asked).toBe(6);
});

test("asks for no less than every path of the family carries", async () => {
  const none = pathOf({ mtu: 0, required: 1500, refusal: { kind: "silent" } });
  expect(await measurePath(none.exchange, 1500, LEAST_PATH_MTU[6])).toEqual({ kind: "silent" });
  expect(Math.min(...none.asked)).toBe(1280);
});
