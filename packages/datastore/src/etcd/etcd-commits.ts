/**
 * Commits that happen once or not at all. One whose answer is lost is settled through its slot (commit-slot.ts): made
 * impossible and made again, or found to have happened. Where nobody answers for long enough to say so, the outcome is
 * reported as unknown, whatever it is that stands against asking.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ITxnRequest, ITxnResponse } from "etcd3";
import type { CommitOutcome, Comparison, Transaction, Write } from "../store.ts";
import { StoreError } from "../store-error.ts";
import {
  type CommitSlot,
  CommitSlots,
  formatSlot,
  parseSlot,
  SLOT_LIFETIME,
  type SlotValue,
} from "./commit-slot.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { type KeySpace, rangeEnd } from "./key-space.ts";
import { encodeTransaction } from "./transaction.ts";

/** Milliseconds in which a commit without an answer is settled, or reported as unknown. */
const SETTLE_PATIENCE = 10_000;
const SETTLE_RETRY = 200;

type Attempted =
  | CommitOutcome
  | { readonly kind: "unanswered"; readonly message: string }
  /** Nothing was written: the slot has been removed by a compaction. */
  | { readonly kind: "slot-gone" };

/** Of a commit that had no answer. */
type Settled =
  | Extract<CommitOutcome, { kind: "committed" }>
  /** It has not happened and never will. */
  | { readonly kind: "impossible" };

export class EtcdCommits {
  readonly #client: EtcdClient;
  readonly #keys: KeySpace;
  readonly #now: () => number;
  readonly #slots = new CommitSlots();

  /** `now`: milliseconds since 1970. */
  constructor(client: EtcdClient, keys: KeySpace, now: () => number) {
    this.#client = client;
    this.#keys = keys;
    this.#now = now;
  }

  /** As `Store.commit`. */
  async commit(transaction: Transaction): Promise<CommitOutcome> {
    if (transaction.writes.length === 0) return this.#compareOnly(transaction.compare);
    const giveUpAt = performance.now() + SETTLE_PATIENCE;
    let slot = this.#slots.take();
    while (true) {
      const attempted = await this.#attempt(transaction, slot);
      if (attempted.kind === "slot-gone") {
        slot = this.#slots.take();
        continue;
      }
      const isAnswered = attempted.kind !== "unanswered";
      const settled = isAnswered
        ? attempted
        : await this.#settle(slot, giveUpAt, attempted.message);
      if (settled.kind === "impossible" && performance.now() < giveUpAt) continue;
      this.#slots.give(slot);
      if (settled.kind !== "impossible") return settled;
      throw this.#client.unavailable("commits get no answer (nothing was written)");
    }
  }

  /** Removes slots that nobody has used for long, of those last used up to `revision`. */
  async forgetSlots(revision: number): Promise<void> {
    const prefix = this.#keys.toEtcd(this.#keys.slotKey(""));
    const range = { key: prefix, range_end: rangeEnd(prefix), max_mod_revision: revision };
    const { kvs } = this.#client.answered(
      await this.#client.ask((member) => member.kv.range(range)),
    );
    for (const { key, value, mod_revision } of kvs) {
      const slot = parseSlot(value.toString("utf8"));
      if (slot === undefined || this.#now() - slot.time < SLOT_LIFETIME) continue;
      const request: ITxnRequest = {
        compare: [{ key, target: "Mod", result: "Equal", mod_revision }],
        success: [{ request_delete_range: { key } }],
        failure: [],
      };
      await this.#client.ask((member) => member.kv.txn(request));
    }
  }

  async #compareOnly(compare: readonly Comparison[]): Promise<CommitOutcome> {
    const request = this.#encode(compare.map(this.#asData), []);
    const answer = await this.#client.ask((member) => member.kv.txn(request));
    return outcomeOf(this.#client.answered(answer), compare);
  }

