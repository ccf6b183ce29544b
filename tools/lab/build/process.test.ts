import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Journal } from "../state/journal.ts";
import { LabProcess } from "./process.ts";

const NAME = `svt-process-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
let directory = "";
let namespace: NetworkNamespace | undefined;

beforeAll(async () => {
  if (process.geteuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  await primeThreadPool();
  directory = mkdtempSync(join(tmpdir(), "selvedge-process-test-"));
  namespace = NetworkNamespace.create(NAME);
});

afterAll(() => {
  namespace?.close();
  NetworkNamespace.delete(NAME);
  rmSync(directory, { recursive: true });
});

function start(name: string, command: readonly [string, ...string[]]): LabProcess {
  if (namespace === undefined) throw new Error("no namespace");
  const journal = new Journal(join(directory, name));
  const options = { role: name, namespace, command, stdout: "pipe", stderr: "pipe" } as const;
  return LabProcess.start(options, journal);
}

test("runs in the namespace, and is in the journal before it does anything", async () => {
  const journal = join(directory, "inside");
  const script = `cat ${journal}; stat -L -c "%d:%i" /proc/self/ns/net`;
  const process = start("inside", ["sh", "-c", script]);
  if (process.stdout === null) throw new Error("no output");
  const [line, id] = (await text(process.stdout)).trim().split("\n");
  expect(JSON.parse(line ?? "")).toMatchObject({ kind: "process", pid: process.pid });
  expect(id).toBe(namespace?.id);
  expect(await process.ended).toEqual({ code: 0, signal: null });
  expect(readFileSync(journal, "utf8").trim()).toBe(line);
});

test("can be asked whether it runs, and be ended", async () => {
  const process = start("sleep", ["sleep", "60"]);
  expect(process.isRunning).toBe(true);
  process.signal("SIGKILL");
  expect((await process.ended).signal).toBe("SIGKILL");
  expect(process.isRunning).toBe(false);
});

test("a command that is not there ends with the shell's words", async () => {
  const process = start("missing", ["/nonexistent/command"]);
  if (process.stderr === null) throw new Error("no output");
  expect(await text(process.stderr)).toContain("not found");
  expect((await process.ended).code).toBe(127);
});

test("does not become the program when the lab ends before the word", async () => {
  // What LabProcess starts, without a word through the pipe.
  const child = spawn(
    "/bin/sh",
    ["-c", 'read -r word <&3 && exec "$@" 3<&-', "sh", "echo", "should not be said"],
    { stdio: ["ignore", "pipe", "inherit", "pipe"] },
  );
  if (child.stdout === null) throw new Error("no output");
  const said = text(child.stdout);
  child.stdio[3]?.destroy();
  const [code] = await once(child, "exit");
  expect(code).not.toBe(0);
  expect(await said).toBe("");
});
