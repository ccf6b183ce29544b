/** Work on the datastore that never ends by itself: a store that fails is reported, and tried again with growing waits. */
import { setTimeout as timer } from "node:timers/promises";
import { StoreError } from "@selvedge/datastore";
import { Backoff } from "./backoff.ts";

const RETRY_FIRST_MS = 250;
const RETRY_LIMIT_MS = 5000;

export interface StoreWork {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Opens the store and uses it; calls `onProgress` when that works. Called again when it has ended or thrown StoreError. */
  readonly work: (onProgress: () => void) => Promise<void>;
  readonly onFailure: (error: StoreError) => void;
  /** Milliseconds; resolves early when the signal aborts. Default: a timer. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** Resolves when the signal aborts; rejects with whatever is no StoreError. */
export async function workOnStore(options: StoreWork): Promise<void> {
  const { signal, work, onFailure, wait = waitUnlessAborted } = options;
  const retry = new Backoff(RETRY_FIRST_MS, RETRY_LIMIT_MS);
  while (!signal.aborted) {
    try {
      await work(() => retry.reset());
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      onFailure(error);
    }
    await wait(retry.next(), signal);
  }
}

function waitUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  // An aborted wait is the end that was asked for.
  return timer(milliseconds, undefined, { signal }).catch(() => undefined);
}
