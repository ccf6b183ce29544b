/** A steady stream of probes between two workloads, to find out when one got no answer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ProbePort } from "./probe-port.ts";

/** An answer takes less than a millisecond; what has not come by then is lost. */
const ANSWER_TIMEOUT_MS = 1000;

export interface StreamResult {
  readonly address: string;
  readonly sent: number;
  /** When those were sent that got no answer: milliseconds after the first. */
  readonly lost: readonly number[];
}

export class ProbeStream {
  readonly #stop: AbortController = new AbortController();
  readonly #result: Promise<StreamResult>;

  /** Starts to ask `address` once each `interval` milliseconds, from `port`. */
  constructor(port: ProbePort, address: string, interval: number) {
    this.#result = this.#run(port, address, interval);
  }

  /** Ends the stream and waits for the answers that are under way. */
  async stop(): Promise<StreamResult> {
    this.#stop.abort();
    return await this.#result;
  }

  async #run(port: ProbePort, address: string, interval: number): Promise<StreamResult> {
    const { signal } = this.#stop;
    const start = performance.now();
    const outcomes: Promise<{ readonly sentAt: number; readonly answered: boolean }>[] = [];
    while (!signal.aborted) {
      const sentAt = performance.now() - start;
      const asking = port.askOnce(address, ANSWER_TIMEOUT_MS);
      outcomes.push(asking.then((answer) => ({ sentAt, answered: answer !== undefined })));
      // By the clock, not by the last one: a busy moment must not thin out the stream.
      const next = start + outcomes.length * interval;
      await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
    }
    const lost = (await Promise.all(outcomes)).filter((outcome) => !outcome.answered);
    return { address, sent: outcomes.length, lost: lost.map(({ sentAt }) => sentAt) };
  }
}
