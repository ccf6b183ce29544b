/** Values that the tests of bridge domains share. */
import { parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import type { BridgeDomainIntent } from "../../src/index.ts";

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
