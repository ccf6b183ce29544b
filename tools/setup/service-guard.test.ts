import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withoutServiceStarts } from "./service-guard.mjs";

let directory = "";
let policy = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-guard-test-"));
  policy = join(directory, "policy-rc.d");
});
afterEach(() => rmSync(directory, { recursive: true }));

const inForce = (): Promise<string> => Promise.resolve(readFileSync(policy, "utf8"));

test("while packages are installed the policy refuses every start", async () => {
  expect(await withoutServiceStarts(inForce, policy)).toMatch(/\nexit 101\n$/);
  expect(readdirSync(directory)).toEqual([]);
});

test("a policy that was there is put back as it was", async () => {
  writeFileSync(policy, "#!/bin/sh\nexit 0\n", { mode: 0o700 });
  expect(await withoutServiceStarts(inForce, policy)).toContain("exit 101");
  expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 0\n");
  expect(readdirSync(directory)).toEqual(["policy-rc.d"]);
});

test("a policy that is a dangling link stays that link", async () => {
  symlinkSync("/nowhere", policy);
  await withoutServiceStarts(inForce, policy);
  expect(readlinkSync(policy)).toBe("/nowhere");
});

test("a failing installation puts it back too", async () => {
  writeFileSync(policy, "before");
  const failing = withoutServiceStarts(() => Promise.reject(new Error("no space")), policy);
  await expect(failing).rejects.toThrow("no space");
  expect(readFileSync(policy, "utf8")).toBe("before");
});

test("what a killed set-up left is put right by the next one", async () => {
  writeFileSync(policy, "before");
  let left = "";
  await withoutServiceStarts(async () => {
    left = await inForce();
  }, policy);
  // As after SIGKILL in the middle: ours in force, the other one saved.
  writeFileSync(`${policy}.before-selvedge`, "before");
  writeFileSync(policy, left);
  await withoutServiceStarts(inForce, policy);
  expect(readFileSync(policy, "utf8")).toBe("before");

  // The same where there was none before.
  rmSync(policy);
  writeFileSync(policy, left);
  await withoutServiceStarts(inForce, policy);
  expect(existsSync(policy)).toBe(false);
});
