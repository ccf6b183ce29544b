/**
 * Where resources live: a small ordered key-value store with revisions. Every commit has a revision of
 * its own, higher than all before it; a watch from a revision misses nothing and repeats nothing. The
 * engines (sqlite/, etcd/) pass one contract suite, so a program need not know which one it talks to.
 *
 * Does not: know what a value means. resource-store.ts does.
 */

/** A key and its value as of one revision. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Revision of the commit that wrote this value. */
  readonly modRevision: number;
  /** It is under a lease now. Said by `get` and `list`, not by a watch. */
  readonly isLeased?: true;
}

export interface ListOptions {
  /** At most so many entries in a page. Default 1000. */
  readonly limit?: number;
  /** Only keys after this one: the `next` of the page before. */
  readonly after?: string;
  /** The revision to read at: that of the first page, so that all pages show one state. */
  readonly revision?: number;
}

export type Page =
  | {
      readonly kind: "page";
      /** In the order of the keys' UTF-8 octets. */
      readonly entries: readonly Entry[];
      /** The revision that the page shows. */
      readonly revision: number;
      /** Pass it as `after` to read on; absent on the last page. */
      readonly next?: string;
    }
  /** The revision asked for has been compacted: start again without one. */
  | { readonly kind: "compacted"; readonly compactRevision: number };

/** What must hold for a transaction to be committed; `modRevision` 0 means the key must be absent. */
export interface Comparison {
  readonly key: string;
  readonly modRevision: number;
}

export type Write =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly value: string;
      /** The key goes with it. A put without one takes the key from under the lease that it was under. */
      readonly lease?: Lease;
    }
  | { readonly kind: "delete"; readonly key: string };

/** Keys put under a lease are deleted, in one commit, when its holder has been gone for its time to live. */
export interface Lease {
  readonly id: string;
  /** Aborts when the lease is lost: run out, revoked, or its store closed. Nothing may be done on its strength then. */
  readonly lost: AbortSignal;
  /** Ends it and deletes its keys. @throws StoreError; it then runs out by itself. */
  revoke(): Promise<void>;
}

export interface Transaction {
  readonly compare: readonly Comparison[];
  readonly writes: readonly Write[];
}

export type CommitOutcome =
  | { readonly kind: "committed"; readonly revision: number }
  /** Nothing was written: this key is not at the revision it was compared with. */
  | { readonly kind: "conflict"; readonly key: string };

export type Change =
  | { readonly kind: "put"; readonly entry: Entry }
  | { readonly kind: "delete"; readonly key: string; readonly modRevision: number };

export type WatchEvent =
  /** Changes of the prefix in commit order; a commit is never split over two events. */
  | { readonly kind: "changes"; readonly revision: number; readonly changes: readonly Change[] }
  /** History from the revision asked for is gone: list again, watch from there. The watch has ended. */
  | { readonly kind: "compacted"; readonly compactRevision: number };

/** Every method may throw StoreError. */
export interface Store extends AsyncDisposable {
  get(key: string): Promise<Entry | undefined>;
  /** Rejects with RangeError for a revision that is yet to come. */
  list(prefix: string, options?: ListOptions): Promise<Page>;
  /**
   * All of it or nothing; durable when the promise resolves.
   * @throws StoreError (lease-lost) when a put names a lease that is over; nothing was written.
   */
  commit(transaction: Transaction): Promise<CommitOutcome>;
  /**
   * Changes with a revision after `fromRevision`, until `signal` aborts or the store is closed. A store
   * that is out of order makes it throw StoreError; watch again from the last revision seen.
   */
  watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /**
   * A lease that is kept alive until it is revoked or the store closed. Then, or when this process dies, its keys go
   * `ttlSeconds` later, a whole number of at least 1; an engine may take somewhat longer, never shorter.
   */
  grantLease(ttlSeconds: number): Promise<Lease>;
  /** Revision of the latest commit; what an engine begins with is its own affair. */
  revision(): Promise<number>;
  /** Forgets history up to and including `revision`; present values stay. */
  compact(revision: number): Promise<void>;
}
