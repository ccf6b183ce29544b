import { describe, expect, it } from "vitest";
import { type BridgeObjects, emptyBridgeObjects } from "../../src/bridge/bridge-objects.ts";
import { planAddresses, planBridge } from "../../src/bridge/bridge-plan.ts";
import { DEVICES, ip, MAC_A, MAC_B, OTHER_VTEP, prefix, VTEP } from "./stations.ts";

const A4 = ip("10.1.5.11");
const PORT = 9;

function objects(changes: Partial<BridgeObjects> = {}): BridgeObjects {
  return {
    addresses: new Map([["10.1.5.1/24", { address: ip("10.1.5.1"), length: 24 }]]),
    neighbours: new Map([[A4, MAC_A]]),
    routes: new Set([prefix("10.1.5.11/32")]),
    ports: new Map([
      [MAC_A, PORT],
      [MAC_B, DEVICES.vxlan],
    ]),
    vteps: new Map([[MAC_B, VTEP]]),
    flood: new Set([VTEP]),
    ...changes,
  };
}

const kinds = (requests: readonly { readonly kind: string }[]): string[] =>
  requests.map(({ kind }) => kind);

describe("the plan of a bridge domain", () => {
  it("is nothing when all is as wanted", () => {
    expect(planBridge(objects(), objects(), DEVICES)).toEqual({ put: [], remove: [] });
  });

  it("puts a MAC before what leads to it, and removes it after", () => {
    expect(kinds(planBridge(objects(), emptyBridgeObjects(), DEVICES).put)).toEqual([
      "fdb.replace",
      "fdb.append",
      "fdb.replace",
      "fdb.replace",
      "neighbour.replace",
      "route.replace",
    ]);
    expect(kinds(planBridge(emptyBridgeObjects(), objects(), DEVICES).remove)).toEqual([
      "route.delete",
      "neighbour.delete",
      "fdb.delete",
      "fdb.delete",
      "fdb.delete",
      "fdb.delete",
    ]);
  });

  it("moves a MAC in both tables without taking it away in between", () => {
    const moved = objects({
      ports: new Map([
        [MAC_A, DEVICES.vxlan],
        [MAC_B, DEVICES.vxlan],
      ]),
      vteps: new Map([
        [MAC_A, OTHER_VTEP],
        [MAC_B, OTHER_VTEP],
      ]),
    });
    const { put, remove } = planBridge(moved, objects(), DEVICES);
    expect(put).toMatchObject([
      { kind: "fdb.replace", mac: MAC_A, table: "self", destination: OTHER_VTEP },
      { kind: "fdb.replace", mac: MAC_B, table: "self", destination: OTHER_VTEP },
      { kind: "fdb.replace", mac: MAC_A, table: "master", link: DEVICES.vxlan },
    ]);
    expect(remove).toEqual([]);
  });

  it("takes one VTEP out of the list of those that are flooded to, and leaves the others", () => {
    const more = objects({ flood: new Set([VTEP, OTHER_VTEP]) });
    expect(planBridge(objects(), more, DEVICES).remove).toMatchObject([
      { kind: "fdb.delete", mac: "00:00:00:00:00:00", table: "self", destination: OTHER_VTEP },
    ]);
  });

  it("takes an IPv6 address away before it gives it with another length, an IPv4 one after", () => {
    const addresses = (v4: number, v6: number): Partial<BridgeObjects> => ({
      addresses: new Map([
        [`10.1.5.1/${v4}`, { address: ip("10.1.5.1"), length: v4 }],
        [`2001:db8:5::1/${v6}`, { address: ip("2001:db8:5::1"), length: v6 }],
      ]),
    });
    const plan = (mayRemove: boolean) =>
      planAddresses(objects(addresses(24, 64)), objects(addresses(32, 128)), DEVICES, mayRemove);
    expect(plan(true)).toMatchObject([
      { kind: "address.replace", address: "10.1.5.1", length: 24 },
      { kind: "address.delete", address: "10.1.5.1", length: 32 },
      { kind: "address.delete", address: "2001:db8:5::1", length: 128 },
      { kind: "address.replace", address: "2001:db8:5::1", length: 64 },
    ]);
    expect(plan(false)).toMatchObject([{ kind: "address.replace", address: "10.1.5.1" }]);
  });

  it("does nothing about addresses that are as wanted", () => {
    expect(planAddresses(objects(), objects(), DEVICES, true)).toEqual([]);
  });
});
