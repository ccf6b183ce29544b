import { expect, it } from "vitest";
import { RemoteDomains } from "../../src/bridge/remote-domains.ts";
import { MAC_A, MAC_B, OTHER_VTEP, VTEP } from "./stations.ts";

it("keeps what is said of bridge domains apart, and knows all VTEPs", () => {
  const domains = new RemoteDomains();
  domains.of("red/lan").setMac(MAC_A, VTEP);
  domains.of("red/other").setMac(MAC_A, OTHER_VTEP);
  domains.of("red/other").setMac(MAC_B, VTEP);
  expect([...domains.of("red/lan").macs]).toEqual([[MAC_A, VTEP]]);
  expect(new Set(domains.vteps())).toEqual(new Set([VTEP, OTHER_VTEP]));
  expect([domains.takeVtepsChanged(), domains.takeVtepsChanged()]).toEqual([true, false]);
  expect([...domains.entries()].map(([name]) => name)).toEqual(["red/lan", "red/other"]);
});

it("is empty before anything was said, when all is taken back, and when it is cleared", () => {
  const domains = new RemoteDomains();
  domains.of("red/lan");
  expect(domains.isEmpty).toBe(true);
  domains.of("red/lan").addFloodVtep(VTEP);
  expect(domains.isEmpty).toBe(false);
  domains.of("red/lan").removeFloodVtep(VTEP);
  expect(domains.isEmpty).toBe(true);
  domains.of("red/lan").setMac(MAC_A, VTEP);
  domains.clear();
  expect([domains.isEmpty, [...domains.vteps()]]).toEqual([true, []]);
});
