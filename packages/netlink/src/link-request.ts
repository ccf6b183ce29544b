/**
 * Requests that create, change and delete network devices, and their encoding
 * (RTM_NEWLINK, RTM_DELLINK; linux/if_link.h, linux/rtnetlink.h).
 *
 * Does not: tunnels other than VXLAN, physical-function settings.
 */
import { type IpAddress, ipFamily, type MacAddress, type Vni } from "@selvedge/net";
import { type BridgePort, writeBridgePort } from "./bridge-port.ts";
import {
  ADDR_GEN_MODES,
  type AddrGenMode,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_AF_SPEC,
  IFLA_BR_MCAST_SNOOPING,
  IFLA_GROUP,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_INET6_ADDR_GEN_MODE,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_INFO_SLAVE_DATA,
  IFLA_INFO_SLAVE_KIND,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_VXLAN_ID,
  IFLA_VXLAN_LEARNING,
  IFLA_VXLAN_LOCAL,
  IFLA_VXLAN_LOCAL6,
  IFLA_VXLAN_PORT,
  IFLA_VXLAN_TTL,
  IFLA_VXLAN_UDP_CSUM,
  IFLA_VXLAN_UDP_ZERO_CSUM6_TX,
} from "./link.ts";
import type { NetworkNamespace } from "./namespace.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  AF_INET6,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTM_DELLINK,
  RTM_NEWLINK,
} from "./wire/protocol.ts";

const IFLA_NET_NS_FD = 28;
const IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20;
const VETH_INFO_PEER = 1;

/** A link chosen by its name or by its interface index, as seen by the socket's namespace. */
export type LinkSelector =
  | { readonly name: string; readonly index?: undefined }
  | { readonly index: number; readonly name?: undefined };

/** What kind of device to create. */
export type NewLink =
  | {
      readonly kind: "vxlan";
      readonly vni: Vni;
      /** Outer source address. The UDP socket lives in the namespace of the route socket. */
      readonly local: IpAddress;
      /** UDP destination port, 4789 by RFC 7348. */
      readonly port: number;
      /** Whether the device learns outer addresses from received frames. */
      readonly learning: boolean;
      /** Outer TTL; 0 inherits. */
      readonly ttl: number;
      /** Whether the outer UDP checksum is computed. */
      readonly udpChecksum: boolean;
    }
  | {
      readonly kind: "veth";
      readonly peerName: string;
      /** Where the peer is put; default: where the device itself is put. */
      readonly peerNamespace?: NetworkNamespace;
      readonly peerMac?: MacAddress;
    }
  | {
      readonly kind: "bridge";
      /** Whether multicast goes only to ports that have asked for it. Default: the kernel's, which is on. */
      readonly multicastSnooping?: boolean;
    }
  | { readonly kind: "dummy" };

/**
 * Creates a device, always down: a veth created up fails. Not repeatable: EEXIST when the name is
 * taken or, for a VXLAN device, its VNI and port. The kernel takes no alias here; set it afterwards.
 *
 * Equivalent to: `ip link add NAME [netns NS] [mtu N] [address MAC] type KIND ...`
 */
export interface LinkCreateRequest {
  readonly kind: "link.create";
  readonly name: string;
  readonly link: NewLink;
  readonly mac?: MacAddress;
  /** Octets; of a veth pair it is the MTU of both ends. */
  readonly mtu?: number;
  /** Where the device is put; default: the namespace of the route socket. */
  readonly namespace?: NetworkNamespace;
}

/** What `link.set` can change; whatever is absent stays as it is. */
interface LinkChanges {
  readonly up?: boolean;
  readonly mac?: MacAddress;
  /** Octets. */
  readonly mtu?: number;
  /** At most 255 octets of UTF-8; the empty string removes it. */
  readonly alias?: string;
  /** A number that several devices may have, by which they can be deleted; 0 is that of all others. */
  readonly group?: number;
  /** Index of the bridge to join; 0 leaves it. */
  readonly master?: number;
  /** Of a port of a bridge; the kernel refuses it with EINVAL in the request that makes it one, and of a device that is none with EOPNOTSUPP. */
  readonly bridgePort?: Partial<BridgePort>;
  /** Moves the device. Its addresses, routes and up state are lost. */
  readonly namespace?: NetworkNamespace;
  /**
   * How IPv6 link-local addresses are made. The kernel brings a device up before it looks at this, so
   * that a request with `up` as well comes too late: ask for this first.
   */
  readonly addrGenMode?: AddrGenMode;
}

