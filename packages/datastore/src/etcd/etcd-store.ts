/**
 * The engine for a cluster: etcd 3.4 or newer. Reads are linearizable. A commit is one transaction of etcd; when its
 * answer is lost it is settled (commit-slot.ts), so that it happens once or not at all.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { IKeyValue, ITxnResponse } from "etcd3";
import type {
  CommitOutcome,
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
  type CommitSlot,
  CommitSlots,
  formatSlot,
  parseSlot,
  SLOT_LIFETIME,
} from "./commit-slot.ts";
import { EtcdClient } from "./etcd-client.ts";
import { grantEtcdLease } from "./etcd-lease.ts";
import type { EtcdLocation } from "./etcd-location.ts";
import { watchEtcd } from "./etcd-watch.ts";
import { KeySpace, rangeEnd } from "./key-space.ts";
import { encodeTransaction } from "./transaction.ts";
import { watchStream } from "./watch-stream.ts";

const DEFAULT_PAGE = 1000;
/** Milliseconds in which a commit without an answer is settled, or reported as unknown. */
const SETTLE_PATIENCE = 10_000;
const SETTLE_RETRY = 200;

/** Opens the datastore in an etcd. No member need answer yet: the first call says so. */
export function openEtcdStore(location: EtcdLocation, options: EtcdStoreOptions = {}): Store {
  return new EtcdStore(location, options.now ?? Date.now);
}

export interface EtcdStoreOptions {
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
}

