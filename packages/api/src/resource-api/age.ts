/** How long ago, in the words of kubectl. */

const UNITS = { y: 365 * 86_400, d: 86_400, h: 3600, m: 60, s: 1 } as const;

/**
 * Below so many seconds an age is told in the unit, and in the next smaller one where there is one: as
 * k8s.io/apimachinery/pkg/util/duration.HumanDuration, so that ages read alike wherever they come from.
 */
const STEPS = [
  { below: 2 * UNITS.m, unit: "s", rest: undefined },
  { below: 10 * UNITS.m, unit: "m", rest: "s" },
  { below: 3 * UNITS.h, unit: "m", rest: undefined },
  { below: 8 * UNITS.h, unit: "h", rest: "m" },
  { below: 2 * UNITS.d, unit: "h", rest: undefined },
  { below: 8 * UNITS.d, unit: "d", rest: "h" },
  { below: 2 * UNITS.y, unit: "d", rest: undefined },
  { below: 8 * UNITS.y, unit: "y", rest: "d" },
  { below: Number.POSITIVE_INFINITY, unit: "y", rest: undefined },
] as const;

/** `40s`, `5m30s`, `12m`, `3h20m`, `5d3h`, `400d`. `age` is in milliseconds; the future is `0s`. */
export function ageText(age: number): string {
  const seconds = Math.max(0, Math.floor(age / 1000));
  for (const { below, unit, rest } of STEPS) {
    if (seconds >= below) continue;
    const whole = `${Math.floor(seconds / UNITS[unit])}${unit}`;
    const left = rest === undefined ? 0 : Math.floor((seconds % UNITS[unit]) / UNITS[rest]);
    return left === 0 ? whole : `${whole}${left}${rest}`;
  }
  return "<unknown>";
}
