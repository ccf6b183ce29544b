/** What a check found. */
export interface CheckOutcome {
  /** What was to hold, as a sentence. */
  readonly name: string;
  readonly passed: boolean;
  /** What was measured; of a failure, what was wrong, one thing a line. */
  readonly detail: readonly string[];
}

export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
}

export function countOutcomes(outcomes: readonly CheckOutcome[]): CheckCounts {
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return { passed, failed: outcomes.length - passed };
}

/** A failure with these faults, or a success with this summary when there are none. */
export function judged(name: string, faults: readonly string[], summary: string): CheckOutcome {
  return faults.length === 0
    ? { name, passed: true, detail: [summary] }
    : { name, passed: false, detail: faults };
}
