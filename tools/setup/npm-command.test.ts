import { expect, test } from "vitest";
import { isAcceptedByTools, withNpm } from "./npm-command.mjs";

test.each([
  ["18.20.4", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["21.7.3", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["23.11.1", false],
  ["24.21.0", true],
  ["26.10.0", true],
])("npm on Node %s installs every tool's part for this machine: %s", (version, accepted) => {
  expect(isAcceptedByTools(version)).toBe(accepted);
});

test("on a Node that the tools accept nothing is fetched, and npm runs outside of node_modules", async () => {
  const said: string[] = [];
  await withNpm(
    "/nonexistent",
    (line) => said.push(line),
    async ({ command }) => {
      expect(command).not.toContain("/nonexistent/node_modules");
    },
  );
  expect(said).toEqual([]);
});
