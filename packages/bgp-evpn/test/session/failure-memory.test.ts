import { parseIpAddress } from "@selvedge/net";
import { expect, it } from "vitest";
import {
  FAILURE_MEMORY_MS,
  FAILURE_MEMORY_SIZE,
  FailureMemory,
} from "../../src/session/failure-memory.ts";
import { FakeClock } from "./fake-clock.ts";

const A = parseIpAddress("10.0.0.1");
const B = parseIpAddress("10.0.0.2");

it("a neighbour that comes back has its failures, once", () => {
  const memory = new FailureMemory(new FakeClock());
  memory.note(A, 3);
  memory.note(B, 1);
  memory.note(B, 0);
  expect([memory.take(A), memory.take(A), memory.take(B)]).toEqual([3, 0, 0]);
});

it("failures are forgotten in time", () => {
  const clock = new FakeClock();
  const memory = new FailureMemory(clock);
  memory.note(A, 3);
  memory.note(B, 3);
  clock.advance(FAILURE_MEMORY_MS - 1);
  expect(memory.take(A)).toBe(3);
  clock.advance(1);
  expect(memory.take(B)).toBe(0);
});

it("there is room for so many neighbours, and the oldest make room", () => {
  const memory = new FailureMemory(new FakeClock());
  memory.note(A, 3);
  memory.note(B, 3);
  memory.note(A, 4);
  for (let n = 0; n < FAILURE_MEMORY_SIZE - 1; n++) {
    memory.note(parseIpAddress(`10.${1 + (n >> 8)}.0.${n & 255}`), 1);
  }
  expect([memory.take(A), memory.take(B)]).toEqual([4, 0]);
});
