import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandsPage } from "./commands-reference.ts";

const path = join(import.meta.dirname, "../../docs/commands.md");

test("docs/commands.md is what the commands say; after a change: npm test -- tools/docs -u", async () => {
  await expect(commandsPage(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
});

test("what is written by hand around the reference stays", () => {
  const page = readFileSync(path, "utf8");
  const changed = commandsPage(page.replace("# Commands\n", "# Commands, all of them\n"));
  expect(changed).toContain("# Commands, all of them\n");
  expect(changed).toContain("### selvedge get &lt;kinds> \\[names...]\n");
  expect(changed).not.toContain("__complete");
});

test("a page without the marks is said", () => {
  expect(() => commandsPage("# Commands\n")).toThrow("there is no <!-- begin");
});
