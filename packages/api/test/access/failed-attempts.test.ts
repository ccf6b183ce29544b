import { expect, test } from "vitest";
import { FailedAttempts } from "../../src/access/failed-attempts.ts";

function attempts(options: { limit?: number; capacity?: number } = {}) {
  let now = 0;
  const counted = new FailedAttempts({ limit: 3, window: 1000, now: () => now, ...options });
  return { counted, wait: (milliseconds: number) => (now += milliseconds) };
}

test("the failures of an address are recorded up to the limit, the last of them as the last", () => {
  const { counted, wait } = attempts();
  expect(counted.fail("10.0.0.1")).toEqual({ kind: "recorded", isLast: false });
  expect(counted.fail("10.0.0.1")).toEqual({ kind: "recorded", isLast: false });
  expect(counted.fail("10.0.0.1")).toEqual({ kind: "recorded", isLast: true });
  wait(400);
  expect(counted.fail("10.0.0.1")).toEqual({ kind: "limited", retryAfterSeconds: 1 });
  expect(counted.fail("10.0.0.2").kind).toBe("recorded");
});

test("a new window begins with a failure after the old one", () => {
  const { counted, wait } = attempts({ limit: 1 });
  counted.fail("10.0.0.1");
  wait(999);
  expect(counted.fail("10.0.0.1").kind).toBe("limited");
  wait(1);
  expect(counted.fail("10.0.0.1").kind).toBe("recorded");
});

test("the addresses of an IPv6 /64 count as one, and IPv4 has one spelling", () => {
  const { counted } = attempts({ limit: 1 });
  for (const [first, second] of [
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
    ["2001:db8::1", "2001:db8:0:0:1:2:3:4"],
    ["fe80::1%eth0", "fe80::2%eth0"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
  ] as const) {
    expect(counted.fail(first).kind).toBe("recorded");
    expect(counted.fail(second).kind).toBe("limited");
  }
  expect(counted.fail("2001:db8:1:3::1").kind).toBe("recorded");
});

test("memory is bounded: the address that has not failed for longest is forgotten", () => {
  const { counted } = attempts({ limit: 1, capacity: 2 });
  for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.3"]) counted.fail(address);
  expect(counted.size).toBe(2);
  expect(counted.fail("10.0.0.1").kind).toBe("limited");
  expect(counted.fail("10.0.0.2").kind).toBe("recorded");
});
