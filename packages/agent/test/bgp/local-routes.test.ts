import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import type { EndpointStatus } from "@selvedge/vxlan-dataplane";
import { describe, expect, test } from "vitest";
import { LocalRouteTable } from "../../src/bgp/local-routes.ts";

const status = (name: string, vrf: string, address: string, attached = true): EndpointStatus => ({
  name,
  vrf,
  bridgeDomain: undefined,
  addresses: [parseIpAddress(address)],
  mac: parseMacAddress("02:00:00:00:00:01"),
  workload: { namespace: "w", interface: "eth0" },
  state: attached
    ? { kind: "attached", hostInterface: "c1", hostIndex: 2 }
    : { kind: "not-attached", reason: "workload-namespace-missing", message: "gone" },
  failures: [],
});

describe("the local routes", () => {
  test("are host routes of attached endpoints, each originated once", () => {
    const table = new LocalRouteTable();
    const endpoints = [
      status("red/a", "red/main", "10.1.0.1"),
      status("red/b", "red/main", "2001:db8::1"),
      status("red/c", "red/main", "10.1.0.3", false),
    ];
    expect(table.follow(endpoints)).toEqual([
      { kind: "originate", vrf: "red/main", prefix: "10.1.0.1/32" },
      { kind: "originate", vrf: "red/main", prefix: "2001:db8::1/128" },
    ]);
    expect(table.follow(endpoints)).toEqual([]);
    expect([...table.of("red/main")]).toEqual(["10.1.0.1/32", "2001:db8::1/128"]);
  });

  test("of equal addresses in two VRFs are two routes", () => {
    const table = new LocalRouteTable();
    table.follow([
      status("red/a", "red/main", "10.1.0.1"),
      status("blue/a", "blue/main", "10.1.0.1"),
    ]);
    expect(table.follow([status("blue/a", "blue/main", "10.1.0.1")])).toEqual([
      { kind: "withdraw", vrf: "red/main", prefix: "10.1.0.1/32" },
    ]);
  });

  test("are withdrawn when the workload goes, before others are originated", () => {
    const table = new LocalRouteTable();
    table.follow([status("red/a", "red/main", "10.1.0.1")]);
    expect(
      table.follow([
        status("red/a", "red/main", "10.1.0.1", false),
        status("red/b", "red/main", "10.1.0.2"),
      ]),
    ).toEqual([
      { kind: "withdraw", vrf: "red/main", prefix: "10.1.0.1/32" },
      { kind: "originate", vrf: "red/main", prefix: "10.1.0.2/32" },
    ]);
  });

  test("are none for endpoints of bridged subnets, which are host routes by their route type 2", () => {
    const bridged = { ...status("red/a", "red/main", "10.1.5.1"), bridgeDomain: "red/lan" };
    expect(new LocalRouteTable().follow([bridged])).toEqual([]);
  });
});
