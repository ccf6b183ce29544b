import type { RouteRequest } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import {
  ANY_MAC,
  type BridgeReading,
  emptyBridgeObjects,
  foldBridgeRequest,
  forgetPorts,
  lengthIn,
  readBridgeObjects,
  wantedBridgeObjects,
} from "../../src/bridge/bridge-objects.ts";
import { planAddresses, planBridge } from "../../src/bridge/bridge-plan.ts";
import { RemoteStations } from "../../src/bridge/remote-stations.ts";
import { GATEWAY_MAC } from "../../src/ownership.ts";
import { DEVICES, ip, LAN, MAC_A, MAC_B, OTHER_VTEP, prefix, VTEP } from "./stations.ts";

const A4 = ip("10.1.5.11");
const B4 = ip("10.1.5.22");
const PORT = 9;
const NEXT_PORT = 10;
const LOCAL_VTEP = ip("10.0.0.1");

function remote(): RemoteStations {
  const stations = new RemoteStations();
  stations.setMac(MAC_B, VTEP);
  stations.setNeighbour(B4, MAC_B);
  stations.addFloodVtep(VTEP);
  stations.addFloodVtep(OTHER_VTEP);
  return stations;
}
const local = [{ port: PORT, mac: MAC_A, addresses: [A4] }];

describe("what a bridge domain needs", () => {
  it("is gateways with the subnet's lengths, and for each station MAC, neighbour and place", () => {
    const objects = wantedBridgeObjects(LAN, local, remote(), DEVICES, LOCAL_VTEP);
    expect([...objects.addresses.keys()]).toEqual(["10.1.5.1/24", "2001:db8:5::1/64"]);
    expect([...objects.neighbours]).toEqual([
      [A4, MAC_A],
      [B4, MAC_B],
    ]);
    expect([...objects.routes]).toEqual([prefix("10.1.5.11/32")]);
    expect([...objects.ports]).toEqual([
      [MAC_A, PORT],
      [MAC_B, DEVICES.vxlan],
    ]);
    expect([...objects.vteps]).toEqual([[MAC_B, VTEP]]);
    expect([...objects.flood]).toEqual([VTEP, OTHER_VTEP]);
  });

  it("is nothing to flood to when flooding is disabled", () => {
    const quiet = { ...LAN, flooding: "disabled" } as const;
    expect(wantedBridgeObjects(quiet, local, remote(), DEVICES, LOCAL_VTEP).flood.size).toBe(0);
  });

  it("is nothing at VTEPs of the other family", () => {
    const objects = wantedBridgeObjects(LAN, local, remote(), DEVICES, ip("2001:db8::1"));
    expect([...objects.ports]).toEqual([[MAC_A, PORT]]);
    expect([objects.vteps.size, objects.flood.size]).toEqual([0, 0]);
  });

  it("has what is here here, whatever others say of it", () => {
    const stations = remote();
    stations.setMac(MAC_A, VTEP);
    stations.setNeighbour(A4, MAC_B);
    stations.setMac(GATEWAY_MAC, VTEP);
    stations.setNeighbour(ip("10.1.5.1"), MAC_B);
    const objects = wantedBridgeObjects(LAN, local, stations, DEVICES, LOCAL_VTEP);
    expect(objects.ports.get(MAC_A)).toBe(PORT);
    expect(objects.vteps.has(MAC_A)).toBe(false);
    expect(objects.neighbours.get(A4)).toBe(MAC_A);
    expect(objects.ports.has(GATEWAY_MAC)).toBe(false);
    expect(objects.neighbours.has(ip("10.1.5.1"))).toBe(false);
  });

  it("gives the frames of a MAC that two endpoints have to the first", () => {
    const two = [...local, { port: NEXT_PORT, mac: MAC_A, addresses: [] }];
    expect(wantedBridgeObjects(LAN, two, remote(), DEVICES, LOCAL_VTEP).ports.get(MAC_A)).toBe(
      PORT,
    );
  });

  it("has the length of the subnet's prefix, and of a host prefix outside of it", () => {
    expect(lengthIn(LAN, A4)).toBe(24);
    expect(lengthIn(LAN, ip("2001:db8:5::9"))).toBe(64);
    expect(lengthIn(LAN, ip("10.9.9.9"))).toBe(32);
    expect(lengthIn(LAN, ip("2001:db8:9::9"))).toBe(128);
  });
});

