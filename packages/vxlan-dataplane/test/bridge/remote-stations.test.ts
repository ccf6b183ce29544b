import { beforeEach, expect, it } from "vitest";
import { RemoteStations } from "../../src/bridge/remote-stations.ts";
import { ip, MAC_A, MAC_B, OTHER_VTEP, VTEP } from "./stations.ts";

let stations: RemoteStations;
beforeEach(() => {
  stations = new RemoteStations();
});

it("says once whether other VTEPs are in use", () => {
  expect(stations.takeVtepsChanged()).toBe(false);
  stations.setMac(MAC_A, VTEP);
  expect([stations.takeVtepsChanged(), stations.takeVtepsChanged()]).toEqual([true, false]);
  stations.setMac(MAC_B, VTEP);
  stations.removeMac(MAC_A);
  expect(stations.takeVtepsChanged()).toBe(false);
  stations.removeMac(MAC_B);
  expect(stations.takeVtepsChanged()).toBe(true);
  stations.removeMac(MAC_B);
  expect(stations.takeVtepsChanged()).toBe(false);
});

it("follows a MAC from VTEP to VTEP", () => {
  stations.setMac(MAC_A, VTEP);
  stations.setMac(MAC_A, OTHER_VTEP);
  expect([...stations.macs]).toEqual([[MAC_A, OTHER_VTEP]]);
  expect([...stations.vteps()]).toEqual([OTHER_VTEP]);
});

it("counts a VTEP once that has MACs and wants what is flooded", () => {
  stations.setMac(MAC_A, VTEP);
  stations.addFloodVtep(VTEP);
  stations.addFloodVtep(OTHER_VTEP);
  expect([...stations.vteps()]).toEqual([VTEP, OTHER_VTEP]);
  stations.removeFloodVtep(VTEP);
  expect([...stations.vteps()]).toEqual([VTEP, OTHER_VTEP]);
  stations.takeVtepsChanged();
  stations.addFloodVtep(OTHER_VTEP);
  expect(stations.takeVtepsChanged()).toBe(false);
});

it("knows of neighbours which MAC they have now", () => {
  const address = ip("10.1.5.9");
  stations.setNeighbour(address, MAC_A);
  stations.setNeighbour(address, MAC_B);
  expect([...stations.neighbours]).toEqual([[address, MAC_B]]);
  stations.removeNeighbour(address);
  expect(stations.neighbours.size).toBe(0);
});

it("is empty when all that was said is taken back", () => {
  const address = ip("10.1.5.9");
  stations.setMac(MAC_A, VTEP);
  stations.setNeighbour(address, MAC_A);
  stations.addFloodVtep(VTEP);
  for (const takeBack of [
    () => stations.removeMac(MAC_A),
    () => stations.removeNeighbour(address),
    () => stations.removeFloodVtep(VTEP),
  ]) {
    expect(stations.isEmpty).toBe(false);
    takeBack();
  }
  expect(stations.isEmpty).toBe(true);
});

it.each(["fe80::2", "224.0.0.1"])(
  "does not use %s, and forgets the MAC that has gone there",
  (text) => {
    stations.setMac(MAC_A, VTEP);
    stations.setMac(MAC_A, ip(text));
    stations.addFloodVtep(ip(text));
    expect([stations.macs.size, stations.vteps().size]).toEqual([0, 0]);
  },
);
