/** Figures of repeated measurements: least, median and greatest. */

/** One figure of several runs. */
export interface Figure {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The figure of all samples, rounded to `digits` after the point. */
export function figure(samples: readonly number[], digits: number): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (index: number): number => rounded(sorted[index] ?? Number.NaN, digits);
  return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

/** "0.81 (0.79-0.90)": median, least and greatest. */
export function figureText({ min, median, max }: Figure): string {
  return min === max ? `${median}` : `${median} (${min}-${max})`;
}

/** Rounded to `digits` after the point. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The value that `share` of all samples do not exceed; NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
