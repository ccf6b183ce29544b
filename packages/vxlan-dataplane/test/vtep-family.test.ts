import { parseIpAddress } from "@selvedge/net";
import { expect, it } from "vitest";
import { isReachable, unreachableVteps } from "../src/vtep-family.ts";

const ip = parseIpAddress;

it("lets a VTEP send to those of its own family", () => {
  expect(isReachable(ip("10.0.0.1"), ip("10.0.0.2"))).toBe(true);
  expect(isReachable(ip("2001:db8::1"), ip("2001:db8::2"))).toBe(true);
  expect(isReachable(ip("10.0.0.1"), ip("2001:db8::2"))).toBe(false);
  expect(isReachable(ip("2001:db8::1"), ip("10.0.0.2"))).toBe(false);
});

it("names both ends of what cannot be sent", () => {
  const vteps = ["10.0.0.2", "2001:db8::2"].map(ip);
  expect([...unreachableVteps(ip("10.0.0.1"), vteps)]).toEqual([
    [
      "2001:db8::2",
      "nothing can be sent to VTEP 2001:db8::2 from 10.0.0.1, the VTEP of this host: one address is IPv4, the other IPv6",
    ],
  ]);
});
