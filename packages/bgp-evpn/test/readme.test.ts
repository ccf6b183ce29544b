import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");

/** Every example, with the block that follows it: what it prints. */
function examples(): { readonly example: string; readonly output: string }[] {
  const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, example = ""], index) =>
    language === "ts" ? [{ example, output: blocks[index + 1]?.[2] ?? "" }] : [],
  );
}

it("has three examples", () => {
  expect(examples()).toHaveLength(3);
});

it.each(examples())(
  "example %# of the README prints what the README says",
  ({ example, output }) => {
    const printed = execFileSync(
      process.execPath,
      ["--conditions=@selvedge/source", "--input-type=module-typescript", "-e", example],
      { cwd: PACKAGE, encoding: "utf8", timeout: 20_000 },
    );
    expect(printed).toBe(output);
  },
);
