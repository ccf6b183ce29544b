import type { IRequestOp, ITxnRequest } from "etcd3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeTransaction } from "../../src/etcd/transaction.ts";
import type { Write } from "../../src/index.ts";

const keyOf = (key: string): Buffer => Buffer.from(`/p/${key}`);
const puts = (count: number): Write[] =>
  Array.from({ length: count }, (_, index) => ({ kind: "put", key: `k${index}`, value: "v" }));
const comparisons = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `c${index}`, modRevision: index }));

function encode(comparing: number, writes: readonly Write[]): ITxnRequest {
  const encoded = encodeTransaction(comparisons(comparing), writes, keyOf);
  if (encoded.kind !== "request") throw new Error(encoded.reason);
  return encoded.request;
}

/** As etcd counts: the longest list of a level, and what is left of 128 for the levels below. */
function fits(request: ITxnRequest, left = 128): boolean {
  const { compare = [], success = [], failure = [] } = request;
  const most = Math.max(compare.length, success.length, failure.length);
  if (most > left) return false;
  return success.every(
    ({ request_txn }) => request_txn === undefined || fits(request_txn, left - most),
  );
}

function keysIn(operations: readonly IRequestOp[] = []): string[] {
  return operations.flatMap(({ request_put, request_txn }) =>
    request_txn === undefined ? [String(request_put?.key)] : keysIn(request_txn.success),
  );
}

test("every write is in it once, in order, within what etcd counts", () => {
  const sizes = fc.tuple(fc.nat(64), fc.integer({ min: 1, max: 10_000 }));
  fc.assert(
    fc.property(sizes, ([comparing, count]) => {
      const request = encode(comparing, puts(count));
      expect(fits(request)).toBe(true);
      expect(keysIn(request.success)).toEqual(puts(count).map(({ key }) => `/p/${key}`));
    }),
    { numRuns: 60 },
  );
});

test("up to 128 writes need no nesting", () => {
  expect(encode(2, puts(128)).success?.every(({ request_put }) => request_put)).toBe(true);
});

test("of several writes of one key the last counts", () => {
  const request = encode(0, [...puts(1), { kind: "delete", key: "k0" }]);
  expect(request.success).toEqual([{ request_delete_range: { key: Buffer.from("/p/k0") } }]);
});

test("the failure branch reads what each comparison is about", () => {
  const { compare, failure } = encode(3, puts(1));
  expect(compare).toHaveLength(3);
  expect(failure?.map(({ request_range }) => String(request_range?.key))).toEqual([
    "/p/c0",
    "/p/c1",
    "/p/c2",
  ]);
});

test.each([
  ["comparisons", encodeTransaction(comparisons(65), puts(1), keyOf), /compares 65 keys/],
  [
    "octets",
    encodeTransaction([], [{ kind: "put", key: "a", value: "x".repeat(2_000_000) }], keyOf),
    /writes 20000\d\d octets/,
  ],
])("too many %s are refused with the figure", (_, encoded, reason) => {
  expect(encoded).toMatchObject({ kind: "too-large", reason: expect.stringMatching(reason) });
});
