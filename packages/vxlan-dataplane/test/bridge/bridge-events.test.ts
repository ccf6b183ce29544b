import type { Address, MonitorEvent, Neighbour, Route } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import { overlayPort } from "../../src/bridge/bridge-devices.ts";
import { checkBridgeEvent } from "../../src/bridge/bridge-events.ts";
import { ANY_MAC, emptyBridgeObjects } from "../../src/bridge/bridge-objects.ts";
import { bridgeLink, ip, LAN, MAC_A, MAC_B, prefix, VTEP, vxlanLink } from "./stations.ts";

const A4 = ip("10.1.5.11");
const state = {
  bridge: bridgeLink(),
  vxlan: vxlanLink(),
  objects: {
    ...emptyBridgeObjects(),
    addresses: new Map([["10.1.5.1/24", { address: ip("10.1.5.1"), length: 24 }]]),
    neighbours: new Map([[A4, MAC_A]]),
    routes: new Set([prefix("10.1.5.11/32")]),
    ports: new Map([[MAC_A, 9]]),
    vteps: new Map([[MAC_B, VTEP]]),
    flood: new Set([VTEP]),
  },
};
const agrees = (event: MonitorEvent): boolean | undefined =>
  checkBridgeEvent(event, [state])?.agrees;

const address: Address = {
  link: 7,
  address: ip("10.1.5.1"),
  length: 24,
  scope: "universe",
  permanent: true,
  tentative: false,
  dadFailed: false,
  protocol: 0,
};
const route: Route = {
  destination: prefix("10.1.5.11/32"),
  via: { kind: "link", index: 7 },
  protocol: 201,
  metric: 10,
  source: undefined,
};
const neighbour: Neighbour = {
  link: 7,
  address: A4,
  mac: MAC_A,
  state: "permanent",
  externLearn: false,
  protocol: 201,
};
const fdb = { nexthop: undefined, vlan: undefined, externLearn: true } as const;
const port = { ...fdb, link: 9, mac: MAC_A, table: "master", state: "dynamic" } as const;
const remote = { ...fdb, link: 8, mac: MAC_B, table: "self", state: "permanent" } as const;

const OWN: Readonly<Record<string, MonitorEvent>> = {
  "the bridge": { kind: "link.new", link: bridgeLink() },
  "the VXLAN device": { kind: "link.new", link: vxlanLink() },
  "a gateway": { kind: "address.new", address },
  "a host route": { kind: "route.new", route },
  "a neighbour": { kind: "neighbour.new", neighbour },
  "a MAC at its port": { kind: "fdb.new", entry: { ...port, destination: undefined } },
  "a MAC at its VTEP": { kind: "fdb.new", entry: { ...remote, destination: VTEP } },
  "a VTEP to flood to": { kind: "fdb.new", entry: { ...remote, mac: ANY_MAC, destination: VTEP } },
};

describe("an event about a bridge domain", () => {
  it.each(Object.entries(OWN))("agrees when it tells what is known: %s", (_, event) => {
    expect(agrees(event)).toBe(true);
  });

  it.each(Object.entries(OWN))("does not when it tells that it is gone: %s", (_, event) => {
    const kind = event.kind.replace(".new", ".delete");
    expect(agrees(Object.assign({}, event, { kind }))).toBe(false);
  });

  it("does not when something has become another", () => {
    const vxlan = vxlanLink();
    expect(agrees({ kind: "link.new", link: { ...vxlan, master: undefined } })).toBe(false);
    expect(agrees({ kind: "link.new", link: { ...bridgeLink(), mtu: 1280 } })).toBe(false);
    expect(agrees({ kind: "neighbour.new", neighbour: { ...neighbour, mac: MAC_B } })).toBe(false);
    const moved = { ...port, link: 10, destination: undefined };
    expect(agrees({ kind: "fdb.new", entry: moved })).toBe(false);
    const settings = overlayPort(LAN);
    const learning = { ...settings, learning: true };
    expect(agrees({ kind: "port.new", index: 8, port: learning })).toBe(false);
    expect(agrees({ kind: "port.new", index: 8, port: settings })).toBe(true);
  });

  it("means nothing about what is not known of it", () => {
    expect(agrees({ kind: "link.new", link: { ...bridgeLink(), index: 99 } })).toBeUndefined();
    const unknown = { ...neighbour, address: ip("10.1.5.99") };
    expect(agrees({ kind: "neighbour.new", neighbour: unknown })).toBeUndefined();
    expect(agrees({ kind: "overrun" })).toBeUndefined();
    const foreign = { ...route, protocol: 4 };
    expect(agrees({ kind: "route.new", route: foreign })).toBeUndefined();
  });
});