  /** What the server refuses is thrown: nothing was written, and the slot is as it was. */
  async #attempt({ compare, writes }: Transaction, slot: CommitSlot): Promise<Attempted> {
    const compared = { key: this.#keys.slotKey(slot.key), modRevision: slot.modRevision };
    try {
      const request = this.#encode(
        [compared, ...compare.map(this.#asData)],
        [this.#slotPut(slot, "commit"), ...writes.map(this.#asData)],
      );
      const attempt = await this.#client.attempt((member) => member.kv.txn(request));
      if (attempt.kind === "unanswered") return attempt;
      const outcome = outcomeOf(this.#client.answered(attempt), [compared, ...compare]);
      if (outcome.kind === "conflict") {
        return outcome.key === compared.key ? { kind: "slot-gone" } : outcome;
      }
      slot.modRevision = outcome.revision;
      return outcome;
    } catch (error) {
      this.#slots.give(slot);
      throw error;
    }
  }

  /**
   * Finds out what became of the latest commit through the slot: it has happened, or never will.
   * @throws StoreError (unknown-outcome), and nothing else: what else fails here says nothing of the commit.
   */
  async #settle(slot: CommitSlot, giveUpAt: number, message: string): Promise<Settled> {
    const key = this.#keys.toEtcd(this.#keys.slotKey(slot.key));
    const fence: ITxnRequest = {
      ...this.#encode(
        [{ key: this.#keys.slotKey(slot.key), modRevision: slot.modRevision }],
        [this.#slotPut(slot, "void")],
      ),
      failure: [{ request_range: { key } }],
    };
    while (performance.now() < giveUpAt && !this.#client.closed.aborted) {
      const response = await this.#tryFence(fence);
      if (response !== undefined) return this.#readFence(response, slot, message);
      await pause(SETTLE_RETRY, undefined, { signal: this.#client.closed }).catch(() => undefined);
    }
    throw this.#unknown(message);
  }

  /** Undefined when there was no answer, or a refusal, which another member may not have for us. */
  async #tryFence(fence: ITxnRequest): Promise<ITxnResponse | undefined> {
    try {
      const attempt = await this.#client.attempt((member) => member.kv.txn(fence));
      return attempt.kind === "answer" ? attempt.value : undefined;
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  #readFence(
    { succeeded, header, responses }: ITxnResponse,
    slot: CommitSlot,
    message: string,
  ): Settled {
    if (succeeded) {
      slot.modRevision = Number(header.revision);
      return { kind: "impossible" };
    }
    const [held] = responses[0]?.response_range.kvs ?? [];
    const value = held === undefined ? undefined : parseSlot(held.value.toString("utf8"));
    if (held === undefined || value === undefined) throw this.#unknown(message);
    slot.modRevision = Number(held.mod_revision);
    // An earlier fence may have been the one that succeeded without an answer.
    if (value.kind === "void") return { kind: "impossible" };
    return { kind: "committed", revision: slot.modRevision };
  }

  #slotPut({ key }: CommitSlot, kind: SlotValue["kind"]): Write {
    const value = formatSlot({ kind, time: this.#now() });
    return { kind: "put", key: this.#keys.slotKey(key), value };
  }

  #encode(compare: readonly Comparison[], writes: readonly Write[]): ITxnRequest {
    const encoded = encodeTransaction(compare, writes, (key) => this.#keys.toEtcd(key));
    if (encoded.kind === "request") return encoded.request;
    const { location } = this.#client;
    const message = `the transaction is too large for ${location}: ${encoded.reason}; make it in parts`;
    throw new StoreError("too-large", location, message);
  }

  readonly #asData = <T extends { readonly key: string }>(named: T): T => ({
    ...named,
    key: this.#keys.dataKey(named.key),
  });

  #unknown(message: string): StoreError {
    const { location } = this.#client;
    const text = `a write to ${location} has had no answer (${message}): look whether it has happened`;
    return new StoreError("unknown-outcome", location, text);
  }
}

/** Of several comparisons that fail the first is named. */
function outcomeOf(response: ITxnResponse, compare: readonly Comparison[]): CommitOutcome {
  if (response.succeeded) {
    return { kind: "committed", revision: Number(response.header.revision) };
  }
  const differing = compare.find(({ modRevision }, index) => {
    const [found] = response.responses[index]?.response_range.kvs ?? [];
    return Number(found?.mod_revision ?? 0) !== modRevision;
  });
  if (differing === undefined) throw new Error("etcd refuses a transaction whose comparisons hold");
  return { kind: "conflict", key: differing.key };
}
