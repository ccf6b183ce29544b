import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readPassword } from "../src/password-file.ts";

const directory = mkdtempSync(join(tmpdir(), "svt-password-"));
const file = join(directory, "password");

afterAll(() => rmSync(directory, { recursive: true }));

const reading = (text: string) => {
  writeFileSync(file, text);
  return readPassword(file);
};

describe("the password in a file", () => {
  test.each([
    ["s3cret", "s3cret"],
    ["s3cret\n", "s3cret"],
    ["s3cret\r\n", "s3cret"],
    [" with spaces ", " with spaces "],
  ])("%j is %j", (text, password) => {
    expect(reading(text)).toEqual({ kind: "password", password });
  });

  test.each([
    ["", "has 0 octets; it must have 1 to 80"],
    ["\n", "has 0 octets; it must have 1 to 80"],
    ["\u00e9".repeat(41), "has 82 octets; it must have 1 to 80"],
    ["hunter2\nhunter3\n", "there is more than one line"],
  ])("%j is none, and the reason does not tell it", (text, reason) => {
    const result = reading(text);
    expect(result).toEqual({ kind: "refused", reason: expect.stringContaining(reason) });
    expect(JSON.stringify(result)).not.toContain("hunter");
  });

  test("that is not there is named", () => {
    const result = readPassword(join(directory, "none"));
    expect(result).toMatchObject({ kind: "refused", reason: expect.stringContaining("ENOENT") });
  });
});
