/** The scripts in real shells, against a real datastore. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMPLETION_SCRIPTS, SHELLS } from "../../src/completion/scripts.ts";
import { NETWORK } from "../declared.ts";
import { run } from "../run.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const FLAGS = "--conditions=@selvedge/source --disable-warning=ExperimentalWarning";

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-completion-"));
  const command = join(directory, "selvedge");
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' ${FLAGS} '${MAIN}' "$@"\n`);
  chmodSync(command, 0o755);
  await run(["apply", "-f", "-", "--datastore", join(directory, "datastore.db")], NETWORK);
});

afterAll(() => rmSync(directory, { recursive: true }));

function shell(name: string, args: readonly string[]) {
  return spawnSync(name, args, {
    encoding: "utf8",
    env: {
      PATH: `${directory}:${process.env["PATH"]}`,
      SELVEDGE_DATASTORE: join(directory, "datastore.db"),
    },
  });
}

/** What bash would offer after the words, as readline hands them over. */
function completeInBash(...words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const program = [
    "set -u; source <(selvedge completion bash)",
    `COMP_WORDS=(selvedge ${quoted}) COMP_CWORD=${words.length}`,
    "_selvedge",
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join("\n");
  const { stdout, stderr } = shell("bash", ["--norc", "-c", program]);
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

test.each([
  [["get", "ep", "web-1", "-n", "red", "w"], ["web-2"]],
  [
    ["describe", "subnets/"],
    ["subnets/blue/web", "subnets/red/web"],
  ],
  [
    ["get", "ep", "-n", ""],
    ["blue", "red"],
  ],
  [["get", "ep", "--output", "=", "ya"], ["yaml"]],
])("bash completes %j with %j", (words, expected) => {
  expect(completeInBash(...words)).toEqual(expected);
});

test("each script is one that its shell takes, where that is installed", () => {
  for (const name of SHELLS) {
    const path = join(directory, `script.${name}`);
    writeFileSync(path, COMPLETION_SCRIPTS[name]);
    const { error, status, stderr } = shell(name, ["-n", path]);
    if (error !== undefined && "code" in error && error.code === "ENOENT") continue;
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: "" });
  }
});

test.each(SHELLS)("the script of %s is printed, and asks the hidden command", async (name) => {
  const { stdout } = await run(["completion", name]);
  expect(stdout).toContain("__complete -- ");
});

test("another shell is refused with those that there are", async () => {
  const { exitCode, stderr } = await run(["completion", "tcsh"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