class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #keys: KeySpace;
  readonly #slots = new CommitSlots();
  readonly #now: () => number;

  constructor(location: EtcdLocation, now: () => number) {
    this.#now = now;
    this.#client = new EtcdClient(location);
    this.#keys = new KeySpace(location.prefix);
  }

  async get(key: string): Promise<Entry | undefined> {
    const etcdKey = this.#keys.toEtcd(this.#keys.dataKey(key));
    const answer = await this.#client.ask((member) => member.kv.range({ key: etcdKey }));
    if (answer.kind !== "answer") throw this.#unexpected(answer.kind);
    const [found] = answer.value.kvs;
    return found === undefined ? undefined : this.#entryOf(found);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    const { limit = DEFAULT_PAGE, after, revision } = options;
    const first = this.#keys.toEtcd(this.#keys.dataKey(prefix));
    // The first key after K is K and a zero octet.
    const start = after === undefined ? first : this.#keys.toEtcd(`${this.#keys.dataKey(after)}\0`);
    const answer = await this.#client.ask((member) =>
      member.kv.range({
        key: Buffer.compare(start, first) < 0 ? first : start,
        range_end: rangeEnd(first),
        limit,
        ...(revision === undefined ? {} : { revision }),
      }),
    );
    if (answer.kind === "answer") {
      const { kvs, more, header } = answer.value;
      const entries = kvs.map((found) => this.#entryOf(found));
      const last = entries.at(-1);
      return {
        kind: "page",
        entries,
        revision: revision ?? Number(header.revision),
        ...(more && last !== undefined ? { next: last.key } : {}),
      };
    }
    if (answer.kind !== "out-of-range") throw this.#unexpected(answer.kind);
    return { kind: "compacted", compactRevision: await this.#compactRevision(revision ?? 1) };
  }

  async commit({ compare, writes }: Transaction): Promise<CommitOutcome> {
    if (writes.length === 0) return this.#compareOnly(compare);
    let slot = this.#slots.take();
    const giveUpAt = performance.now() + SETTLE_PATIENCE;
    while (true) {
      const outcome = await this.#commitOnce({ compare, writes }, slot);
      if (outcome.kind === "slot-gone") {
        slot = this.#slots.take();
        continue;
      }
      if (outcome.kind !== "unanswered") {
        this.#slots.give(slot);
        return outcome;
      }
      const settled = await this.#settle(slot, giveUpAt, outcome.message);
      if (settled !== undefined) {
        this.#slots.give(slot);
        return settled;
      }
      if (performance.now() > giveUpAt) {
        this.#slots.give(slot);
        throw this.#client.unavailable(outcome.message);
      }
    }
  }

  watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncIterable<WatchEvent> {
    return watchEtcd(this.#client, this.#keys, prefix, fromRevision, signal);
  }

  grantLease(ttlSeconds: number): Promise<Lease> {
    return grantEtcdLease(this.#client, ttlSeconds);
  }

  async revision(): Promise<number> {
    const key = this.#keys.toEtcd("");
    const answer = await this.#client.ask((member) => member.kv.range({ key, count_only: true }));
    if (answer.kind !== "answer") throw this.#unexpected(answer.kind);
    return Number(answer.value.header.revision);
  }

  /** Forgets history of everything in this etcd, not of our prefix alone: etcd has one history. */
  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, await this.revision());
    if (target < 1) return;
    const answer = await this.#client.ask((member) => member.kv.compact({ revision: target }));
    // Out of range: it has been compacted so far already.
    if (answer.kind === "lease-gone") throw this.#unexpected(answer.kind);
    await this.#forgetSlots(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#client.closed.aborted) this.#client.close();
  }

  async #compareOnly(compare: Transaction["compare"]): Promise<CommitOutcome> {
    const request = this.#encode(compare.map(this.#asData), []);
    const answer = await this.#client.ask((member) => member.kv.txn(request));
    if (answer.kind !== "answer") throw this.#unexpected(answer.kind);
    return this.#outcomeOf(answer.value, compare);
  }

  async #commitOnce(
    { compare, writes }: Transaction,
    slot: CommitSlot,
  ): Promise<
    | CommitOutcome
    | { readonly kind: "unanswered"; readonly message: string }
    /** Nothing was written: the slot has been removed by a compaction. */
    | { readonly kind: "slot-gone" }
  > {
    const key = this.#keys.slotKey(slot.key);
    const sequence = slot.sequence + 1;
    const request = this.#encode(
      [{ key, modRevision: slot.modRevision }, ...compare.map(this.#asData)],
      [{ kind: "put", key, value: this.#slotValue(sequence) }, ...writes.map(this.#asData)],
    );
    const attempt = await this.#client.attempt((member) => member.kv.txn(request));
    if (attempt.kind === "unanswered") return attempt;
    if (attempt.kind === "lease-gone") throw this.#leaseLost();
    if (attempt.kind !== "answer") throw this.#unexpected(attempt.kind);
    const comparedSlot = { key, modRevision: slot.modRevision };
    const outcome = this.#outcomeOf(attempt.value, [comparedSlot, ...compare]);
    if (outcome.kind === "conflict" && outcome.key === key) return { kind: "slot-gone" };
    if (outcome.kind === "committed") {
      slot.modRevision = outcome.revision;
      slot.sequence = sequence;
    }
    return outcome;
  }

  /**
   * Finds out what became of the latest commit through the slot: its outcome, or undefined when it has not happened and
   * never will. @throws StoreError (unknown-outcome)
   */
  async #settle(
    slot: CommitSlot,
    giveUpAt: number,
    message: string,
  ): Promise<CommitOutcome | undefined> {
    const key = this.#keys.slotKey(slot.key);
    const etcdKey = this.#keys.toEtcd(key);
    const fence = this.#encode(
      [{ key, modRevision: slot.modRevision }],
      [{ kind: "put", key, value: this.#slotValue("void") }],
    );
    while (true) {
      const attempt = await this.#client.attempt((member) => member.kv.txn(fence));
      if (attempt.kind === "answer") {
        if (attempt.value.succeeded) {
          slot.modRevision = Number(attempt.value.header.revision);
          return undefined;
        }
        const found = await this.#client.ask((member) => member.kv.range({ key: etcdKey }));
        const [held] = found.kind === "answer" ? found.value.kvs : [];
        const value = held === undefined ? undefined : parseSlot(held.value.toString("utf8"));
        if (held === undefined || value === undefined) throw this.#unknown(message);
        slot.modRevision = Number(held.mod_revision);
        // An earlier fence may have been the one that succeeded without an answer.
        if (value.sequence === "void") return undefined;
        slot.sequence = value.sequence;
        return { kind: "committed", revision: slot.modRevision };
      }
      if (performance.now() > giveUpAt) throw this.#unknown(message);
      await pause(SETTLE_RETRY, undefined, { signal: this.#client.closed }).catch(() => undefined);
    }
  }

  #slotValue(sequence: number | "void"): string {
    return formatSlot({ sequence, time: this.#now() });
  }

  #outcomeOf(response: ITxnResponse, compare: Transaction["compare"]): CommitOutcome {
    if (response.succeeded) {
      return { kind: "committed", revision: Number(response.header.revision) };
    }
    const differing = compare.find(({ modRevision }, index) => {
      const [found] = response.responses[index]?.response_range.kvs ?? [];
      return Number(found?.mod_revision ?? 0) !== modRevision;
    });
    if (differing === undefined) throw this.#unexpected("a comparison that holds and failed");
    return { kind: "conflict", key: differing.key };
  }

  #encode(...[compare, writes]: [Transaction["compare"], Transaction["writes"]]) {
    const encoded = encodeTransaction(compare, writes, (key) => this.#keys.toEtcd(key));
    if (encoded.kind === "request") return encoded.request;
    const message = `the transaction is too large for ${this.#client.location}: ${encoded.reason}; make it in parts`;
    throw new StoreError("too-large", this.#client.location, message);
  }

  readonly #asData = <T extends { readonly key: string }>(named: T): T => ({
    ...named,
    key: this.#keys.dataKey(named.key),
  });

  /** etcd does not say with the refusal of a read where its history begins; with that of a watch it does. */
  async #compactRevision(revision: number): Promise<number> {
    const prefix = this.#keys.toEtcd(this.#keys.dataKey(""));
    const answer = await this.#client.ask(async (member) => {
      for await (const step of watchStream(member, prefix, revision, this.#client.closed)) {
        if (step.kind === "compacted") return step.compactRevision;
        break;
      }
      return revision + 1;
    });
    if (answer.kind !== "answer") throw this.#unexpected(answer.kind);
    return answer.value;
  }

  /** Removes slots that nobody has used for long. */
  async #forgetSlots(revision: number): Promise<void> {
    const prefix = this.#keys.toEtcd(this.#keys.slotKey(""));
    const range = { key: prefix, range_end: rangeEnd(prefix) };
    const answer = await this.#client.ask((member) =>
      member.kv.range({ ...range, max_mod_revision: revision }),
    );
    if (answer.kind !== "answer") throw this.#unexpected(answer.kind);
    for (const { key, value, mod_revision } of answer.value.kvs) {
      const slot = parseSlot(value.toString("utf8"));
      if (slot === undefined || this.#now() - slot.time < SLOT_LIFETIME) continue;
      const compare = [{ key, target: "Mod", result: "Equal", mod_revision }] as const;
      const success = [{ request_delete_range: { key } }];
      await this.#client.ask((member) =>
        member.kv.txn({ compare: [...compare], success, failure: [] }),
      );
    }
  }

  #entryOf({ key, value, mod_revision }: IKeyValue): Entry {
    return {
      key: this.#keys.fromEtcd(key),
      value: value.toString("utf8"),
      modRevision: Number(mod_revision),
    };
  }

  #unknown(message: string): StoreError {
    return new StoreError(
      "unknown-outcome",
      this.#client.location,
      `a write to ${this.#client.location} has had no answer (${message}): look whether it has happened`,
    );
  }

  #leaseLost(): StoreError {
    const { location } = this.#client;
    const message = `a lease in ${location} has run out or was revoked; ask for a new one (nothing was written)`;
    return new StoreError("lease-lost", location, message);
  }

  #unexpected(what: string): Error {
    return new Error(`${this.#client.location} has answered with ${what}`);
  }
}
