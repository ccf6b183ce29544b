import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/access/audit-entry.ts";
import { AuditLog, type AuditSink, fileSink, streamSink } from "../../src/access/audit-log.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-audit-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function entry(name: string): AuditEntry {
  return { time: "", request: "r", verb: "update", resource: "vrfs", name, outcome: "made" };
}

function auditLog(sink: AuditSink, capacity?: number) {
  const losses: string[] = [];
  const log = new AuditLog({
    sink,
    required: false,
    onLoss: ({ message }, entries) => losses.push(`${entries}: ${message}`),
    ...(capacity === undefined ? {} : { capacity }),
  });
  return { log, losses };
}

function namesIn(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const parsed: { name?: string; lost?: number } = JSON.parse(line);
      return parsed.name ?? `lost ${parsed.lost}`;
    });
}

/** Takes lines when it is told to. */
class SlowSink implements AuditSink {
  text = "";
  #waiting: { lines: string; settle: (error?: Error) => void }[] = [];

  append(lines: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error === undefined ? resolve() : reject(error));
      this.#waiting.push({ lines, settle });
    });
  }

  async next(error?: Error): Promise<void> {
    while (this.#waiting.length === 0) await Promise.resolve();
    const { lines, settle } = this.#waiting.shift() ?? { lines: "", settle: () => undefined };
    if (error === undefined) this.text += lines;
    settle(error);
  }

  reopen(): void {}
  async close(): Promise<void> {}
}

describe("a file", () => {
  test("gets every entry in order, with its directory, for its owner's eyes", async () => {
    const path = join(directory, "log", "audit.jsonl");
    const { log, losses } = auditLog(fileSink(path));
    const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => log.write(entry(name))));
    await log[Symbol.asyncDispose]();
    expect(namesIn(readFileSync(path, "utf8"))).toEqual(names);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(losses).toEqual([]);
  });

  test("is the one of that name after reopen, so that the old one can be moved away", async () => {
    const path = join(directory, "audit.jsonl");
    const { log } = auditLog(fileSink(path));
    await log.write(entry("a"));
    renameSync(path, `${path}.1`);
    await log.write(entry("b"));
    expect(existsSync(path)).toBe(false);
    log.reopen();
    await log.write(entry("c"));
    await log[Symbol.asyncDispose]();
    expect(namesIn(readFileSync(`${path}.1`, "utf8"))).toEqual(["a", "b"]);
    expect(namesIn(readFileSync(path, "utf8"))).toEqual(["c"]);
  });

  test("that cannot be written is reported, and counted in the log once it can", async () => {
    const path = join(directory, "audit.jsonl");
    mkdirSync(path);
    const { log, losses } = auditLog(fileSink(path));
    await expect(log.write(entry("a"))).rejects.toThrow("the audit log cannot be written: EISDIR");
    await expect(log.write(entry("b"))).rejects.toThrow("EISDIR");
    rmSync(path, { recursive: true });
    await log.write(entry("c"));
    await log.write(entry("d"));
    expect(losses).toHaveLength(2);
    expect(namesIn(readFileSync(path, "utf8"))).toEqual(["lost 2", "c", "d"]);
  });

  test("that ends within a line gets a new line first", async () => {
    const path = join(directory, "audit.jsonl");
    const sink = fileSink(path);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "in the way");
    await expect(sink.append("x\n")).rejects.toThrow("ENOTDIR");
    rmSync(directory);
    mkdirSync(directory);
    writeFileSync(path, '{"torn":');
    await sink.append("y\n");
    await sink.close();
    expect(readFileSync(path, "utf8")).toBe('{"torn":\ny\n');
  });
});

describe("what takes lines slowly", () => {
  test("gets those that wait in one go", async () => {
    const sink = new SlowSink();
    const { log } = auditLog(sink);
    const first = log.write(entry("a"));
    await sink.next();
    await first;
    const others = [log.write(entry("b")), log.write(entry("c"))];
    await sink.next();
    await Promise.all(others);
    expect(namesIn(sink.text)).toEqual(["a", "b", "c"]);
  });

  test("makes entries beyond the capacity fail at once, and they are counted", async () => {
    const sink = new SlowSink();
    const { log, losses } = auditLog(sink, 2);
    const writing = log.write(entry("a"));
    await Promise.resolve();
    await Promise.resolve();
    const waiting = [log.write(entry("b")), log.write(entry("c"))];
    await expect(log.write(entry("d"))).rejects.toThrow("2 entries wait");
    expect(losses).toEqual(["1: 2 entries wait to be written already"]);
    await sink.next();
    await sink.next();
    await Promise.all([writing, ...waiting]);
    expect(namesIn(sink.text)).toEqual(["a", "lost 1", "b", "c"]);
  });

  test("is not waited for without end by what must be recorded first", async () => {
    const sink = new SlowSink();
    const log = new AuditLog({ sink, required: true, onLoss: () => undefined, patience: 10 });
    const first = log.writeFirst(entry("a"));
    await expect(first).rejects.toThrow("the audit log was not written within 0.01 s");
    await sink.next();
    const second = log.writeFirst(entry("b"));
    await sink.next();
    await second;
    expect(namesIn(sink.text)).toEqual(["a", "b"]);
  });

  test("is waited for when the log ends", async () => {
    const sink = new SlowSink();
    const { log } = auditLog(sink);
    const written = log.write(entry("a"));
    const ended = log[Symbol.asyncDispose]();
    await sink.next();
    await Promise.all([written, ended]);
    expect(namesIn(sink.text)).toEqual(["a"]);
  });
});

test("a stream gets the same lines", async () => {
  const stream = new PassThrough();
  const { log } = auditLog(streamSink(stream));
  await log.write(entry("a"));
  expect(namesIn(String(stream.read()))).toEqual(["a"]);
});
