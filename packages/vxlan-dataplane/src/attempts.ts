/**
 * Remembers what of the work on a VRF failed at the last attempt, part by part.
 */
import { NetlinkError } from "@selvedge/netlink";
import type { Changes } from "./changes.ts";
import type { DataplaneError } from "./errors.ts";

/** Parts of the work that fail on their own. */
export type Stage =
  | "namespace"
  | "removal"
  | "settings"
  | "guard"
  | "objects"
  | "bridges"
  | "routes"
  | "surplus";

/** The outcome of each part's last attempt. */
export class Attempts {
  readonly #vrf: string;
  readonly #failures = new Map<Stage, readonly DataplaneError[]>();

  constructor(vrf: string) {
    this.#vrf = vrf;
  }

  /** Does a part of the work and records what of it failed. */
  run(stage: Stage, changes: Changes, work: () => void): void {
    const before = changes.failures.length;
    try {
      work();
    } catch (error) {
      if (!(error instanceof NetlinkError)) {
        throw error;
      }
      const subject = { vrf: this.#vrf };
      if (stage === "namespace") {
        changes.fail("namespace-unavailable", error.object, error.message, subject, error);
      } else {
        changes.refuse(error, subject);
      }
    }
    const failures = changes.failures.slice(before);
    if (failures.length > 0) {
      this.#failures.set(stage, failures);
    } else {
      this.#failures.delete(stage);
    }
  }

  /** Whether a part failed. */
  hasFailed(stage: Stage): boolean {
    return this.#failures.has(stage);
  }

  /** What failed. */
  get failures(): readonly DataplaneError[] {
    return [...this.#failures.values()].flat();
  }

  /** The part may be tried again. */
  forget(stage: Stage): void {
    this.#failures.delete(stage);
  }

  forgetAll(): void {
    this.#failures.clear();
  }
}
