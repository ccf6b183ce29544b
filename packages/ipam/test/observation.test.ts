import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeObservation, observationKey, readObservations } from "../src/observation.ts";
import { write } from "./network.ts";
import { ips } from "./pools.ts";
import { TemporaryStore } from "./stores.ts";

const NOTHING = { wired: new Map(), unwired: new Map() };

let temporary: TemporaryStore;

beforeEach(() => {
  temporary = new TemporaryStore();
});

afterEach(() => temporary[Symbol.asyncDispose]());

test("what hosts say is read back, host by host", async () => {
  const { store } = temporary;
  const wired = new Map([["red/main", ips("10.1.0.12", "10.1.0.11")]]);
  const unwired = new Map([["blue/main", ips("2001:db8::1")]]);
  await write(store, observationKey("h1"), encodeObservation({ wired, unwired }));
  await write(store, observationKey("h2"), encodeObservation(NOTHING));
  expect(await readObservations(store)).toEqual({
    wired: [
      { host: "h1", vrf: "red/main", address: "10.1.0.11" },
      { host: "h1", vrf: "red/main", address: "10.1.0.12" },
    ],
    unwired: [{ host: "h1", vrf: "blue/main", address: "2001:db8::1" }],
    hosts: new Set(["h1", "h2"]),
    unreadable: [],
  });
});

test("the same is said in the same words, whatever the order in which it was found", () => {
  const addresses = ips("10.1.0.9", "10.1.0.11", "2001:db8::1");
  const vrfs = ["red/main", "red/other", "blue/main"];
  const order = fc.tuple(
    fc.shuffledSubarray(addresses, { minLength: 3 }),
    fc.shuffledSubarray(vrfs, { minLength: 3 }),
  );
  const said = ([of, names]: [typeof addresses, string[]]) => {
    const observed = new Map(names.map((name) => [name, of]));
    return encodeObservation({ wired: observed, unwired: observed });
  };
  fc.assert(fc.property(order, order, (one, other) => said(one) === said(other)));
});

test("a VRF without addresses is not worth a word", () => {
  const wired = new Map([["red/main", []]]);
  expect(encodeObservation({ ...NOTHING, wired })).toBe(encodeObservation(NOTHING));
});

test.each(["", "?", "[]", '{"wired":{}}', '{"wired":{"red/main":["10.1"]},"unwired":{}}'])(
  "%j is not taken for what a host has",
  async (value) => {
    await write(temporary.store, observationKey("h1"), value);
    expect(await readObservations(temporary.store)).toMatchObject({
      wired: [],
      hosts: new Set(),
      unreadable: [{ key: "observed/hosts/h1" }],
    });
  },
);
