import type { Link, Neighbour } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import { emptyBridgeObjects } from "../../src/bridge/bridge-objects.ts";
import { bridgeDevices, readBridges } from "../../src/bridge/bridge-state.ts";
import { bridgeLink, ip, LAN, MAC_A, vxlanLink } from "./stations.ts";

const nothing = { addresses: [], neighbours: [], fdb: [], routes: [] };

const read = (...links: readonly Link[]) => readBridges([LAN], { ...nothing, links });

describe("the bridge domains that are read", () => {
  it("are those that are wanted, there or not", () => {
    const { bridges, stale } = read();
    expect([...bridges.keys()]).toEqual(["red/lan"]);
    expect(bridges.get("red/lan")).toMatchObject({ bridge: undefined, vxlan: undefined });
    expect(stale).toEqual([]);
  });

  it("have their devices by name, and what is ours beyond is stale", () => {
    const other = { ...bridgeLink(), index: 20, name: "br6002", alias: "selvedge subnet red/old" };
    const otherVxlan = { ...vxlanLink(), index: 21, name: "vx6002", alias: other.alias };
    const foreign = { ...bridgeLink(), index: 22, name: "docker0", alias: undefined };
    const { bridges, stale } = read(bridgeLink(), vxlanLink(), other, otherVxlan, foreign);
    expect(bridges.get("red/lan")).toMatchObject({ bridge: { index: 7 }, vxlan: { index: 8 } });
    expect(stale).toEqual([20, 21]);
  });

  it("have the bridge's objects also while there is no VXLAN device", () => {
    const neighbour: Neighbour = {
      link: 7,
      address: ip("10.1.5.9"),
      mac: MAC_A,
      state: "permanent",
      externLearn: false,
      protocol: 201,
    };
    const reading = { ...nothing, neighbours: [neighbour], links: [bridgeLink()] };
    const state = readBridges([LAN], reading).bridges.get("red/lan");
    expect(state?.objects.neighbours.size).toBe(1);
  });
});

it("a bridge domain is complete with a bridge and a VXLAN device of ours", () => {
  const devices = (bridge: Link | undefined, vxlan: Link | undefined) =>
    bridgeDevices({ bridge, vxlan, objects: emptyBridgeObjects() });
  expect(devices(bridgeLink(), vxlanLink())).toEqual({ bridge: 7, vxlan: 8 });
  expect(devices(bridgeLink(), undefined)).toBeUndefined();
  expect(devices({ ...bridgeLink(), alias: "mine" }, vxlanLink())).toBeUndefined();
});
