import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withProgress } from "../src/progress.ts";

let written: string;
const io = (isTerminal: boolean) => ({
  isTerminal,
  stderr: (text: string) => {
    written += text;
  },
});

beforeEach(() => {
  written = "";
  vi.useFakeTimers();
});

afterEach(() => void vi.useRealTimers());

async function during(milliseconds: number, isTerminal: boolean): Promise<string> {
  const work = Promise.withResolvers<string>();
  const done = withProgress(
    io(isTerminal),
    () => "at work",
    () => work.promise,
  );
  await vi.advanceTimersByTimeAsync(milliseconds);
  const shown = written;
  work.resolve("result");
  expect(await done).toBe("result");
  return shown;
}

test("nothing is said of what is soon done", async () => {
  expect(await during(900, true)).toBe("");
  expect(written).toBe("");
});

test("what takes longer is told on a terminal, and taken away at the end", async () => {
  expect(await during(1100, true)).toBe("\r\u001b[Kat work");
  expect(written).toBe("\r\u001b[Kat work\r\u001b[K");
});

test("a file or a pipe gets nothing of it", async () => {
  expect(await during(5000, false)).toBe("");
});
