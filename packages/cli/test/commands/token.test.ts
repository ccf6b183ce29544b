import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../run.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-token-"));
  file = join(directory, "tokens.yaml");
});

afterEach(() => rmSync(directory, { recursive: true }));

const token = (...args: readonly string[]) => run(["token", ...args, "--file", file]);
const admin = ["--user", "alice", "--role", "tenant-admin", "--tenant", "red"];

test("a token is printed once, and only what it is good for is kept", async () => {
  const made = await token("create", ...admin, "--expires", "90d");
  expect(made).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^selvedge\.[0-9a-f]{8}\.[A-Za-z0-9_-]{43}\n$/),
    stderr: expect.stringMatching(
      /^token [0-9a-f]{8} of alice \(tenant-admin of red\) expires .*Z; it is not shown again\n$/,
    ),
  });
  expect(readFileSync(file, "utf8")).not.toContain(made.stdout.trim().slice(20));
  const [, id = ""] = made.stdout.split(".");
  const { stdout } = await token("list");
  expect(stdout).toMatch(/^ID +USER +ROLES +CREATED +EXPIRES\n/);
  expect(stdout).toContain(`${id}  alice  tenant-admin of red  `);
});

test("tokens are revoked, all of those named or none", async () => {
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) {
    const { stdout } = await token("create", "--user", "olga", "--role", "operator");
    ids.push(stdout.split(".")[1] ?? "");
  }
  const [first = "", second = "", third = ""] = ids;
  expect(await token("revoke", first, "00000000")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`${file} has no token 00000000; `),
  });
  expect(await token("revoke", first, second)).toMatchObject({
    exitCode: 0,
    stdout: `token ${first} revoked\ntoken ${second} revoked\n`,
  });
  const { stdout } = await token("list");
  expect(stdout).toContain(third);
  expect(stdout).not.toContain(first);
});

test.each([
  [["create", "--user", "a", "--role", "tenant-admin"], "--tenant is missing"],
  [["create", "--user", "a", "--role", "operator", "--tenant", "red"], "an operator has no tenant"],
  [["create", "--user", "a", "--role", "tenant-viewer", "--tenant", "R"], "is not the name of a"],
  [["create", "--user", "a", "--role", "god"], "Allowed choices are operator"],
  [["create", ...admin, "--expires", "soon"], "write 90d, 12h, 2030-01-31 or never"],
  [["create", "--role", "operator"], "--user"],
])("wrong usage is said: %j", async (args, message) => {
  const ended = await token(...args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ended.stderr).toContain(message);
});

test("a file that is not there is said", async () => {
  expect(await token("list")).toMatchObject({
    exitCode: 2,
    stderr: `selvedge: there are no tokens at ${file}; \`selvedge token create\` makes the file, --file names another\n`,
  });
});