/**
 * Changes a device. A rename needs the index, because the name attribute of the message then holds
 * the new name.
 *
 * Equivalent to: `ip link set ...`
 */
export type LinkSetRequest =
  | ({ readonly kind: "link.set"; readonly name: string; readonly index?: undefined } & LinkChanges)
  | ({
      readonly kind: "link.set";
      readonly index: number;
      readonly name?: undefined;
      readonly newName?: string;
    } & LinkChanges);

/**
 * Deletes a device at once (a veth together with its peer).
 *
 * Equivalent to: `ip link delete ...`
 */
export type LinkDeleteRequest = { readonly kind: "link.delete" } & LinkSelector;

/**
 * Deletes all devices of a group at once (veths together with their peers); ENODEV when there is none, EOPNOTSUPP when
 * one of them cannot be deleted, and then none is. The kernel waits for readers of the devices only once, so that this
 * takes as long as deleting one: some 20 ms.
 *
 * Equivalent to: `ip link delete group ...`
 */
export interface LinkGroupDeleteRequest {
  readonly kind: "link.deleteGroup";
  readonly group: number;
}

/**
 * Makes the kernel act at once on a change of carrier, such as the second end of a veth pair coming up
 * brings to the first. Otherwise a worker does it a little later, and the device drops what it has to
 * send until then: the first ARP request, for which the kernel waits a second before the next. A query
 * for a single device has this effect since Linux 6.8, and none before.
 *
 * Equivalent to: `ip link show dev ...`
 */
export interface LinkSettleRequest {
  readonly kind: "link.settle";
  readonly index: number;
}

/** Writes the message of a request. */
export function encodeLinkRequest(
  writer: MessageWriter,
  request: LinkCreateRequest | LinkSetRequest | LinkDeleteRequest | LinkGroupDeleteRequest,
): void {
  switch (request.kind) {
    case "link.create":
      encodeCreate(writer, request);
      break;
    case "link.set":
      encodeSet(writer, request);
      break;
    case "link.delete":
      writer.begin(RTM_DELLINK, NLM_F_REQUEST);
      writeSelector(writer, request, undefined);
      writer.end();
      break;
    case "link.deleteGroup":
      writer.begin(RTM_DELLINK, NLM_F_REQUEST);
      writeIfinfomsg(writer, 0, undefined);
      writer.attributeU32(IFLA_GROUP, request.group);
      writer.end();
      break;
  }
}

function encodeCreate(writer: MessageWriter, request: LinkCreateRequest): void {
  writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  writeIfinfomsg(writer, 0, undefined);
  writer.attributeText(IFLA_IFNAME, request.name);
  writeCommon(writer, request);
  const info = writer.beginNest(IFLA_LINKINFO);
  writer.attributeText(IFLA_INFO_KIND, request.link.kind);
  const { link } = request;
  if (link.kind === "vxlan") {
    writeVxlan(writer, link);
  } else if (link.kind === "veth") {
    writeVeth(writer, request, link);
  } else if (link.kind === "bridge" && link.multicastSnooping !== undefined) {
    const data = writer.beginNest(IFLA_INFO_DATA);
    writer.attributeU8(IFLA_BR_MCAST_SNOOPING, link.multicastSnooping ? 1 : 0);
    writer.endNest(data);
  }
  writer.endNest(info);
  writer.end();
}

