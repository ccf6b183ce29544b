import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claim, readOwner } from "./owner-file.mjs";
import { identityOf, isAlive, signalProcess } from "./process-identity.mjs";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-owner-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function deadProcess(): Promise<{ pid: number; startTime: number }> {
  const child = spawn("sleep", ["60"]);
  const identity = identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error("sleep did not start");
  child.kill("SIGKILL");
  await once(child, "exit");
  return identity;
}

test("the first to claim owns it until it lets go", () => {
  const path = join(directory, "owner");
  const first = claim(path);
  expect(first.kind).toBe("claimed");
  expect(claim(path)).toEqual({ kind: "held", holder: identityOf(process.pid) });
  if (first.kind === "claimed") first.release();
  expect(existsSync(path)).toBe(false);
});

test("the file of a dead process is taken over, and nothing else is left lying about", async () => {
  const path = join(directory, "owner");
  writeFileSync(path, JSON.stringify(await deadProcess()));
  expect(claim(path).kind).toBe("claimed");
  expect(readOwner(path)).toEqual(identityOf(process.pid));
  expect(readdirSync(directory)).toEqual(["owner"]);
});

test("the pid of the owner with another start time is another process", () => {
  const path = join(directory, "owner");
  writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: 1 }));
  expect(claim(path).kind).toBe("claimed");
});

test("a damaged file is taken over", () => {
  const path = join(directory, "owner");
  writeFileSync(path, "");
  expect(claim(path).kind).toBe("claimed");
});

test("a process that is gone is neither alive nor sent a signal", async () => {
  const gone = await deadProcess();
  expect(isAlive(gone)).toBe(false);
  expect(signalProcess(gone, "SIGTERM")).toBe(false);
});
