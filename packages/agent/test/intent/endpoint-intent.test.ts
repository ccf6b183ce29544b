import { parseMacAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { endpointIntent } from "../../src/intent/endpoint-intent.ts";
import { endpoint, subnet } from "../fixtures.ts";

const web = subnet("red", "web", "main", ["10.1.0.0/24"]);

describe("the intent of an endpoint", () => {
  test("keeps a declared MAC address", () => {
    const declared = endpoint("red", "web-1", "web", "h1", ["10.1.0.11"]);
    declared.spec.mac = parseMacAddress("02:00:00:00:00:11");
    expect(endpointIntent(declared, web).mac).toBe("02:00:00:00:00:11");
  });

  test("derives one otherwise that is unicast, local, and the same wherever the workload runs", () => {
    const macOn = (hostName: string) =>
      endpointIntent(endpoint("red", "web-1", "web", hostName, ["10.1.0.11"]), web).mac;
    expect(macOn("h1")).toBe(macOn("h2"));
    expect(Number.parseInt(macOn("h1").slice(0, 2), 16) & 0b11).toBe(0b10);
  });
});
