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
const RESYNC_INTERVAL = 5 * 60_000;
const RETRY_FIRST = 500;
const RETRY_LIMIT = 30_000;

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
  readonly #retry = new Backoff(RETRY_FIRST, RETRY_LIMIT);
  readonly #resyncTimer: NodeJS.Timeout;
  /** Failures already logged, so that a standing one is one line and not one a retry. */
  #known = new Set<string>();
  #failuresOfRound: DataplaneError[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: DataplaneLoopOptions) {
    this.#options = options;
    this.#resyncTimer = setInterval(() => {
      options.dataplane.resync();
      this.wake();
    }, RESYNC_INTERVAL);
    this.#resyncTimer.unref();
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

  #endRound(): void {
    const failures = this.#failuresOfRound;
    this.#failuresOfRound = [];
    const keys = new Set(failures.map(keyOf));
    for (const failure of failures) {
      if (this.#known.has(keyOf(failure))) continue;
      const { code, object, vrf, endpoint } = failure;
      this.#options.log.warn({ code, object, vrf, endpoint }, failure.message);
    }
    this.#known = keys;
    clearTimeout(this.#retryTimer);
    if (failures.length === 0) {
      this.#retry.reset();
      return;
    }
    this.#retryTimer = setTimeout(() => {
      this.#options.dataplane.retryFailed();
      this.wake();
    }, this.#retry.next());
    this.#retryTimer.unref();
  }
}

function keyOf({ code, object, vrf, endpoint, message }: DataplaneError): string {
  return [code, object, vrf, endpoint, message].join("\n");
}
