/**
 * Making one store equal to another: a walk over both in the order of their keys, each at one revision, that writes
 * what differs into the target. A walk that writes nothing has verified it. Keys under leases are not copied, since
 * their holders live by the store they asked; nor is the mark of a migration.
 */
import { createHash } from "node:crypto";
import type { Comparison, Entry, Store, Write } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { type Contents, MARK } from "./mark.ts";
import { MigrationError } from "./migration-error.ts";

const PAGE = 1000;
/** Of one transaction, well below what etcd takes. */
const MOST_WRITES = 1000;
const MOST_OCTETS = 512 * 1024;

/** What one walk over both stores found and did. */
export interface Walk {
  /** Of the source, without keys under leases. */
  readonly contents: Contents;
  /** How many keys of the target were written or deleted, or would have to be. */
  readonly differences: number;
  /** Keys of the source that are under leases. */
  readonly leased: readonly string[];
}

/** Called as a walk goes on, with what it has seen and written so far. */
export type OnWalk = (keys: number, differences: number) => void;

/** What differs is written while the target's mark is `held`. @throws StoreError; MigrationError (taken-over) */
export async function copyDifferences(
  source: Store,
  target: Store,
  held: Comparison,
  onWalk: OnWalk,
): Promise<Walk> {
  return await walk(source, target, onWalk, async (writes) => {
    const outcome = await commitPart(target, held, writes);
    if (outcome.kind === "committed") return;
    const message = "another run of this migration has begun meanwhile; let that one finish";
    throw new MigrationError("taken-over", message);
  });
}

/** Only counts what differs; without a target everything does. @throws StoreError */
export async function countDifferences(source: Store, target: Store | undefined): Promise<Walk> {
  return await walk(
    source,
    target,
    () => {},
    async () => {},
  );
}

/** Everything of a store at one revision, in the order of the keys. @throws HistoryLost, StoreError */
export async function* allEntries(store: Store): AsyncGenerator<Entry> {
  let position: { readonly after: string; readonly revision: number } | undefined;
  while (true) {
    const page = await store.list("", { limit: PAGE, ...position });
    if (page.kind === "compacted") throw new HistoryLost();
    for (const entry of page.entries) if (entry.key !== MARK) yield entry;
    if (page.next === undefined) return;
    position = { after: page.next, revision: page.revision };
  }
}

/** A compaction has overtaken a reader of pages. */
export class HistoryLost extends Error {}

async function walk(
  source: Store,
  target: Store | undefined,
  onWalk: OnWalk,
  write: (writes: readonly Write[]) => Promise<void>,
): Promise<Walk> {
  while (true) {
    try {
      return await walkOnce(source, target, onWalk, write);
    } catch (error) {
      // What was written until then is right or will be found to differ.
      if (!(error instanceof HistoryLost)) throw error;
    }
  }
}

async function walkOnce(
  source: Store,
  target: Store | undefined,
  onWalk: OnWalk,
  write: (writes: readonly Write[]) => Promise<void>,
): Promise<Walk> {
  const hash = createHash("sha256");
  const leased: string[] = [];
  let [keys, octets, differences] = [0, 0, 0];
  let [writes, waiting]: [Write[], number] = [[], 0];
  const flush = async () => {
    if (writes.length > 0) await write(writes);
    [writes, waiting] = [[], 0];
    onWalk(keys, differences);
  };
  for await (const [wanted, present] of pairs(allEntries(source), entriesOf(target))) {
    if (wanted?.isLeased) leased.push(wanted.key);
    const copied = wanted?.isLeased ? undefined : wanted;
    const size = copied === undefined ? 0 : octetsOf(copied);
    if (copied !== undefined) {
      keys += 1;
      octets += size;
      hash.update(`${copied.key}\0${copied.value}\0`);
    }
    const difference = differenceOf(copied, present);
    if (difference !== undefined) {
      if (writes.length >= MOST_WRITES || waiting + size > MOST_OCTETS) await flush();
      differences += 1;
      writes.push(difference);
      waiting += size;
    } else if (keys % PAGE === 0) {
      onWalk(keys, differences);
    }
  }
  await flush();
  return { contents: { keys, octets, sha256: hash.digest("hex") }, differences, leased };
}

async function* entriesOf(store: Store | undefined): AsyncGenerator<Entry> {
  if (store !== undefined) yield* allEntries(store);
}

function differenceOf(wanted: Entry | undefined, present: Entry | undefined): Write | undefined {
  if (wanted === undefined) {
    return present === undefined ? undefined : { kind: "delete", key: present.key };
  }
  // What is under a lease in the target would go with it.
  if (wanted.value === present?.value && present.isLeased !== true) return undefined;
  return { kind: "put", key: wanted.key, value: wanted.value };
}

/** Both in step: the entries of each key, of which one may be missing. */
async function* pairs(
  left: AsyncGenerator<Entry>,
  right: AsyncGenerator<Entry>,
): AsyncGenerator<readonly [Entry | undefined, Entry | undefined]> {
  let [one, other] = await Promise.all([nextOf(left), nextOf(right)]);
  while (one !== undefined || other !== undefined) {
    const order =
      one === undefined ? 1 : other === undefined ? -1 : compareKeys(one.key, other.key);
    yield [order <= 0 ? one : undefined, order >= 0 ? other : undefined];
    if (order <= 0) one = await nextOf(left);
    if (order >= 0) other = await nextOf(right);
  }
}

async function nextOf(entries: AsyncGenerator<Entry>): Promise<Entry | undefined> {
  const next = await entries.next();
  return next.done === true ? undefined : next.value;
}

/** The order of their UTF-8 octets, which is not that of JavaScript's strings. */
function compareKeys(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function octetsOf({ key, value }: Entry): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value);
}

async function commitPart(target: Store, held: Comparison, writes: readonly Write[]) {
  try {
    return await target.commit({ compare: [held], writes });
  } catch (error) {
    const [only] = writes;
    if (!(error instanceof StoreError) || error.code !== "too-large" || only === undefined) {
      throw error;
    }
    // Parts are small, so that it is a value alone.
    const message = `the value of ${only.key} is too large for ${error.location}; shorten it in the source and run the command again`;
    throw new StoreError("too-large", error.location, message, { cause: error });
  }
}
