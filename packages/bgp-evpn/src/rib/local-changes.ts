/**
 * Changes of many local routes at once, done in slices: a VRF with 100,000 of them gets another distinguisher, other route
 * targets, or goes.
 *
 * Routes are announced anew before others are withdrawn, so that a prefix under another distinguisher is never missing.
 * Each step looks at what there is then: who owns the routes may change them meanwhile, by `originate` say, at once.
 */

/** One route each time it is asked; done when there is none left. */
export type RouteSteps = Iterator<unknown, void>;

/** The changes that have yet to be made. */
export class LocalChanges {
  readonly #announcing = new Map<string, RouteSteps>();
  #withdrawing: RouteSteps[] = [];

  /** Announces routes anew, in the place of what has yet to be announced under that name. */
  announce(name: string, steps: RouteSteps): void {
    this.#announcing.delete(name);
    this.#announcing.set(name, steps);
  }

  /** Withdraws routes, after all that are to be announced. */
  withdraw(steps: RouteSteps): void {
    this.#withdrawing.push(steps);
  }

  get hasWork(): boolean {
    return this.#announcing.size > 0 || this.#withdrawing.length > 0;
  }

  /** Does at most `limit` routes; returns how many. */
  work(limit: number): number {
    let done = 0;
    for (const [name, steps] of this.#announcing) {
      done += takeSteps(steps, limit - done);
      if (done >= limit) return done;
      this.#announcing.delete(name);
    }
    for (let first = this.#withdrawing[0]; first !== undefined; first = this.#withdrawing[0]) {
      done += takeSteps(first, limit - done);
      if (done >= limit) return done;
      this.#withdrawing.shift();
    }
    return done;
  }
}

/** Fewer than `limit` when there are no more. */
function takeSteps(steps: RouteSteps, limit: number): number {
  let taken = 0;
  while (taken < limit && steps.next().done !== true) taken++;
  return taken;
}
