import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TokenRecord } from "../../src/access/token.ts";
import { changeTokenFile, readTokenFile } from "../../src/access/token-file.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-tokens-"));
  path = join(directory, "tokens.yaml");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function record(id: string, more: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    user: "alice",
    groups: ["selvedge:operators"],
    sha256: "0".repeat(64),
    created: "2026-01-01T00:00:00Z",
    ...more,
  };
}

describe("changeTokenFile", () => {
  test("makes a file that is the owner's alone, and leaves nothing beside it", async () => {
    const made = record("00000001", { expires: "2026-02-01T00:00:00Z" });
    await changeTokenFile(path, () => [made]);
    expect(await readTokenFile(path)).toEqual([made]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["tokens.yaml"]);
  });

  test("loses no change of many at the same time: each is made, or refused", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        changeTokenFile(path, (records) => [...records, record(`0000000${index}`)]),
      ),
    );
    const made = outcomes.filter(({ status }) => status === "fulfilled");
    expect(await readTokenFile(path)).toHaveLength(made.length);
    const [refused] = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    expect(refused).toContain("is being changed by another process");
  });

  test("leaves the file as it was when the change fails", async () => {
    await changeTokenFile(path, () => [record("00000001")]);
    const broken = changeTokenFile(path, () => {
      throw new Error("no such token");
    });
    await expect(broken).rejects.toThrow("no such token");
    expect(await readTokenFile(path)).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(["tokens.yaml"]);
  });
});

describe("readTokenFile", () => {
  test.each([
    ["tokens: [", "is not YAML"],
    ["", "expected object"],
    ["tokens: {}", "tokens"],
    ["tokens: [{ id: '1' }]", "tokens.0.id: write eight hexadecimal digits"],
    ["tokens: []\nmore: 1", "more"],
    ["a: &a []\ntokens: *a", "without aliases"],
  ])("refuses %j", async (text, reason) => {
    writeFileSync(path, text, { mode: 0o600 });
    await expect(readTokenFile(path)).rejects.toThrow(reason);
  });

  test.each([
    [[record("00000001", { groups: ["admins"] })], '"admins" gives no role'],
    [[record("00000001", { expires: "tomorrow" })], "write a time such as"],
    [[record("00000001"), record("00000001", { user: "bob" })], "the same id"],
  ])("refuses records that are wrong: %#", async (tokens, reason) => {
    writeFileSync(path, JSON.stringify({ tokens }), { mode: 0o600 });
    await expect(readTokenFile(path)).rejects.toThrow(reason);
  });

  test("refuses a file that others may write", async () => {
    await changeTokenFile(path, () => []);
    chmodSync(path, 0o620);
    await expect(readTokenFile(path)).rejects.toThrow(`run chmod 600 ${path}`);
  });

  test("says of a file that is not there that it is not", async () => {
    await expect(readTokenFile(path)).rejects.toThrow("no such file");
  });
});
