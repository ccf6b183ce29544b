import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import type { Link } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import { judgeVxlan, linkChanges, vrfVxlan } from "../src/device-plan.ts";
import type { VrfIntent } from "../src/index.ts";

const vtep = parseIpAddress("10.0.0.1");
const intent: VrfIntent = {
  name: "red/main",
  namespace: "vrf.red.main",
  l3vni: parseVni(5001),
  vtep,
  routerMac: macFromVtep(vtep),
  routerAddresses: [parseIpAddress("100.64.0.1")],
  gateways: [],
  aggregates: [parseIpPrefix("10.1.0.0/16")],
  mtu: 1450,
};
const detail = {
  kind: "vxlan",
  vni: intent.l3vni,
  local: vtep,
  port: 4789,
  learning: false,
  ttl: 64,
  udpChecksum: true,
} as const;
const link: Link = {
  index: 7,
  name: "vx5001",
  detail,
  up: true,
  carrier: true,
  mtu: 1450,
  mac: intent.routerMac,
  alias: "selvedge vrf red/main",
  master: undefined,
  bridgePort: undefined,
  peer: undefined,
  peerNamespaceId: undefined,
  addrGenMode: "none",
};

describe("the VXLAN device of a VRF", () => {
  it("is left as it is when it is right", () => {
    expect(judgeVxlan(vrfVxlan(intent), link)).toEqual({
      kind: "present",
      link,
      changes: undefined,
    });
  });

  it.each([
    ["down", { up: false }, { up: true }],
    ["of another MTU", { mtu: 1500 }, { mtu: 1450 }],
    ["of another MAC address", { mac: undefined }, { mac: intent.routerMac }],
    ["without its alias", { alias: undefined }, { alias: "selvedge vrf red/main" }],
  ])("is changed in place when it is %s", (_, difference, changes) => {
    expect(judgeVxlan(vrfVxlan(intent), { ...link, ...difference })).toMatchObject({
      kind: "present",
      changes: { kind: "link.set", index: 7, ...changes },
    });
  });

  it.each([
    ["another local address", { local: parseIpAddress("10.0.0.2") }],
    ["another port", { port: 8472 }],
    ["learning switched on", { learning: true }],
    ["another TTL", { ttl: 0 }],
    ["no UDP checksums", { udpChecksum: false }],
  ])("is made anew when it has %s", (_, difference) => {
    const other = { ...link, detail: { ...detail, ...difference } };
    expect(judgeVxlan(vrfVxlan(intent), other)).toEqual({ kind: "wrong", link: other });
  });

  it.each([
    ["is of another kind", { detail: { kind: "bridge", multicastSnooping: true } as const }],
    [
      "has a VNI that does not fit its name, and no alias of ours",
      { detail: { ...detail, vni: parseVni(9) }, alias: undefined },
    ],
    ["has somebody else's alias", { alias: "mine" }],
  ])("is somebody else's when it %s", (_, difference) => {
    const other = { ...link, ...difference };
    expect(judgeVxlan(vrfVxlan(intent), other)).toEqual({ kind: "taken", link: other });
  });

  it("is absent when there is none", () => {
    expect(judgeVxlan(vrfVxlan(intent), undefined)).toEqual({ kind: "absent" });
  });
});

describe("the changes of a link", () => {
  it("are none of what is not wanted", () => {
    expect(linkChanges({ ...link, mtu: 9000 }, { alias: link.alias ?? "" })).toBeUndefined();
  });
});
