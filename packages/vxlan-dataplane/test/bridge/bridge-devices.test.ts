import type { Link } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import { overlayPort, wrongDevices } from "../../src/bridge/bridge-devices.ts";
import { emptyBridgeObjects } from "../../src/bridge/bridge-objects.ts";
import { bridgeLink, ip, LAN, VRF, vxlanLink } from "./stations.ts";

const wrong = (bridge: Link | undefined, vxlan: Link | undefined): number[] =>
  wrongDevices(VRF, new Map([[LAN.name, { bridge, vxlan, objects: emptyBridgeObjects() }]]));

describe("devices of a bridge domain", () => {
  it("are not wrong as they are made, nor when they are missing", () => {
    expect(wrong(bridgeLink(), vxlanLink())).toEqual([]);
    expect(wrong(undefined, undefined)).toEqual([]);
  });

  it("are wrong with what cannot be changed: snooping, the VTEP's address", () => {
    const snooping = { kind: "bridge", multicastSnooping: true } as const;
    expect(wrong({ ...bridgeLink(), detail: snooping }, vxlanLink())).toEqual([7]);
    const elsewhere = wrongDevices(
      { ...VRF, vtep: ip("10.0.0.9") },
      new Map([
        [LAN.name, { bridge: bridgeLink(), vxlan: vxlanLink(), objects: emptyBridgeObjects() }],
      ]),
    );
    expect(elsewhere).toEqual([8]);
  });

  it("are left alone when they are somebody else's", () => {
    const foreign = {
      ...bridgeLink(),
      alias: "mine",
      detail: { kind: "bridge", multicastSnooping: true },
    } as const;
    expect(wrong(foreign, vxlanLink())).toEqual([]);
  });
});

it("the port to other hosts learns nothing, answers for neighbours, and floods if the subnet does", () => {
  expect(overlayPort(LAN)).toEqual({
    learning: false,
    unicastFlood: true,
    multicastFlood: true,
    broadcastFlood: true,
    neighSuppress: true,
    isolated: false,
  });
  expect(overlayPort({ ...LAN, flooding: "disabled" })).toMatchObject({
    learning: false,
    unicastFlood: false,
    multicastFlood: false,
    broadcastFlood: false,
    neighSuppress: true,
  });
});
