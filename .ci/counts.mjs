/**
 * Prints "PASSED FAILED" of a report: of vitest's JSON reporter, or of the lab's --report. Ends with
 * status 1 when there is no report. A test file that could not be loaded counts as one failure.
 */
import { existsSync, readFileSync } from "node:fs";

/** @param {string} path */
function countsOf(path) {
  const report = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(report.testResults)) return [report.passed, report.failed];
  const unloaded = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === "failed" && file.assertionResults.length === 0,
  );
  return [report.numPassedTests, report.numFailedTests + unloaded.length];
}

const [path = ""] = process.argv.slice(2);
if (existsSync(path)) process.stdout.write(`${countsOf(path).join(" ")}\n`);
else process.exitCode = 1;
