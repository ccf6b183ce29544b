/**
 * A transaction of ours as one of etcd's. etcd takes 128 operations a level (--max-txn-ops) and counts those of nested
 * transactions against what the levels above have left, so a tree of three levels holds some 74,000.
 */
import type { IRequestOp, ITxnRequest } from "etcd3";
import type { Comparison, Write } from "../store.ts";

/** etcd's default of --max-txn-ops. */
const MAX_OPERATIONS = 128;
/** Comparisons are not nested: half of the operations are left to the writes. */
const MAX_COMPARISONS = 64;
const MAX_LEVELS = 4;
/** etcd's default of --max-request-bytes, less what framing may need. */
const MAX_REQUEST_OCTETS = 1.5 * 1024 * 1024 - 64 * 1024;
/** Octets of protobuf around a key and its value, at most. */
const OCTETS_PER_OPERATION = 32;

export type EncodedTransaction =
  | { readonly kind: "request"; readonly request: ITxnRequest }
  | { readonly kind: "too-large"; readonly reason: string };

/** `keyOf` puts the prefix before a key. Of several writes of a key the last counts: etcd wants one. */
export function encodeTransaction(
  compare: readonly Comparison[],
  writes: readonly Write[],
  keyOf: (key: string) => Buffer,
): EncodedTransaction {
  if (compare.length > MAX_COMPARISONS) {
    const reason = `it compares ${compare.length} keys, and one has ${MAX_COMPARISONS}`;
    return { kind: "too-large", reason };
  }
  const lastWrites = new Map(writes.map((write) => [write.key, write]));
  const operations = [...lastWrites.values()].map((write) => encodeWrite(write, keyOf));
  const octets = operations.reduce((sum, operation) => sum + octetsOf(operation), 0);
  if (octets > MAX_REQUEST_OCTETS) {
    const reason = `it writes ${octets} octets, and etcd takes ${MAX_REQUEST_OCTETS} at a time`;
    return { kind: "too-large", reason };
  }
  const success = nest(operations, compare.length);
  if (success === undefined) {
    return { kind: "too-large", reason: `it writes ${operations.length} keys at a time` };
  }
  const request: ITxnRequest = {
    compare: compare.map(({ key, modRevision }) => ({
      key: keyOf(key),
      target: "Mod",
      result: "Equal",
      mod_revision: modRevision,
    })),
    success,
    // What is there instead says which comparison failed.
    failure: compare.map(({ key }) => ({ request_range: { key: keyOf(key), keys_only: true } })),
  };
  return { kind: "request", request };
}

function encodeWrite(write: Write, keyOf: (key: string) => Buffer): IRequestOp {
  const key = keyOf(write.key);
  if (write.kind === "delete") return { request_delete_range: { key } };
  const value = Buffer.from(write.value, "utf8");
  const { lease } = write;
  return { request_put: lease === undefined ? { key, value } : { key, value, lease: lease.id } };
}

function octetsOf({ request_put, request_delete_range }: IRequestOp): number {
  const key = request_put?.key ?? request_delete_range?.key;
  return OCTETS_PER_OPERATION + (key?.length ?? 0) + (request_put?.value?.length ?? 0);
}

/** The operations in as few levels as they need; undefined when they do not fit. */
function nest(operations: readonly IRequestOp[], comparisons: number): IRequestOp[] | undefined {
  for (let levels = 1; levels <= MAX_LEVELS; levels++) {
    const width = widthOf(levels, comparisons);
    if (width ** levels >= operations.length) return pack(operations, width, levels);
  }
  return undefined;
}

/** The topmost level counts its operations or its comparisons, whichever are more. */
function widthOf(levels: number, comparisons: number): number {
  if (levels === 1) return MAX_OPERATIONS;
  const even = Math.floor(MAX_OPERATIONS / levels);
  return Math.min(even, Math.floor((MAX_OPERATIONS - comparisons) / (levels - 1)));
}

function pack(operations: readonly IRequestOp[], width: number, levels: number): IRequestOp[] {
  if (levels === 1) return [...operations];
  const size = Math.ceil(operations.length / width);
  const packed: IRequestOp[] = [];
  for (let from = 0; from < operations.length; from += size) {
    const part = operations.slice(from, from + size);
    packed.push({
      request_txn: { compare: [], success: pack(part, width, levels - 1), failure: [] },
    });
  }
  return packed;
}
