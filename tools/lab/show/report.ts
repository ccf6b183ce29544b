/** The outcome of the checks: as lines for people, as a file for programs. */
import { writeFileSync } from "node:fs";
import { type CheckOutcome, countOutcomes } from "../checks/outcome.ts";

const MOST_FAULTS = 10;

export function formatOutcome(outcome: CheckOutcome): string {
  const { passed, name, detail } = outcome;
  const shown = detail.slice(0, MOST_FAULTS).map((line) => `        ${line}`);
  const hidden = detail.length - shown.length;
  const more = hidden > 0 ? [`        and ${hidden} more`] : [];
  return [`  ${passed ? "PASS" : "FAIL"}  ${name}`, ...shown, ...more].join("\n");
}

/** `{ "passed": N, "failed": N, "checks": [{ "name", "passed", "detail" }] }` */
export function writeReport(path: string, outcomes: readonly CheckOutcome[]): void {
  const report = { ...countOutcomes(outcomes), checks: outcomes };
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
}
