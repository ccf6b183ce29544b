import { StoreError } from "@selvedge/datastore";
import { expect, test } from "vitest";
import { workOnStore } from "../src/store-retry.ts";

const away = () => new StoreError("unavailable", "", "the datastore is away");

test("work that the store fails is reported and done again, until the end", async () => {
  const end = new AbortController();
  const failures: string[] = [];
  let attempts = 0;
  await workOnStore({
    signal: end.signal,
    work: async () => {
      attempts++;
      if (attempts === 3) end.abort();
      throw away();
    },
    onFailure: ({ message }) => void failures.push(message),
    wait: async () => {},
  });
  expect(failures).toEqual(Array(3).fill("the datastore is away"));
});

test("waits grow with each failure, and begin anew after progress", async () => {
  const end = new AbortController();
  const waits: number[] = [];
  await workOnStore({
    signal: end.signal,
    work: async (onProgress) => {
      if (waits.length === 2) onProgress();
      throw away();
    },
    onFailure: () => {},
    wait: async (milliseconds) => {
      if (waits.push(milliseconds) === 3) end.abort();
    },
  });
  expect(waits).toEqual([250, 500, 250]);
});

test("an error that is not the store's is nobody's to hide", async () => {
  const work = async () => {
    throw new TypeError("a mistake of ours");
  };
  const { signal } = new AbortController();
  await expect(workOnStore({ signal, work, onFailure: () => {} })).rejects.toThrow(TypeError);
});
