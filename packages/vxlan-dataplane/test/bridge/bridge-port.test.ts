import { expect, it } from "vitest";
import { emptyBridgeObjects } from "../../src/bridge/bridge-objects.ts";
import { bridgeSites } from "../../src/bridge/bridge-port.ts";
import { bridgeLink, LAN, VRF, vxlanLink } from "./stations.ts";

it("endpoints can become ports where the bridge and its VXLAN device are", () => {
  const objects = emptyBridgeObjects();
  const complete = { bridge: bridgeLink(), vxlan: vxlanLink(), objects };
  const sites = bridgeSites(VRF, new Map([[LAN.name, complete]]));
  expect([...sites]).toEqual([[LAN.name, { domain: LAN, index: 7 }]]);
  const halves = { bridge: bridgeLink(), vxlan: undefined, objects };
  expect(bridgeSites(VRF, new Map([[LAN.name, halves]])).size).toBe(0);
  expect(bridgeSites({ ...VRF, bridgeDomains: [] }, new Map([[LAN.name, complete]])).size).toBe(0);
});
