/** Which blocks of this package's sources have run, as V8 counts them. */

import { Session } from "node:inspector";

const SOURCES = "/packages/bgp-evpn/src/";

export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Blocks that have run in any call so far. */
  get blocks(): number {
    return this.#seen.size;
  }

  /** Whether a block has run since the last call that never had before. With `note`, it is known from now on. */
  hasNew(note: boolean): boolean {
    const fresh = this.#take().filter((block) => !this.#seen.has(block));
    if (note) for (const block of fresh) this.#seen.add(block);
    return fresh.length > 0;
  }

  #take(): string[] {
    const blocks: string[] = [];
    // The answer comes before the call returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, coverage) => {
      if (error !== null) throw error;
      for (const { url, scriptId, functions } of coverage.result) {
        if (!url.includes(SOURCES)) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            if (count > 0) blocks.push(`${scriptId} ${startOffset} ${endOffset}`);
          }
        }
      }
    });
    return blocks;
  }
}
