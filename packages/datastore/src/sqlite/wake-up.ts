/** Wakes the watches of one store: at once for its own commits, by a timer for other processes'. */

/** Milliseconds between two looks at whether another process has committed. */
const POLL_INTERVAL_MS = 10;

export class WakeUp {
  readonly #hasChanged: () => boolean;
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  /** `hasChanged` tells whether another process has committed since it was last asked. */
  constructor(hasChanged: () => boolean) {
    this.#hasChanged = hasChanged;
  }

  /** How often it has woken. Read it before looking at the store, and pass it to `wait`. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when it has woken more than `count` times, or when `signal` aborts. */
  wait(count: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#count > count) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        if (this.#waiting.size === 0) this.#stopTimer();
        resolve();
      };
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(wake);
      this.#startTimer();
    });
  }

  /** Wakes all who wait. */
  now(): void {
    this.#count++;
    for (const wake of [...this.#waiting]) wake();
  }

  #startTimer(): void {
    if (this.#timer !== undefined) return;
    // It keeps the process, as the stream of a watch of etcd does: somebody waits for it.
    this.#timer = setInterval(() => this.#poll(), POLL_INTERVAL_MS);
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #poll(): void {
    let changed: boolean;
    try {
      changed = this.#hasChanged();
    } catch {
      // The watch itself will meet the same fault and say so.
      changed = true;
    }
    if (changed) this.now();
  }
}
