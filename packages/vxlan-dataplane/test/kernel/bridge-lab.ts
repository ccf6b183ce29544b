/**
 * A bridged subnet over two hosts of a `Lab`: 10.1.5.0/24 and 2001:db8:5::/64, gateways .1 and ::1, with
 * endpoints N at 10.1.5.N and 2001:db8:5::N.
 */
import {
  type IpAddress,
  type MacAddress,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseVni,
} from "@selvedge/net";
import {
  type BridgeDomainIntent,
  type EndpointIntent,
  endpointMac,
  type VrfIntent,
} from "../../src/index.ts";
import type { Lab, LabHost } from "./lab.ts";

export const VRF = "red/main";
export const LAN = "red/lan";
export const L2VNI = 6001;

/** The bridged subnet. */
export function lan(changes: Partial<BridgeDomainIntent> = {}): BridgeDomainIntent {
  return {
    name: LAN,
    l2vni: parseVni(L2VNI),
    prefixes: ["10.1.5.0/24", "2001:db8:5::/64"].map(parseIpPrefix),
    gateways: ["10.1.5.1", "2001:db8:5::1"].map(parseIpAddress),
    flooding: "head-end-replication",
    ...changes,
  };
}

/** The VRF with the bridged subnet. */
export function bridgedVrf(
  lab: Lab,
  host: LabHost,
  changes: Partial<BridgeDomainIntent> = {},
): VrfIntent {
  return lab.vrf(host, VRF, { bridgeDomains: [lan(changes)] });
}

/** Addresses of endpoint N of the bridged subnet. */
export function stationAddresses(number: number): IpAddress[] {
  return [`10.1.5.${number}`, `2001:db8:5::${number}`].map(parseIpAddress);
}

/** Endpoint N of the bridged subnet. */
export function station(number: number, workload: string): EndpointIntent {
  return {
    name: stationName(number),
    vrf: VRF,
    bridgeDomain: LAN,
    addresses: stationAddresses(number),
    workload: { namespace: workload, interface: "eth0" },
  };
}

/** The MAC of endpoint N of the bridged subnet. */
export function stationMac(number: number): MacAddress {
  return endpointMac(stationName(number));
}

function stationName(number: number): string {
  return `red/station-${number}`;
}

/** Tells `host` that endpoint N is on `other`, as route type 2 does: MAC, neighbours, and host routes. */
export function setRemoteStation(
  host: LabHost,
  number: number,
  other: Pick<LabHost, "vtep">,
): void {
  const { vtep } = other;
  const { dataplane } = host;
  dataplane.setRemoteMac(VRF, LAN, stationMac(number), vtep);
  const nextHops = [{ vtep, routerMac: macFromVtep(vtep) }];
  for (const address of stationAddresses(number)) {
    dataplane.setRemoteNeighbour(VRF, LAN, address, stationMac(number));
    const length = address.includes(":") ? 128 : 32;
    dataplane.setRoute(VRF, { prefix: parseIpPrefix(`${address}/${length}`), nextHops });
  }
}

/** Takes back what `setRemoteStation` has told. */
export function removeRemoteStation(host: LabHost, number: number): void {
  const { dataplane } = host;
  dataplane.removeRemoteMac(VRF, LAN, stationMac(number));
  for (const address of stationAddresses(number)) {
    dataplane.removeRemoteNeighbour(VRF, LAN, address);
    const length = address.includes(":") ? 128 : 32;
    dataplane.removeRoute(VRF, parseIpPrefix(`${address}/${length}`));
  }
}

/** Tells `host` that `other` takes part in the subnet, as route type 3 does. */
export function addFloodVtep(host: LabHost, other: Pick<LabHost, "vtep">): void {
  host.dataplane.addFloodVtep(VRF, LAN, other.vtep);
}
