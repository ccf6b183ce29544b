/** Values that the tests of bridge domains share. */
import {
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseVni,
} from "@selvedge/net";
import type { Link } from "@selvedge/netlink";
import { overlayPort } from "../../src/bridge/bridge-devices.ts";
import { subnetVxlan } from "../../src/device-plan.ts";
import type { BridgeDomainIntent, VrfIntent } from "../../src/index.ts";
import { GATEWAY_MAC } from "../../src/ownership.ts";

export const ip = parseIpAddress;
export const mac = parseMacAddress;
export const prefix = parseIpPrefix;

export const MAC_A = mac("02:00:00:00:00:0a");
export const MAC_B = mac("02:00:00:00:00:0b");
export const VTEP = ip("10.0.0.2");
export const OTHER_VTEP = ip("10.0.0.3");
export const DEVICES = { bridge: 7, vxlan: 8 } as const;

export const LAN: BridgeDomainIntent = {
  name: "red/lan",
  l2vni: parseVni(6001),
  prefixes: ["10.1.5.0/24", "2001:db8:5::/64"].map(prefix),
  gateways: ["10.1.5.1", "2001:db8:5::1"].map(ip),
  flooding: "head-end-replication",
};

export const VRF: VrfIntent = {
  name: "red/main",
  namespace: "vrf.red.main",
  l3vni: parseVni(5001),
  vtep: ip("10.0.0.1"),
  routerMac: macFromVtep(ip("10.0.0.1")),
  routerAddresses: [],
  gateways: [],
  aggregates: [],
  mtu: 1450,
  bridgeDomains: [LAN],
};

const link = {
  up: true,
  carrier: true,
  mtu: 1450,
  alias: "selvedge subnet red/lan",
  master: undefined,
  bridgePort: undefined,
  peer: undefined,
  peerNamespaceId: undefined,
  addrGenMode: "none",
} as const;

/** The bridge of the domain as it is to be. */
export function bridgeLink(): Link {
  const detail = { kind: "bridge", multicastSnooping: false } as const;
  return { ...link, index: DEVICES.bridge, name: "br6001", detail, mac: GATEWAY_MAC };
}

/** The VXLAN device of the domain as it is to be. */
export function vxlanLink(): Link {
  const { device } = subnetVxlan(VRF, LAN);
  return {
    ...link,
    index: DEVICES.vxlan,
    name: device.name,
    detail: {
      kind: "vxlan",
      vni: device.vni,
      local: device.local,
      port: device.port,
      learning: false,
      ttl: device.ttl,
      udpChecksum: true,
    },
    mac: device.mac,
    master: DEVICES.bridge,
    bridgePort: overlayPort(LAN),
  };
}
