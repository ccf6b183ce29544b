/**
 * Counts what somebody else has changed in a VRF, and tells of it once, when it has been put right.
 *
 * Does not: find out who did it, or tell one deed from another.
 */
import type { DataplaneLog } from "./log.ts";

/** Objects that are told by name; the rest is a number. */
const NAMED = 16;

/** What others have changed in one VRF. */
export class Repairs {
  readonly #vrf: string;
  readonly #log: DataplaneLog;
  readonly #found = new Set<string>();
  #routes = 0;
  #total = 0;

  constructor(vrf: string, log: DataplaneLog) {
    this.#vrf = vrf;
    this.#log = log;
  }

  /** Objects that others have changed and that have been put right since the start. */
  get total(): number {
    return this.#total;
  }

  /** Somebody has changed these. */
  find(objects: Iterable<string>): void {
    for (const object of objects) {
      this.#found.add(object);
    }
  }

  /** Remote routes that somebody had changed have been written again. */
  countRoutes(routes: number): void {
    this.#routes += routes;
  }

  /** All that was found is right again. */
  settle(): void {
    const repaired = this.#found.size + this.#routes;
    if (repaired === 0) {
      return;
    }
    this.#total += repaired;
    const objects = [...this.#found].slice(0, NAMED);
    if (this.#routes > 0) {
      objects.push(`${this.#routes} remote routes`);
    }
    this.#found.clear();
    this.#routes = 0;
    this.#log.info(
      { vrf: this.#vrf, repaired, objects },
      "somebody changed what is ours; it is as it was again",
    );
  }
}
