/**
 * The host among the others: a key under a lease says that it is alive and another one what its kernel has, and of all live
 * hosts one collects IPAM's garbage.
 * The key outlives the agent for the time to live, so that a restart goes unnoticed; what a host has is safe for the grace
 * of garbage collection beyond that. Does not: touch what the host forwards.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type DatastoreLocation, type Lease, openStore, type Store } from "@selvedge/datastore";
import { livenessKey, type Observation } from "@selvedge/ipam";
import type { Logger } from "../log.ts";
import { workOnStore } from "../store-retry.ts";
import { collectInThread } from "./collect-in-thread.ts";
import { GarbageCollection } from "./garbage-collection.ts";
import { HostReport } from "./host-report.ts";

/** What the others know of the host. */
export type MemberState =
  | { readonly kind: "joining" }
  /** `collects`: it was this host's turn when it last looked. */
  | { readonly kind: "alive"; readonly collects: boolean }
  | { readonly kind: "failed"; readonly message: string };

export interface ClusterMemberOptions {
  readonly host: string;
  readonly location: DatastoreLocation;
  /** Seconds without a word after which the host counts as gone. */
  readonly timeToLive: number;
  /** Undefined: this host does not collect. Milliseconds, and revisions that a SQLite datastore keeps. */
  readonly collection:
    | { readonly interval: number; readonly grace: number; readonly keepRevisions: number }
    | undefined;
  /** What the kernel has now. May throw NetlinkError. */
  readonly observe: () => Observation;
  readonly log: Logger;
}

/** A member from `start` until it is disposed of, and for the time to live after. */
export class ClusterMember implements AsyncDisposable {
  readonly #options: ClusterMemberOptions;
  readonly #stop = new AbortController();
  #state: MemberState = { kind: "joining" };
  #running: Promise<void> | undefined;
  #report: HostReport | undefined;

  constructor(options: ClusterMemberOptions) {
    this.#options = options;
  }

  get state(): MemberState {
    return this.#state;
  }

  start(): void {
    const { signal } = this.#stop;
    this.#running ??= workOnStore({
      signal,
      work: (onProgress) => this.#live(signal, onProgress),
      onFailure: ({ message }) => this.#fail(message),
    });
  }

  /** Something has been attached or detached: others are told soon. */
  kernelChanged(): void {
    this.#report?.changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #fail(message: string): void {
    const isNews = this.#state.kind !== "failed" || this.#state.message !== message;
    this.#state = { kind: "failed", message };
    if (isNews) this.#options.log.warn(`this host does not count as alive: ${message}`);
  }

  /** Alive until the lease is lost or `stop` aborts. */
  async #live(stop: AbortSignal, onProgress: () => void): Promise<void> {
    const { host, location, timeToLive, observe, log } = this.#options;
    await using store = openStore(location);
    const lease = await store.grantLease(timeToLive);
    // Whatever is there is of an agent before this one; it must not go with that one's lease.
    const value = JSON.stringify({ since: new Date().toISOString() });
    await store.commit({
      compare: [],
      writes: [{ kind: "put", key: livenessKey(host), value, lease }],
    });
    this.#state = { kind: "alive", collects: false };
    onProgress();
    log.info({ timeToLive }, "this host counts as alive");
    const over = new AbortController();
    const ended = AbortSignal.any([stop, lease.lost, over.signal]);
    const report = new HostReport({ store, lease, host, observe, log });
    this.#report = report;
    try {
      await Promise.all([report.run(ended), this.#collect(store, lease, ended)]);
    } finally {
      // The one that has not failed uses a store that is closed now.
      over.abort();
    }
    if (!stop.aborted) this.#fail("its lease has run out, and is being taken anew");
  }

  async #collect(store: Store, lease: Lease, ended: AbortSignal): Promise<void> {
    const { collection, host, location, log } = this.#options;
    if (collection === undefined) {
      await untilAborted(ended);
      return;
    }
    const { interval, grace, keepRevisions } = collection;
    const garbage = new GarbageCollection({
      store,
      lease,
      host,
      collect: (goneSince, turn) =>
        collectInThread({ location, grace, keepRevisions, goneSince, turn }, ended),
      log,
    });
    while (true) {
      // Not all agents of a cluster that was switched on at once ask at once.
      const pause = interval * (0.9 + 0.2 * Math.random());
      await wait(pause, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      const collects = await garbage.turn();
      if (ended.aborted) return;
      this.#state = { kind: "alive", collects };
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
