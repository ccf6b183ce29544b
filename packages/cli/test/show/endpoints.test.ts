import type { EndpointStatusDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatEndpoints } from "../../src/show/endpoints.ts";

const endpoint: EndpointStatusDocument = {
  name: "red/web-1",
  vrf: "red/main",
  subnet: "red/web",
  addresses: ["10.1.0.11", "2001:db8:1::11"],
  mac: "02:00:00:00:00:11",
  state: "Attached",
  hostInterface: "c0123456789",
  workloadNamespace: "w1",
  workloadInterface: "eth0",
  droppedPackets: 12,
};

describe("show endpoints", () => {
  test("prints a line for each endpoint", () => {
    expect(formatEndpoints({ endpoints: [endpoint], ahead: [] })).toBe(`\
Endpoint   VRF       State     Addresses                 MAC                Interface    Workload  Dropped
red/web-1  red/main  Attached  10.1.0.11,2001:db8:1::11  02:00:00:00:00:11  c0123456789  w1:eth0        12
`);
  });

  test("prints dashes for one that is declared only, and why one failed", () => {
    const { hostInterface: _h, workloadNamespace: _n, workloadInterface: _i, ...wired } = endpoint;
    const { droppedPackets: _d, ...rest } = wired;
    const text = formatEndpoints({
      ahead: [],
      endpoints: [
        { ...rest, state: "Declared" },
        { ...rest, name: "red/web-2", state: "Failed", reason: "namespace w2 does not exist" },
      ],
    });
    expect(text).toMatch(/red\/web-1 .* -( +-){2}\n/);
    expect(text).toMatch(/\nred\/web-2: namespace w2 does not exist\n$/);
  });

  test("names those that are on another host still", () => {
    const ahead = [{ name: "red/db-1", workloadNamespace: "w3", workloadInterface: "eth0" }];
    const line =
      "red/db-1: is on another host; attached to w3:eth0 when it is declared for this one\n";
    expect(formatEndpoints({ endpoints: [endpoint], ahead }).endsWith(`12\n${line}`)).toBe(true);
    expect(formatEndpoints({ endpoints: [], ahead })).toBe(
      `No endpoint is declared for this host\n${line}`,
    );
  });

  test("says so when there is none", () => {
    expect(formatEndpoints({ endpoints: [], ahead: [] })).toBe(
      "No endpoint is declared for this host\n",
    );
  });
});
