import { parseIpAddress } from "@selvedge/net";
import { NetlinkError } from "@selvedge/netlink";
import { beforeEach, describe, expect, it } from "vitest";
import { Dataplane } from "../src/index.ts";
import { LAN, MAC_A, MAC_B, OTHER_VTEP, VRF } from "./bridge/stations.ts";
import { ModelKernel } from "./model/kernel.ts";

const MINE = parseIpAddress("10.1.5.11");
const MOVING = parseIpAddress("10.1.5.22");
const log = { info: () => undefined, debug: () => undefined };

describe("an address of a bridged subnet that comes to another MAC", () => {
  let kernel: ModelKernel;
  let dataplane: Dataplane;

  beforeEach(() => {
    kernel = new ModelKernel();
    kernel.addNamespace("w1");
    dataplane = new Dataplane({ kernel, log });
    dataplane.setVrf(VRF);
    dataplane.setEndpoint({
      name: "red/web-1",
      vrf: VRF.name,
      bridgeDomain: LAN.name,
      addresses: [MINE],
      workload: { namespace: "w1", interface: "eth0" },
    });
    dataplane.setRemoteMac(VRF.name, LAN.name, MAC_A, OTHER_VTEP);
    dataplane.setRemoteMac(VRF.name, LAN.name, MAC_B, OTHER_VTEP);
    dataplane.setRemoteNeighbour(VRF.name, LAN.name, MOVING, MAC_A);
    dataplane.markSynced();
    expect(dataplane.apply().failures).toEqual([]);
  });

  it("is told to the workloads here once, and nothing is when the subnet is new", () => {
    expect(kernel.transmitted).toEqual([]);
    dataplane.setRemoteNeighbour(VRF.name, LAN.name, MOVING, MAC_B);
    expect(dataplane.apply().failures).toEqual([]);
    expect(kernel.transmitted).toHaveLength(1);
    dataplane.resync();
    dataplane.apply();
    expect(kernel.transmitted).toHaveLength(1);
  });

  it("is where it is though a workload cannot be told, and the VRF is none the worse", () => {
    kernel.veto = (kind) => {
      if (kind === "socket.send") {
        throw new NetlinkError({ errno: 100, request: "socket.send", object: "a frame" });
      }
    };
    dataplane.setRemoteNeighbour(VRF.name, LAN.name, MOVING, MAC_B);
    expect(dataplane.apply()).toMatchObject({ failures: [], more: false });
    expect(dataplane.vrfs()).toMatchObject([{ state: "ready", failures: [] }]);
    const { neighbours } = kernel.objects(VRF.namespace);
    expect(neighbours.find(({ address }) => address === MOVING)?.mac).toBe(MAC_B);
  });
});
