/** The latest changes of resources in memory, for any number of readers, each at its own pace. */
import type { Resource, ResourceKey } from "@selvedge/resources";

/** Changes that are kept for readers who come late or read slowly. */
const DEFAULT_CAPACITY = 20_000;

export type LoggedEvent =
  | {
      readonly kind: "put";
      readonly key: ResourceKey;
      readonly revision: number;
      readonly resource: Resource;
      /** Absent where there was none. */
      readonly before?: Resource;
    }
  | {
      readonly kind: "delete";
      readonly key: ResourceKey;
      readonly revision: number;
      /** What it was, with the revision of its end. */
      readonly before: Resource;
    };

/** What a reader is told: the events of one or more whole commits, or that some are no longer known. */
export type LoggedChanges =
  | { readonly kind: "changes"; readonly events: readonly LoggedEvent[] }
  | { readonly kind: "gone" };

export class EventLog {
  readonly #capacity: number;
  #events: LoggedEvent[] = [];
  /** How many events there were before the first of `#events`. */
  #dropped = 0;
  /** All events after this revision are known. */
  #since = Number.POSITIVE_INFINITY;
  #waiting: (() => void)[] = [];

  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Nothing is known of what came up to `revision`. */
  begin(revision: number): void {
    this.#since = revision;
  }

  append(event: LoggedEvent): void {
    this.#events.push(event);
    if (this.#events.length < 2 * this.#capacity) return;
    const cut = this.#events.length - this.#capacity;
    this.#since = this.#events[cut - 1]?.revision ?? this.#since;
    this.#events = this.#events.slice(cut);
    this.#dropped += cut;
  }

  /** Readers are told after each commit, so that none sees a part of one. */
  publish(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Events with a revision after `revision`; `gone` and the end when some of them are no longer there. */
  async *after(revision: number, signal: AbortSignal): AsyncGenerator<LoggedChanges> {
    if (revision < this.#since) {
      yield { kind: "gone" };
      return;
    }
    const wake = () => this.publish();
    signal.addEventListener("abort", wake);
    try {
      let next = this.#dropped + firstAfter(this.#events, revision);
      while (!signal.aborted) {
        if (next < this.#dropped) {
          yield { kind: "gone" };
          return;
        }
        // Nobody reads between the events of a commit, so that the last one here ends its commit.
        const events = this.#events.slice(next - this.#dropped);
        if (events.length === 0) {
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
          continue;
        }
        next += events.length;
        yield { kind: "changes", events };
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }
}

/** Index of the first event after the revision; events are in the order of their revisions. */
function firstAfter(events: readonly LoggedEvent[], revision: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
