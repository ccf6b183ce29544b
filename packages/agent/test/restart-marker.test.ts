import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgetStart, isRestart, markStarted } from "../src/restart-marker.ts";

test("a start is a restart from the second on, until it is forgotten or the machine has booted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "selvedge-marker-"));
  try {
    expect(await isRestart(directory)).toBe(false);
    await markStarted(directory);
    expect(await isRestart(directory)).toBe(true);
    await forgetStart(directory);
    expect(await isRestart(directory)).toBe(false);
    await forgetStart(directory);
    await writeFile(join(directory, "started"), "fd0b1ed7-0000-4000-8000-000000000000\n");
    expect(await isRestart(directory)).toBe(false);
  } finally {
    await rm(directory, { recursive: true });
  }
});
