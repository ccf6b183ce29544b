/** Judges how soon attached workloads answered. */
import type { FirstReply } from "../build/workloads.ts";
import { type CheckOutcome, judged } from "./outcome.ts";

/** `limit` in milliseconds. */
export function checkFirstReplies(limit: number, replies: readonly FirstReply[]): CheckOutcome {
  const faults = replies
    .filter(({ elapsed }) => elapsed === undefined || elapsed > limit)
    .map(({ endpoint, from, elapsed }) => {
      const when = elapsed === undefined ? "never" : `only after ${Math.round(elapsed)} ms`;
      return `${endpoint} answered ${from} ${when}`;
    });
  const name = `a workload answers another host within ${limit} ms of the call that attaches it`;
  if (replies.length === 0) {
    return judged(name, ["no two workloads of a VRF: nobody to ask"], "");
  }
  return judged(name, faults, describeFirstReplies(replies));
}

/** Minimum, median and maximum. */
export function describeFirstReplies(replies: readonly FirstReply[]): string {
  const times = replies
    .map(({ elapsed }) => elapsed)
    .filter((elapsed) => elapsed !== undefined)
    .sort((a, b) => a - b);
  const [least, most] = [times[0], times.at(-1)];
  const median = times[Math.floor(times.length / 2)];
  if (least === undefined || median === undefined || most === undefined) return "nobody answered";
  const [low, middle, high] = [least, median, most].map((time) => time.toFixed(1));
  return `${low} / ${middle} / ${high} ms (least / median / most of ${times.length})`;
}
