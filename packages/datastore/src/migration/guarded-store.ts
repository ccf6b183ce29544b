/**
 * A store as everybody uses it but a migration: each commit also compares the mark of a migration (mark.ts), so that
 * none is acknowledged by a store that has moved away or is being filled. Revisions of a store that was filled go on
 * far above those of the one it was filled from: a resourceVersion of before is either compacted or not there.
 *
 * Does not: stop readers of a store that has moved. What they know stays in force until they are told otherwise.
 */
import type {
  Change,
  CommitOutcome,
  Comparison,
  Entry,
  Lease,
  ListOptions,
  Page,
  Store,
  Transaction,
  WatchEvent,
} from "../store.ts";
import { StoreError } from "../store-error.ts";
import {
  MARK,
  type Mark,
  markIs,
  type ReadMark,
  type Revisions,
  readMark,
  revisionsOf,
} from "./mark.ts";

const DEFAULT_PAGE = 1000;

/** The mark as it was read last, and what it means to a reader. */
interface Standing extends Revisions {
  readonly read: ReadMark;
}

/** A store that knows of migrations. */
export interface GuardedStore extends Store {
  /** Where it has moved to, or undefined: now, and each time that this changes, until `signal` aborts. */
  watchMove(signal: AbortSignal): AsyncIterable<string | undefined>;
}

/** Guards a store that an engine has opened; `location` is for messages. */
export function guardStore(store: Store, location: string): GuardedStore {
  return new MarkedStore(store, location);
}

class MarkedStore implements GuardedStore {
  readonly #store: Store;
  readonly #location: string;
  #standing: Standing | undefined;

  constructor(store: Store, location: string) {
    this.#store = store;
    this.#location = location;
  }

  async get(key: string): Promise<Entry | undefined> {
    const { offset } = await this.#stand();
    const entry = key === MARK ? undefined : await this.#store.get(key);
    return entry === undefined ? undefined : toldEntry(entry, offset);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    const { offset, begin } = await this.#stand();
    const { revision, limit = DEFAULT_PAGE, ...others } = options;
    if (revision !== undefined && revision < begin) {
      return { kind: "compacted", compactRevision: begin };
    }
    // One more, for the mark may be among them.
    const asked = { ...others, limit: MARK.startsWith(prefix) ? limit + 1 : limit };
    const page = await this.#list(prefix, asked, revision, offset);
    if (page.kind === "compacted") {
      return { kind: "compacted", compactRevision: page.compactRevision + offset };
    }
    const found = page.entries.filter(({ key }) => key !== MARK);
    const entries = found.slice(0, limit).map((entry) => toldEntry(entry, offset));
    const hasMore = page.next !== undefined || found.length > limit;
    const last = entries.at(-1);
    return {
      kind: "page",
      entries,
      revision: page.revision + offset,
      ...(hasMore && last !== undefined ? { next: last.key } : {}),
    };
  }

