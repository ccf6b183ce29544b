/**
 * How long one `apply` may go on, so that an event loop gets its turn in between.
 */

/** How long one `apply` may go on. */
export interface ApplyBudget {
  /** After this many milliseconds no further step is begun. A step is one batch, endpoint or read-back. */
  readonly milliseconds: number;
}

/** A budget being used up. */
export interface Deadline {
  readonly exhausted: () => boolean;
}

/** Starts the clock. Without a budget it never runs out. `now` is in milliseconds, from any origin. */
export function startDeadline(budget: ApplyBudget | undefined, now: () => number): Deadline {
  if (budget === undefined) {
    return { exhausted: () => false };
  }
  const end = now() + budget.milliseconds;
  return { exhausted: () => now() >= end };
}
