/**
 * Says in the datastore what the kernel of this host has, under the lease by which the host counts as alive: soon after
 * something was attached or detached, and now and then besides, because others may change the kernel. Writes only what is
 * news. Does not: look at the kernel itself, or mend anything.
 */
import { type Lease, type Store, StoreError } from "@selvedge/datastore";
import { encodeObservation, type Observation, observationKey } from "@selvedge/ipam";
import { NetlinkError } from "@selvedge/netlink";
import type { Logger } from "../log.ts";

/** Milliseconds between two looks when nothing is known to have changed. */
const INTERVAL = 30_000;
/** Milliseconds from a change to the look, so that many changes are told at once. */
const SETTLING = 200;

export interface HostReportOptions {
  readonly store: Store;
  /** What is said goes with it. */
  readonly lease: Lease;
  readonly host: string;
  /** May throw NetlinkError. */
  readonly observe: () => Observation;
  readonly log: Logger;
}

/** What one host says for as long as one lease lasts. */
export class HostReport {
  readonly #options: HostReportOptions;
  #said: string | undefined;
  #failure: string | undefined;
  #isChanged = false;
  #wake: () => void = () => undefined;

  constructor(options: HostReportOptions) {
    this.#options = options;
  }

  /** Something has been attached or detached. */
  changed(): void {
    this.#isChanged = true;
    this.#wake();
  }

  /** Tells until `ended` aborts. */
  async run(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      this.#isChanged = false;
      await this.tell();
      // Not all hosts of a cluster that was switched on at once write at once.
      await this.#pause(INTERVAL * (0.9 + 0.2 * Math.random()), ended);
      if (this.#isChanged) await pauseUntil(SETTLING, ended);
    }
  }

  /** Looks once; a failure is logged, and what is known of this host stays as it was. */
  async tell(): Promise<void> {
    const { store, lease, host, observe, log } = this.#options;
    try {
      const value = encodeObservation(observe());
      if (value !== this.#said) {
        const key = observationKey(host);
        await store.commit({ compare: [], writes: [{ kind: "put", key, value, lease }] });
        this.#said = value;
      }
      this.#failure = undefined;
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof NetlinkError)) throw error;
      // Whether it was written is not known.
      this.#said = undefined;
      if (this.#failure !== error.message) {
        log.warn({ code: error.code }, `what this host has cannot be told: ${error.message}`);
      }
      this.#failure = error.message;
    }
  }

  /** Ends early when something has changed. */
  async #pause(milliseconds: number, ended: AbortSignal): Promise<void> {
    if (this.#isChanged) return;
    await pauseUntil(milliseconds, ended, (wake) => {
      this.#wake = wake;
    });
    this.#wake = () => undefined;
  }
}

/** Resolves after the time, when `ended` aborts, or when what `onStart` is given is called. */
function pauseUntil(
  milliseconds: number,
  ended: AbortSignal,
  onStart: (wake: () => void) => void = () => undefined,
): Promise<void> {
  if (ended.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      ended.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    ended.addEventListener("abort", end, { once: true });
    onStart(end);
  });
}
