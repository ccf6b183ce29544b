import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { missingNodeMessage, nodeRuntime } from "../../bin/node-runtime.mjs";

const BIN = fileURLToPath(new URL("../../bin", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the command runs from its sources, without a word of warning", () => {
  const outcome = spawnSync(process.execPath, [join(BIN, "selvedge.mjs"), "--help"], {
    encoding: "utf8",
  });
  expect(outcome.stdout).toContain("Usage: selvedge");
  expect(outcome.stderr).toBe("");
  expect(outcome.status).toBe(0);
});

test("its exit status is that of the program", () => {
  const outcome = spawnSync(process.execPath, [join(BIN, "selvedge.mjs"), "no-such-command"]);
  expect(outcome.status).toBe(2);
});

test("without dependencies it says how to get them", () => {
  const root = mkdtempSync(join(tmpdir(), "selvedge-launcher-test-"));
  try {
    cpSync(BIN, join(root, "bin"), { recursive: true });
    const outcome = spawnSync(process.execPath, [join(root, "bin/selvedge.mjs"), "get", "hosts"], {
      encoding: "utf8",
    });
    expect(outcome.stderr).toContain(`cd ${root} && npm run setup`);
    expect(outcome.status).toBe(1);
  } finally {
    rmSync(root, { recursive: true });
  }
});

const OLD_NODE = { version: "20.19.0", execPath: "/usr/bin/node", platform: "linux", arch: "x64" };

test("the Node that npm brought is preferred, a running new one will do, an old one will not", () => {
  expect(nodeRuntime(ROOT, { ...OLD_NODE, arch: process.arch })).toMatch(
    /node_modules\/node-linux-\w+\/bin\/node$/,
  );
  expect(nodeRuntime("/nowhere", { ...OLD_NODE, version: "24.0.0" })).toBe("/usr/bin/node");
  expect(nodeRuntime("/nowhere", OLD_NODE)).toBeUndefined();
  expect(missingNodeMessage({ ...OLD_NODE, arch: "riscv64" })).toContain("linux riscv64");
});
