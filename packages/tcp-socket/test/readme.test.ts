import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");

it("the example of the README prints what the README says", () => {
  const blocks = readFileSync(join(PACKAGE, "README.md"), "utf8").matchAll(
    /^```\w*\n(.*?)^```$/gms,
  );
  const [example, output] = [...blocks].map(([, block]) => block ?? "");
  const printed = execFileSync(
    process.execPath,
    ["--conditions=@selvedge/source", "--input-type=module-typescript", "-e", example ?? ""],
    { cwd: PACKAGE, encoding: "utf8", timeout: 20_000 },
  );
  expect(printed).toBe(output);
});
