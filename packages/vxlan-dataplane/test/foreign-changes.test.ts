import { parseIpAddress, parseIpPrefix, parseMacAddress } from "@selvedge/net";
import { describe, expect, it } from "vitest";
import { emptyBridgeObjects } from "../src/bridge/bridge-objects.ts";
import type { HostEnd } from "../src/endpoint-plan.ts";
import { foreignChanges } from "../src/foreign-changes.ts";
import type { VrfState } from "../src/vrf-state.ts";
import { bridgeLink, vxlanLink } from "./bridge/stations.ts";

const ip = parseIpAddress;
const GATEWAY = ip("fe80::a00:2");
const MAC = parseMacAddress("02:00:0a:00:00:02");

const end = (): HostEnd => ({
  index: 9,
  peer: 2,
  up: true,
  mtu: 1450,
  mac: MAC,
  alias: "selvedge endpoint red/web-1",
  master: undefined,
  learning: false,
  hasGateway: true,
  routes: new Set([parseIpPrefix("10.1.0.5/32")]),
});

/** A VRF with one endpoint, one VTEP and one bridged subnet. */
function state(): VrfState {
  const vxlan = {
    ...vxlanLink(),
    index: 5,
    name: "vx5001",
    alias: "selvedge vrf red/main",
    master: undefined,
    bridgePort: undefined,
  };
  return {
    loopback: undefined,
    vxlan,
    staleVxlans: [],
    bridges: new Map([
      ["red/lan", { bridge: bridgeLink(), vxlan: vxlanLink(), objects: emptyBridgeObjects() }],
    ]),
    staleBridgeDevices: [],
    objects: {
      addresses: new Set([ip("10.1.0.1")]),
      deviceAddresses: new Set(),
      unreachable: new Set([parseIpPrefix("10.1.0.0/16")]),
      neighbours: new Map([[GATEWAY, MAC]]),
      forwarding: new Map([[MAC, ip("10.0.0.2")]]),
      gateways: new Map([[167772162, GATEWAY]]),
      groups: new Map(),
    },
    hosts: new Map([["c0123456789ab", end()]]),
    sysctls: new Map([["net/ipv4/ip_forward", "1"]]),
  };
}

describe("what others have changed in a VRF", () => {
  it("is nothing when all is as it was", () => {
    expect(foreignChanges(state(), state())).toEqual([]);
  });

  const cases: Readonly<Record<string, (found: VrfState) => void>> = {
    "sysctl net/ipv4/ip_forward": ({ sysctls }) => sysctls.set("net/ipv4/ip_forward", "0"),
    "address 10.1.0.1": ({ objects }) => objects.addresses.delete(ip("10.1.0.1")),
    "address 10.9.9.9": ({ objects }) => objects.addresses.add(ip("10.9.9.9")),
    "route 10.1.0.0/16": ({ objects }) => objects.unreachable.clear(),
    "neighbour fe80::a00:2": ({ objects }) => objects.neighbours.clear(),
    "fdb 02:00:0a:00:00:02 self": ({ objects }) => objects.forwarding.set(MAC, ip("10.0.0.3")),
    "nexthop 167772162": ({ objects }) => objects.gateways.clear(),
    "link c0123456789ab": ({ hosts }) => hosts.get("c0123456789ab")?.routes.clear(),
    "link vx5001": (found) => {
      found.vxlan = found.vxlan && { ...found.vxlan, mtu: 1280 };
    },
    "link br6001": ({ bridges }) => {
      const bridge = bridges.get("red/lan");
      if (bridge !== undefined) bridge.bridge = { ...bridgeLink(), up: false };
    },
    "link vx6001": ({ bridges }) => {
      const bridge = bridges.get("red/lan");
      if (bridge !== undefined) bridge.vxlan = { ...vxlanLink(), bridgePort: undefined };
    },
    "neighbour 10.1.5.66": ({ bridges }) =>
      bridges.get("red/lan")?.objects.neighbours.set(ip("10.1.5.66"), MAC),
  };

  it.each(Object.entries(cases))("is named: %s", (object, deed) => {
    const found = state();
    deed(found);
    expect(foreignChanges(state(), found)).toEqual([object]);
  });

  it("is a device, and not what was on it, when the device is gone", () => {
    const found = state();
    found.vxlan = undefined;
    found.objects.neighbours.clear();
    expect(foreignChanges(state(), found)).toEqual(["link vx5001"]);
  });
});