it("what requests have done is what is wanted", () => {
  const wanted = wantedBridgeObjects(LAN, local, remote(), DEVICES, LOCAL_VTEP);
  const objects = emptyBridgeObjects();
  const fold = (requests: readonly RouteRequest[]): void => {
    for (const request of requests) {
      foldBridgeRequest(objects, request);
    }
  };
  fold(planAddresses(wanted, objects, DEVICES, true));
  fold(planBridge(wanted, objects, DEVICES).put);
  expect(objects).toEqual(wanted);
  const none = emptyBridgeObjects();
  fold(planBridge(none, objects, DEVICES).remove);
  fold(planAddresses(none, objects, DEVICES, true));
  expect(objects).toEqual(emptyBridgeObjects());
});

describe("what a read-back finds of ours", () => {
  const entry = { nexthop: undefined, vlan: undefined, externLearn: true } as const;
  const address = { permanent: true, tentative: false, dadFailed: false, protocol: 0 } as const;
  const reading: BridgeReading = {
    addresses: [
      { link: 7, address: ip("10.1.5.1"), length: 24, scope: "universe", ...address },
      { link: 7, address: ip("fe80::7"), length: 64, scope: "link", ...address },
      { link: 1, address: ip("10.9.9.9"), length: 32, scope: "universe", ...address },
    ],
    neighbours: [
      { link: 7, address: A4, mac: MAC_A, state: "permanent", externLearn: false, protocol: 201 },
      { link: 7, address: B4, mac: MAC_B, state: "stale", externLearn: false, protocol: 0 },
      { link: 6, address: B4, mac: MAC_B, state: "permanent", externLearn: false, protocol: 201 },
    ],
    fdb: [
      {
        link: PORT,
        mac: MAC_A,
        table: "master",
        destination: undefined,
        state: "dynamic",
        ...entry,
      },
      { link: 11, mac: MAC_B, table: "master", destination: undefined, state: "dynamic", ...entry },
      { link: 8, mac: MAC_B, table: "self", destination: VTEP, state: "permanent", ...entry },
      { link: 8, mac: ANY_MAC, table: "self", destination: VTEP, state: "permanent", ...entry },
      {
        ...entry,
        ...{ link: 8, mac: ANY_MAC, table: "self", destination: OTHER_VTEP, state: "permanent" },
        externLearn: false,
      },
    ],
    routes: [
      {
        ...{ destination: prefix("10.1.5.11/32"), via: { kind: "link", index: 7 } },
        ...{ protocol: 201, metric: 10, source: undefined },
      },
      {
        ...{ destination: prefix("10.1.5.12/32"), via: { kind: "link", index: 9 } },
        ...{ protocol: 201, metric: 10, source: undefined },
      },
    ],
    ports: new Set([8, PORT]),
  };

  it("is on the bridge, its ports and its VXLAN device, and has the mark", () => {
    const objects = readBridgeObjects(reading, DEVICES);
    expect([...objects.addresses.keys()]).toEqual(["10.1.5.1/24"]);
    expect([...objects.neighbours]).toEqual([[A4, MAC_A]]);
    expect([...objects.routes]).toEqual(["10.1.5.11/32"]);
    expect([...objects.ports]).toEqual([[MAC_A, PORT]]);
    expect([...objects.vteps]).toEqual([[MAC_B, VTEP]]);
    expect([...objects.flood]).toEqual([VTEP]);
  });

  it("is the bridge's alone while there is no VXLAN device", () => {
    const objects = readBridgeObjects(reading, { bridge: 7, vxlan: undefined });
    expect(objects.neighbours.size).toBe(1);
    expect([objects.vteps.size, objects.flood.size]).toEqual([0, 0]);
  });
});

it("with the last IPv4 address go IPv4 neighbours and routes, which the kernel takes", () => {
  const objects = wantedBridgeObjects(LAN, local, remote(), DEVICES, LOCAL_VTEP);
  const link = DEVICES.bridge;
  const [v4, v6] = [ip("10.1.5.1"), ip("2001:db8:5::1")];
  foldBridgeRequest(objects, { kind: "address.delete", link, address: v6, length: 64 });
  expect([objects.neighbours.size, objects.routes.size]).toEqual([2, 1]);
  foldBridgeRequest(objects, { kind: "address.delete", link, address: v4, length: 24 });
  expect([objects.neighbours.size, objects.routes.size]).toEqual([0, 0]);
});

it("forgets the MACs behind devices that are its ports no longer", () => {
  const objects = wantedBridgeObjects(LAN, local, remote(), DEVICES, LOCAL_VTEP);
  forgetPorts(objects, DEVICES, [{ index: PORT, master: DEVICES.bridge }]);
  expect(objects.ports.size).toBe(2);
  forgetPorts(objects, DEVICES, [{ index: PORT, master: undefined }]);
  expect([...objects.ports.keys()]).toEqual([MAC_B]);
});
