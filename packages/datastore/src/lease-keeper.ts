/**
 * Keeps a lease alive: asks the engine for more time each third of its time to live, and says when it is lost. A lease
 * is given up by the holder's own clock, counted from when it last asked, so never after the store has let it go,
 * whatever has become of the connection. Does not: grant one, or know how an engine keeps time.
 */
import type { Lease } from "./store.ts";

/** How an engine serves one lease; what these throw is taken as no answer. */
export interface LeaseCalls {
  /** Starts the time to live anew; `gone` when the lease has run out or was revoked. */
  renew(): Promise<"kept" | "gone">;
  /** Ends the lease and deletes its keys. */
  revoke(): Promise<void>;
}

export interface KeptLease {
  readonly id: string;
  /** Milliseconds. */
  readonly timeToLive: number;
  /** `performance.now()` when it was asked for. */
  readonly askedAt: number;
  /** Aborts when its store is closed, which loses it. */
  readonly closed: AbortSignal;
  readonly calls: LeaseCalls;
}

/** A lease that is kept until it is revoked, lost, or its store closed. It keeps no process alive by itself. */
export function keepLease(kept: KeptLease): Lease {
  const { id, closed, calls } = kept;
  const lost = new AbortController();
  const lose = () => lost.abort();
  closed.addEventListener("abort", lose, { once: true });
  if (closed.aborted) lose();
  const stop = new AbortController();
  void renewUntilLost(kept, lost, stop.signal).finally(() =>
    closed.removeEventListener("abort", lose),
  );
  return {
    id,
    lost: lost.signal,
    revoke: async () => {
      stop.abort();
      lose();
      await calls.revoke();
    },
  };
}

async function renewUntilLost(
  { timeToLive, askedAt, calls }: KeptLease,
  lost: AbortController,
  stop: AbortSignal,
): Promise<void> {
  const ended = AbortSignal.any([lost.signal, stop]);
  let end = loseAt(askedAt + timeToLive, lost);
  let wait = timeToLive / 3;
  while (!ended.aborted) {
    await pause(wait, ended);
    if (ended.aborted) break;
    const sentAt = performance.now();
    const outcome = await calls.renew().catch(() => "unanswered" as const);
    if (outcome === "gone") lost.abort();
    wait = outcome === "kept" ? timeToLive / 3 : timeToLive / 10;
    if (outcome !== "kept") continue;
    clearTimeout(end);
    end = loseAt(sentAt + timeToLive, lost);
  }
  clearTimeout(end);
}

function loseAt(time: number, lost: AbortController): NodeJS.Timeout {
  return setTimeout(() => lost.abort(), Math.max(0, time - performance.now())).unref();
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds).unref();
    signal.addEventListener("abort", end, { once: true });
  });
}
