import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NETWORK } from "../declared.ts";
import { run } from "../run.ts";

let directory: string;
let datastore: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-label-"));
  datastore = ["--datastore", join(directory, "datastore.db")];
  await run(["apply", "-f", "-", ...datastore], NETWORK);
});

afterEach(() => rmSync(directory, { recursive: true }));

const label = (...args: readonly string[]) => run(["label", ...args, ...datastore]);
const web1 = ["endpoint", "web-1", "-n", "red"];

async function metadata(): Promise<{ labels?: object; annotations?: object }> {
  const { stdout } = await run(["get", ...web1, "-o", "json", ...datastore]);
  return JSON.parse(stdout).metadata;
}

test("sets and removes in one change, and leaves the rest", async () => {
  expect(await label(...web1, "tier=front", "example.com/team=a")).toEqual({
    exitCode: 0,
    stdout: "endpoints/red/web-1 labeled\n",
    stderr: "",
  });
  await label(...web1, "tier-", "empty=");
  expect((await metadata()).labels).toEqual({ role: "web", "example.com/team": "a", empty: "" });
});

test("says when nothing changes", async () => {
  expect((await label(...web1, "role=web", "nothing-")).stdout).toBe(
    "endpoints/red/web-1 unchanged\n",
  );
});

test("gives another value only when told to", async () => {
  const refused = await label(...web1, "role=db");
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toContain("has role=web already; --overwrite makes it role=db");
  expect((await label(...web1, "role=db", "--overwrite")).exitCode).toBe(0);
  expect((await metadata()).labels).toEqual({ role: "db" });
});

test("looks again when somebody else has changed it meanwhile", async () => {
  const names = ["a", "b", "c", "d"];
  const all = await Promise.all(names.map((name) => label(...web1, `${name}=1`)));
  expect(all.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(names.map(() => [0, ""]));
  expect((await metadata()).labels).toEqual({ role: "web", a: "1", b: "1", c: "1", d: "1" });
});

test("does what it can of several, with exit code 4", async () => {
  const some = await label("ep", "db-1", "web-1", "web-9", "-n", "red", "role=db");
  expect(some).toMatchObject({ exitCode: 4, stdout: "endpoints/red/db-1 unchanged\n" });
  expect(some.stderr).toContain("2 of 3 failed");
  expect((await label("ep", "--all", "-A", "seen=yes")).stdout.split("\n")).toHaveLength(5);
  expect((await label("ep", "-l", "role=db", "-n", "red", "seen-")).stdout).toContain("db-1");
});

test("as a dry run says what would be", async () => {
  const dry = await label(...web1, "a=b", "--dry-run", "server", "-o", "yaml");
  expect(dry.stdout).toContain("    a: b\n");
  expect((await metadata()).labels).toEqual({ role: "web" });
});

test("annotate does the same to annotations, which may say anything", async () => {
  const note = "kept by team A = since 2026";
  const { stdout } = await run(["annotate", ...web1, `owner=${note}`, ...datastore]);
  expect(stdout).toBe("endpoints/red/web-1 annotated\n");
  expect((await metadata()).annotations).toEqual({ owner: note });
  await run(["annotate", ...web1, "owner-", ...datastore]);
  expect(await metadata()).not.toHaveProperty("annotations");
});

test.each([
  [[...web1], 2, "NAME=VALUE sets one, NAME- removes it"],
  [["a=b"], 2, "name a kind"],
  [["ep", "-n", "red", "a=b"], 2, "name them, or select them"],
  [["ep", "--all", "a=b"], 2, "-n TENANT, or all of them with -A"],
  [["ep", "-l", "role=none", "-n", "red", "a=b"], 2, "nothing that the selector is for"],
  [["ep", "a=b", "web-1", "-n", "red"], 2, "names of resources come before"],
  [[...web1, "a=b", "a-"], 2, "to be changed twice"],
  [[...web1, "a=b c"], 1, "is not the value of a label"],
  [[...web1, "=b"], 1, "is not the key of a label"],
])("%j is refused with exit code %d", async (args, exitCode, message) => {
  const ended = await label(...args);
  expect(ended).toMatchObject({ exitCode, stdout: "" });
  expect(ended.stderr).toContain(message);
});
