/**
 * How every kernel object of ours is recognised, without memory, after a restart.
 *
 * | object | where | ours when |
 * | --- | --- | --- |
 * | namespace | /run/netns | its name starts with the configured prefix and a dot, and the alias of its `lo` is `selvedge vrf NAME prefix PREFIX` |
 * | VXLAN device | in such a namespace | kind vxlan, alias `selvedge vrf NAME`, or none and named `vx<VNI>` |
 * | bridge of a bridged subnet | in such a namespace | kind bridge, alias `selvedge subnet NAME`, or none and named `br<VNI>` |
 * | VXLAN device of a bridged subnet | in such a namespace | kind vxlan, alias `selvedge subnet NAME` |
 * | host end of an endpoint | in such a namespace | kind veth, named `c` and 12 hex digits (a hash of the endpoint's name), alias `selvedge endpoint NAME` or none |
 * | workload end | in the workload's namespace | it is the peer of the host end and has the endpoint's alias or MAC address |
 * | address on `lo` or our VXLAN device | in such a namespace | host prefix of universe scope: nothing marks an address, so all of these are ours |
 * | route, next-hop object | in such a namespace | protocol 201; a remote route has metric 20, an endpoint's 10, an aggregate's the lowest preference |
 * | neighbour | on our VXLAN device | protocol 201 |
 * | FDB entry | on our VXLAN device | learned by a control plane (extern_learn) and permanent, with a VTEP |
 * | address on our bridge | in such a namespace | universe scope |
 * | neighbour | on our bridge | protocol 201 |
 * | FDB entry | of our bridge | learned by a control plane (extern_learn) |
 * | packet filter table | in such a namespace | `inet selvedge`, `arp selvedge` and `bridge selvedge` |
 * | packet filter table | in the underlay's namespace | `inet selvedge-PREFIX` |
 * | address in a workload | on the workload end | protocol 201 (IFA_PROTO; before Linux 5.18 it has none, and stays when it is not wanted any more) |
 * | route in a workload | on the workload end | protocol 201 |
 *
 * Everything else in these namespaces is left alone: devices of other names, routes and next-hop
 * objects of other protocols, neighbours and FDB entries without the mark. Our routes have metrics
 * of their own, so that replacing one never replaces somebody else's. A device without an alias can be
 * ours, because the kernel sets an alias only by a second message after it has made the device.
 */
import { createHash } from "node:crypto";
import {
  type IpAddress,
  ipBytes,
  ipFamily,
  ipFromBytes,
  isLinkLocal,
  isLoopback,
  isUnicast,
  type MacAddress,
  macFromBytes,
  parseIpAddress,
  parseMacAddress,
  type Vni,
} from "@selvedge/net";
import type { Link } from "@selvedge/netlink";

/** rtm_protocol, nh_protocol, NDA_PROTOCOL and IFA_PROTO of our objects. Unused in iproute2's table of names. */
export const ROUTE_PROTOCOL = 201;

/** Metrics of our routes: a local endpoint wins over a remote route to the same address. */
export const ROUTE_METRIC = {
  endpoint: 10,
  remote: 20,
  /** Last resort: FRR and others use this number for unreachable routes too (255 << 24, plus 8192). */
  aggregate: 4278198272,
} as const;

/** UDP port of VXLAN (RFC 7348, section 5). */
export const VXLAN_PORT = 4789;

/** Outer TTL. */
export const VXLAN_TTL = 64;

/** Gateway that workloads use for IPv4: link-local, the same everywhere (RFC 3927). */
export const WORKLOAD_GATEWAY_V4: IpAddress = parseIpAddress("169.254.1.1");

/** Gateway that workloads use for IPv6. */
export const WORKLOAD_GATEWAY_V6: IpAddress = parseIpAddress("fe80::1");

/**
 * MAC address of the host end of every endpoint. Uniform, so that a workload that is moved to another
 * host need not learn its gateway's address again.
 */
export const GATEWAY_MAC: MacAddress = parseMacAddress("ee:ee:ee:ee:ee:ee");

/** First id of next-hop groups: 224.0.0.0 as a number. No VTEP has an IPv4 address from there on. */
export const FIRST_GROUP_ID = 0xe0000000;

/** First id of VTEPs with an IPv6 address, after those of groups. */
const FIRST_IPV6_ID = 0xf0000000;

/** How many ids there are for groups, and how many for VTEPs with an IPv6 address. */
export const HASHED_IDS = 0x10000000;

/** What tells whose a device is. */
type OwnLinkProperties = Pick<Link, "name" | "detail" | "alias">;

const VRF_ALIAS = "selvedge vrf ";
const SUBNET_ALIAS = "selvedge subnet ";
const ENDPOINT_ALIAS = "selvedge endpoint ";

/** Alias of the VXLAN device of a VRF. */
export function vrfAlias(vrf: string): string {
  return VRF_ALIAS + vrf;
}

/**
 * Alias of `lo` of a VRF's namespace. The prefix is in it because several agents of one machine may
 * share /run/netns, each with a prefix of its own.
 */
