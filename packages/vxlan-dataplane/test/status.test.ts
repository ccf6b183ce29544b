import {
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseVni,
} from "@selvedge/net";
import { NetlinkError } from "@selvedge/netlink";
import { beforeEach, describe, expect, it } from "vitest";
import { Dataplane } from "../src/index.ts";
import { ModelKernel } from "./model/kernel.ts";

const vtep = parseIpAddress("10.0.0.1");
const log = { info: () => undefined, debug: () => undefined };

describe("the views of a dataplane", () => {
  let dataplane: Dataplane;
  let kernel: ModelKernel;

  beforeEach(() => {
    kernel = new ModelKernel();
    dataplane = new Dataplane({ kernel, log });
    dataplane.setVrf({
      name: "red/main",
      namespace: "vrf.red.main",
      l3vni: parseVni(5001),
      vtep,
      routerMac: macFromVtep(vtep),
      routerAddresses: [parseIpAddress("100.64.0.1")],
      gateways: [],
      aggregates: [],
      mtu: 1450,
    });
    dataplane.markSynced();
  });

  it("show a VRF as pending until it is in the kernel", () => {
    expect(dataplane.vrfs()).toMatchObject([{ state: "pending", device: undefined }]);
    dataplane.apply();
    expect(dataplane.vrfs()).toMatchObject([
      { state: "ready", device: { name: "vx5001", up: true }, failures: [] },
    ]);
  });

  it("show the MACs of bridge domains that are behind other VTEPs, with their addresses", () => {
    const mac = parseMacAddress("02:00:00:00:00:0a");
    const other = parseMacAddress("02:00:00:00:00:0b");
    const [one, two] = [parseIpAddress("10.1.5.9"), parseIpAddress("2001:db8::9")];
    const remote = parseIpAddress("10.0.0.2");
    dataplane.setRemoteMac("red/main", "red/lan", mac, remote);
    dataplane.setRemoteMac("red/main", "red/lan", other, remote);
    dataplane.setRemoteNeighbour("red/main", "red/lan", one, mac);
    dataplane.setRemoteNeighbour("red/main", "red/lan", two, mac);
    const head = { vrf: "red/main", bridgeDomain: "red/lan", vtep: remote };
    expect(dataplane.remoteMacs()).toEqual([
      { ...head, mac, addresses: [one, two] },
      { ...head, mac: other, addresses: [] },
    ]);
    expect([...dataplane.remoteVteps()]).toEqual([[remote, ["red/main"]]]);
  });

  it("name VTEPs that cannot be reached because their addresses are of the other family", () => {
    const other = parseIpAddress("2001:db8::2");
    const nextHops = [{ vtep: other, routerMac: macFromVtep(other) }];
    dataplane.setRoute("red/main", { prefix: parseIpPrefix("10.1.0.9/32"), nextHops });
    const message =
      "nothing can be sent to VTEP 2001:db8::2 from 10.0.0.1, the VTEP of this host: one address is IPv4, the other IPv6";
    const failure = { code: "unsupported-next-hop", object: other, message };
    expect(dataplane.apply().failures).toMatchObject([failure]);
    expect(dataplane.vrfs()).toMatchObject([{ state: "ready", failures: [failure] }]);
    expect(dataplane.apply().failures).toEqual([]);
    dataplane.removeRoute("red/main", parseIpPrefix("10.1.0.9/32"));
    dataplane.apply();
    expect(dataplane.vrfs()).toMatchObject([{ failures: [] }]);
  });

  it("show the underlay guard, and what it is refused", () => {
    expect(dataplane.underlayGuard()).toEqual({
      failure: undefined,
      drops: undefined,
      repairs: 0,
    });
    kernel.veto = (kind) => {
      if (kind === "table.add") {
        throw new NetlinkError({
          errno: 95,
          request: "table.add",
          object: "table inet selvedge-vrf",
        });
      }
    };
    dataplane.apply();
    expect(dataplane.underlayGuard().failure).toMatchObject({ code: "unsupported" });
    kernel.veto = undefined;
    dataplane.retryFailed();
    dataplane.apply();
    expect(dataplane.underlayGuard()).toEqual({
      failure: undefined,
      drops: { unknownVtep: 0, unknownVni: 0 },
      repairs: 0,
    });
  });

  it("show an endpoint of a VRF that is not there as not attached", () => {
    kernel.addNamespace("w1");
    const addresses = [parseIpAddress("10.1.0.5")];
    const workload = { namespace: "w1", interface: "eth0" };
    dataplane.setEndpoint({ name: "blue/web-1", vrf: "blue/main", addresses, workload });
    expect(dataplane.apply()).toMatchObject({ failures: [], more: false });
    expect(dataplane.endpoints()).toMatchObject([
      { name: "blue/web-1", state: { kind: "not-attached", reason: "vrf-missing" } },
    ]);
  });

  it("warn of router MACs that are not one for each VTEP", () => {
    const hop = (n: number, mac: number) => ({
      vtep: parseIpAddress(`10.0.0.${n}`),
      routerMac: macFromVtep(parseIpAddress(`10.0.0.${mac}`)),
    });
    for (const [n, nextHop] of [hop(2, 2), hop(2, 7), hop(3, 4), hop(4, 4)].entries()) {
      const prefix = parseIpPrefix(`10.2.${n}.0/24`);
      dataplane.setRoute("red/main", { prefix, nextHops: [nextHop] });
    }
    dataplane.apply();
    expect(dataplane.vrfs()[0]?.failures).toMatchObject([
      { code: "router-mac-conflict", object: "10.0.0.2" },
      { code: "router-mac-conflict", object: "10.0.0.4" },
    ]);
  });

  it("count routes and VTEPs", () => {
    const nextHops = [2, 3].map((n) => {
      const remote = parseIpAddress(`10.0.0.${n}`);
      return { vtep: remote, routerMac: macFromVtep(remote) };
    });
    dataplane.setRoute("red/main", { prefix: parseIpPrefix("10.2.0.0/24"), nextHops });
    dataplane.apply();
    expect(dataplane.vrfs()).toMatchObject([
      { routes: { wanted: 1, installed: 1, pending: 0, failed: 0 }, remoteVteps: 2 },
    ]);
  });
});