  async commit({ compare, writes }: Transaction): Promise<CommitOutcome> {
    while (true) {
      const { offset, read } = await this.#stand();
      if (read.mark?.kind === "moved") {
        // It may have been taken back meanwhile.
        await this.#standAgain(offset);
        continue;
      }
      const outcome = await this.#store.commit({
        compare: [
          markIs(read),
          ...compare.map((comparison) => askedComparison(comparison, offset)),
        ],
        writes,
      });
      if (outcome.kind === "committed") {
        return { kind: "committed", revision: outcome.revision + offset };
      }
      if (outcome.key !== MARK) return outcome;
      await this.#standAgain(offset);
    }
  }

  async *watch(
    prefix: string,
    fromRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const { offset, begin } = await this.#stand();
    if (fromRevision < begin) {
      yield { kind: "compacted", compactRevision: begin };
      return;
    }
    for await (const event of this.#store.watch(prefix, fromRevision - offset, signal)) {
      if (event.kind === "compacted") {
        yield { kind: "compacted", compactRevision: event.compactRevision + offset };
        continue;
      }
      const changes = event.changes.filter((change) => keyOf(change) !== MARK);
      if (changes.length === 0) continue;
      yield {
        kind: "changes",
        revision: event.revision + offset,
        changes: changes.map((change) => toldChange(change, offset)),
      };
    }
  }

  async *watchMove(signal: AbortSignal): AsyncGenerator<string | undefined> {
    while (!signal.aborted) {
      // Before the mark is read, so that no change of it is missed.
      const revision = await this.#store.revision();
      const { mark } = await readMark(this.#store, this.#location);
      yield mark?.kind === "moved" ? mark.to : undefined;
      for await (const _ of this.#store.watch(MARK, revision, signal)) break;
    }
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    return await this.#store.grantLease(ttlSeconds);
  }

  async revision(): Promise<number> {
    const { offset } = await this.#stand();
    return (await this.#store.revision()) + offset;
  }

  async compact(revision: number): Promise<void> {
    const { offset } = await this.#stand();
    if (revision > offset) await this.#store.compact(revision - offset);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]();
  }

  async #list(
    prefix: string,
    asked: ListOptions,
    revision: number | undefined,
    offset: number,
  ): Promise<Page> {
    if (revision === undefined) return await this.#store.list(prefix, asked);
    try {
      return await this.#store.list(prefix, { ...asked, revision: revision - offset });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = `the datastore is at revision ${await this.revision()}, ${revision} is yet to come`;
      throw new RangeError(message, { cause: error });
    }
  }

  /** Once read it holds for readers; a commit is what finds out that it has changed. */
  async #stand(): Promise<Standing> {
    if (this.#standing !== undefined) return this.#standing;
    const read = await readMark(this.#store, this.#location);
    const revisions = revisionsOf(read);
    if (revisions === undefined) throw this.#filling(read.mark);
    this.#standing = { read, ...revisions };
    return this.#standing;
  }

  /** Reads the mark anew, for a commit that may then be tried again. @throws StoreError where it may not. */
  async #standAgain(offset: number): Promise<void> {
    const read = await readMark(this.#store, this.#location);
    const { mark } = read;
    if (mark?.kind === "moved") throw this.#moved(mark.to);
    const revisions = revisionsOf(read);
    if (revisions === undefined) throw this.#filling(mark);
    if (revisions.offset !== offset) {
      const message = `${this.#location} has been filled by a migration since it was opened; restart this program`;
      throw new StoreError("unavailable", this.#location, message);
    }
    this.#standing = { read, ...revisions };
  }

  #moved(to: string): StoreError {
    const message = `the datastore ${this.#location} has moved to ${to}; name that one in the configuration and restart (nothing was written)`;
    return new StoreError("moved", this.#location, message);
  }

  #filling(mark: Mark | undefined): StoreError {
    const from = mark !== undefined && "from" in mark ? ` from ${mark.from}` : "";
    const message = `the datastore ${this.#location} is being filled${from} and cannot be used before that is done; run \`selvedge datastore migrate\` again if it was interrupted`;
    return new StoreError("filling", this.#location, message);
  }
}

function askedComparison({ key, modRevision }: Comparison, offset: number): Comparison {
  if (modRevision === 0 || offset === 0) return { key, modRevision };
  // A revision of before the migration is that of nothing here; 0 would mean an absent key.
  return { key, modRevision: modRevision > offset ? modRevision - offset : -1 };
}

function toldEntry(entry: Entry, offset: number): Entry {
  return offset === 0 ? entry : { ...entry, modRevision: entry.modRevision + offset };
}

function toldChange(change: Change, offset: number): Change {
  return change.kind === "put"
    ? { kind: "put", entry: toldEntry(change.entry, offset) }
    : { ...change, modRevision: change.modRevision + offset };
}

function keyOf(change: Change): string {
  return change.kind === "put" ? change.entry.key : change.key;
}
