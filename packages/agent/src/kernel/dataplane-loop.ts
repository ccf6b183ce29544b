/**
 * Gives the dataplane its turns: soon after a change, in slices so that sessions and API calls are never
 * late, again with growing waits while something fails, and a full comparison with the kernel now and
 * then, because a lost event must not be a lost repair.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApplyReport, Dataplane, DataplaneError } from "@selvedge/vxlan-dataplane";
import { Backoff } from "../backoff.ts";
import type { Logger } from "../log.ts";

/** Milliseconds of one slice. */
const SLICE = 5;
const RESYNC_INTERVAL_MS = 5 * 60_000;
const RETRY_FIRST_MS = 500;
const RETRY_LIMIT_MS = 30_000;

/** The dataplane, and who is told of its slices. */
export interface DataplaneLoopOptions {
  readonly dataplane: Pick<Dataplane, "apply" | "retryFailed" | "resync">;
  readonly log: Logger;
  /** Called after every slice. */
  readonly onApplied: (report: ApplyReport) => void;
}

/** The turns of one dataplane; disposing of it ends them. */
export class DataplaneLoop implements Disposable {
  readonly #options: DataplaneLoopOptions;
  readonly #retry = new Backoff(RETRY_FIRST_MS, RETRY_LIMIT_MS);
  readonly #resyncTimer: NodeJS.Timeout;
  /** Failures already logged, so that a standing one is one line and not one a retry. */
  readonly #known = new Set<string>();
  #failuresOfRound: DataplaneError[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  /** When the timer fires, by performance.now(). */
  #retryAt = 0;
  /** What failed before is being tried again in this round. */
  #isRetrying = false;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: DataplaneLoopOptions) {
    this.#options = options;
    this.#resyncTimer = setInterval(() => {
      options.dataplane.resync();
      this.wake();
    }, RESYNC_INTERVAL_MS);
    this.#resyncTimer.unref();
  }

  /** Milliseconds until what has failed is tried again; undefined when nothing has. */
  get retryIn(): number | undefined {
    return this.#retryTimer && Math.max(0, this.#retryAt - performance.now());
  }

  /** There is work; it is done from the next turn of the event loop on. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when the kernel is as wanted, as far as it can be. */
  async settled(): Promise<void> {
    this.wake();
    await this.#running;
  }

  /** One slice now, for a caller that waits for its result. */
  applyNow(): ApplyReport {
    const report = this.#options.dataplane.apply({ milliseconds: SLICE });
    this.#failuresOfRound.push(...report.failures);
    this.#options.onApplied(report);
    return report;
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearInterval(this.#resyncTimer);
    clearTimeout(this.#retryTimer);
  }

  async #run(): Promise<void> {
    let more = true;
    while (more) {
      await nextTurn();
      if (this.#stopped) return;
      more = this.applyNow().more;
    }
    this.#endRound();
  }

  /**
   * A round tries what has changed, and what failed before only when the timer has asked for it: a round
   * without failures that did not try them says nothing about them.
   */
  #endRound(): void {
    const failures = this.#failuresOfRound;
    const isRetry = this.#isRetrying;
    this.#failuresOfRound = [];
    this.#isRetrying = false;
    for (const failure of failures) {
      if (this.#known.has(keyOf(failure))) continue;
      const { code, object, vrf, endpoint } = failure;
      this.#options.log.warn({ code, object, vrf, endpoint }, failure.message);
    }
    if (isRetry) this.#known.clear();
    for (const failure of failures) this.#known.add(keyOf(failure));
    if (this.#known.size === 0) this.#retry.reset();
    else this.#retryTimer ??= this.#startRetryTimer();
  }

  #startRetryTimer(): NodeJS.Timeout {
    const wait = this.#retry.next();
    this.#retryAt = performance.now() + wait;
    const timer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#isRetrying = true;
      this.#options.dataplane.retryFailed();
      this.wake();
    }, wait);
    return timer.unref();
  }
}

function keyOf({ code, object, vrf, endpoint, message }: DataplaneError): string {
  return [code, object, vrf, endpoint, message].join("\n");
}