export function loopbackAlias(vrf: string, prefix: string): string {
  return `${VRF_ALIAS}${vrf} prefix ${prefix}`;
}

/** The VRF that an alias of {@link loopbackAlias} names, if it is of this prefix. */
export function vrfOfLoopback(alias: string | undefined, prefix: string): string | undefined {
  const end = ` prefix ${prefix}`;
  return alias?.startsWith(VRF_ALIAS) === true && alias.endsWith(end)
    ? alias.slice(VRF_ALIAS.length, -end.length)
    : undefined;
}

/** Alias of both ends of an endpoint's veth pair. */
export function endpointAlias(endpoint: string): string {
  return ENDPOINT_ALIAS + endpoint;
}

/** Name of the VXLAN device of a VNI. */
export function vxlanName(vni: Vni): string {
  return `vx${vni}`;
}

/** Whether a device is the VXLAN device of a VRF, in whose namespace it is. */
export function isOurVxlan({ name, detail, alias }: OwnLinkProperties): boolean {
  if (detail.kind !== "vxlan") {
    return false;
  }
  // One that somebody has renamed keeps our alias, and the VNI.
  return alias?.startsWith(VRF_ALIAS) ?? name === vxlanName(detail.vni);
}

/** Alias of the bridge and of the VXLAN device of a bridged subnet. */
export function subnetAlias(subnet: string): string {
  return SUBNET_ALIAS + subnet;
}

/** Name of the bridge of an L2VNI. */
export function bridgeName(l2vni: Vni): string {
  return `br${l2vni}`;
}

/** Whether a device is the bridge of a bridged subnet of the VRF in whose namespace it is. */
export function isOurBridge({ name, detail, alias }: OwnLinkProperties): boolean {
  return (
    detail.kind === "bridge" && (alias?.startsWith(SUBNET_ALIAS) ?? /^br[1-9][0-9]*$/.test(name))
  );
}

/**
 * Whether a device is the VXLAN device of a bridged subnet of the VRF in whose namespace it is. One
 * without an alias yet is taken for that of a VRF.
 */
export function isOurSubnetVxlan({ detail, alias }: OwnLinkProperties): boolean {
  return detail.kind === "vxlan" && alias?.startsWith(SUBNET_ALIAS) === true;
}

/** Whether a device is ours, in a namespace of ours. */
export function isOurDevice(link: OwnLinkProperties): boolean {
  return [isOurVxlan, isOurSubnetVxlan, isOurBridge, isOurHostInterface].some((is) => is(link));
}

/** Name of the host end of an endpoint: at most 15 octets (IFNAMSIZ), stable, 48 bits of hash. */
export function hostInterfaceName(endpoint: string): string {
  return `c${digest(endpoint).toString("hex", 0, 6)}`;
}

/** Whether a device is the host end of an endpoint of the VRF in whose namespace it is. */
export function isOurHostInterface({ name, detail, alias }: OwnLinkProperties): boolean {
  return (
    detail.kind === "veth" &&
    /^c[0-9a-f]{12}$/.test(name) &&
    (alias === undefined || alias.startsWith(ENDPOINT_ALIAS))
  );
}

/** MAC address of an endpoint that was given none: locally administered, stable, 40 bits of hash. */
export function endpointMac(endpoint: string): MacAddress {
  const bytes = Uint8Array.from(digest(endpoint).subarray(6, 12));
  bytes[0] = 0x06;
  return macFromBytes(bytes);
}

/**
 * Id of the next-hop object of a VTEP, so that a restarted agent finds its own objects: its IPv4 address
 * as a number, or 240.0.0.0 plus a 28-bit hash of its IPv6 address. `undefined` for what cannot be a
 * VTEP: 0.0.0.0/8, multicast, class E, and what {@link isVtep} refuses of IPv6.
 */
export function nextHopId(vtep: IpAddress): number | undefined {
  const bytes = ipBytes(vtep);
  if (bytes.length !== 4) {
    return isVtep(vtep) ? FIRST_IPV6_ID + (digest(vtep).readUInt32BE(0) % HASHED_IDS) : undefined;
  }
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return id < 0x01000000 || id >= FIRST_GROUP_ID ? undefined : id;
}

/** The id that a VTEP with an IPv6 address gets when that one is another's. */
export function nextIpv6Id(id: number): number {
  return FIRST_IPV6_ID + ((id - FIRST_IPV6_ID + 1) % HASHED_IDS);
}

/** Whether VXLAN packets can be sent there: unicast, and of IPv6 neither loopback nor link-local. */
export function isVtep(address: IpAddress): boolean {
  return ipFamily(address) === 4
    ? nextHopId(address) !== undefined
    : isUnicast(address) && !isLoopback(address) && !isLinkLocal(address);
}

/**
 * Gateway of a VTEP's next-hop object: fe80:: with the object's id in the low 32 bits, which is the VTEP's
 * IPv4 address if it has one. One object with an IPv6 gateway serves routes of both families.
 */
export function nextHopGateway(id: number): IpAddress {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfe;
  bytes[1] = 0x80;
  new DataView(bytes.buffer).setUint32(12, id);
  return ipFromBytes(bytes, 0, 6);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
