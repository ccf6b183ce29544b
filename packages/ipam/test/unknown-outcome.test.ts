import type { Transaction } from "@selvedge/datastore";
import { expect, test } from "vitest";
import { settle } from "../src/unknown-outcome.ts";
import { ObservedStore, TemporaryStore } from "./stores.ts";

const KEY = "ipam/blocks/red/web/ipv4/10.1.0.0-26";

function put(modRevision: number, value: string): Transaction {
  return { compare: [{ key: KEY, modRevision }], writes: [{ kind: "put", key: KEY, value }] };
}

test.each([
  ["of a new block", false],
  ["of a block that is there", true],
])("once a lost transaction %s is settled, it cannot happen later", async (_, isThere) => {
  await using temporary = new TemporaryStore();
  const observed = new ObservedStore(temporary.store);
  if (isThere) await temporary.store.commit(put(0, '{"host":"h1"}'));
  const lost = put(isThere ? 1 : 0, '{"host":"h2"}');
  observed.fates.push("happens later");
  await expect(observed.store.commit(lost)).rejects.toThrow("the answer was lost");
  await settle(observed.store, lost);
  expect(await observed.happenNow()).toEqual([{ kind: "conflict", key: KEY }]);
  expect((await temporary.store.get(KEY))?.value).toBe(isThere ? '{"host":"h1"}' : "{}");
});

test("settling writes nothing over what has happened", async () => {
  await using temporary = new TemporaryStore();
  await temporary.store.commit(put(0, '{"host":"h1"}'));
  await settle(temporary.store, put(0, '{"host":"h1"}'));
  expect(await temporary.store.revision()).toBe(1);
});

test("settling goes on while its own answers are lost", async () => {
  await using temporary = new TemporaryStore();
  const observed = new ObservedStore(temporary.store);
  observed.fates.push("never happens", "never happens", "happens");
  await settle(observed.store, put(0, '{"host":"h1"}'));
  expect(observed.commits).toBe(3);
  expect(await temporary.store.revision()).toBe(1);
});