function encodeSet(writer: MessageWriter, request: LinkSetRequest): void {
  writer.begin(RTM_NEWLINK, NLM_F_REQUEST);
  writeSelector(writer, request, request.up);
  if (request.index !== undefined && request.newName !== undefined) {
    writer.attributeText(IFLA_IFNAME, request.newName);
  }
  writeCommon(writer, request);
  if (request.alias !== undefined) {
    writer.attributeText(IFLA_IFALIAS, request.alias);
  }
  if (request.group !== undefined) {
    writer.attributeU32(IFLA_GROUP, request.group);
  }
  if (request.master !== undefined) {
    writer.attributeU32(IFLA_MASTER, request.master);
  }
  if (request.bridgePort !== undefined) {
    const info = writer.beginNest(IFLA_LINKINFO);
    writer.attributeText(IFLA_INFO_SLAVE_KIND, "bridge");
    const data = writer.beginNest(IFLA_INFO_SLAVE_DATA);
    writeBridgePort(writer, request.bridgePort);
    writer.endNest(data);
    writer.endNest(info);
  }
  if (request.addrGenMode !== undefined) {
    const families = writer.beginNest(IFLA_AF_SPEC);
    const inet6 = writer.beginNest(AF_INET6);
    writer.attributeU8(IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODES.indexOf(request.addrGenMode));
    writer.endNest(inet6);
    writer.endNest(families);
  }
  writer.end();
}

function writeCommon(
  writer: MessageWriter,
  request: Pick<LinkCreateRequest, "mac" | "mtu" | "namespace">,
): void {
  if (request.mac !== undefined) {
    writer.attributeMac(IFLA_ADDRESS, request.mac);
  }
  if (request.mtu !== undefined) {
    writer.attributeU32(IFLA_MTU, request.mtu);
  }
  if (request.namespace !== undefined) {
    writer.attributeU32(IFLA_NET_NS_FD, request.namespace.fd);
  }
}

function writeVxlan(writer: MessageWriter, link: Extract<NewLink, { kind: "vxlan" }>): void {
  const data = writer.beginNest(IFLA_INFO_DATA);
  writer.attributeU32(IFLA_VXLAN_ID, link.vni);
  writer.attributeU8(IFLA_VXLAN_TTL, link.ttl);
  writer.attributeU8(IFLA_VXLAN_LEARNING, link.learning ? 1 : 0);
  writer.attributeU16BigEndian(IFLA_VXLAN_PORT, link.port);
  if (ipFamily(link.local) === 4) {
    writer.attributeIp(IFLA_VXLAN_LOCAL, link.local);
    writer.attributeU8(IFLA_VXLAN_UDP_CSUM, link.udpChecksum ? 1 : 0);
  } else {
    writer.attributeIp(IFLA_VXLAN_LOCAL6, link.local);
    writer.attributeU8(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, link.udpChecksum ? 0 : 1);
    writer.attributeU8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, link.udpChecksum ? 0 : 1);
  }
  writer.endNest(data);
}

function writeVeth(
  writer: MessageWriter,
  request: LinkCreateRequest,
  link: Extract<NewLink, { kind: "veth" }>,
): void {
  const data = writer.beginNest(IFLA_INFO_DATA);
  const peer = writer.beginNest(VETH_INFO_PEER);
  writeIfinfomsg(writer, 0, undefined);
  writer.attributeText(IFLA_IFNAME, link.peerName);
  if (link.peerMac !== undefined) {
    writer.attributeMac(IFLA_ADDRESS, link.peerMac);
  }
  if (request.mtu !== undefined) {
    writer.attributeU32(IFLA_MTU, request.mtu);
  }
  const namespace = link.peerNamespace ?? request.namespace;
  if (namespace !== undefined) {
    writer.attributeU32(IFLA_NET_NS_FD, namespace.fd);
  }
  writer.endNest(peer);
  writer.endNest(data);
}

/** Writes struct ifinfomsg, and the name when that is how the device is chosen. */
function writeSelector(
  writer: MessageWriter,
  selector: LinkSelector,
  up: boolean | undefined,
): void {
  writeIfinfomsg(writer, selector.index ?? 0, up);
  if (selector.name !== undefined) {
    writer.attributeText(IFLA_IFNAME, selector.name);
  }
}

function writeIfinfomsg(writer: MessageWriter, index: number, up: boolean | undefined): void {
  writer.u32(0);
  writer.u32(index);
  writer.u32(up === true ? IFF_UP : 0);
  writer.u32(up === undefined ? 0 : IFF_UP);
}
