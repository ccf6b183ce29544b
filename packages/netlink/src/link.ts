/**
 * Network devices as the kernel reports them (RTM_NEWLINK; linux/if_link.h).
 *
 * Does not: statistics, virtual functions, spanning tree.
 */
import { type IpAddress, ipFamily, isVni, type MacAddress, type Vni } from "@selvedge/net";
import { type BridgePort, readBridgePort } from "./bridge-port.ts";
import type { AttributeReader, MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import { AF_BRIDGE, AF_INET6, RTM_GETLINK } from "./wire/protocol.ts";

/** Octets of struct ifinfomsg. */
const HEADER_LENGTH = 16;

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_LINKINFO = 18;
export const IFLA_IFALIAS = 20;
export const IFLA_AF_SPEC = 26;
export const IFLA_GROUP = 27;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;

export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const IFLA_INFO_SLAVE_KIND = 4;
export const IFLA_INFO_SLAVE_DATA = 5;

export const IFLA_BR_MCAST_SNOOPING = 23;

export const IFLA_VXLAN_ID = 1;
export const IFLA_VXLAN_LOCAL = 4;
export const IFLA_VXLAN_TTL = 5;
export const IFLA_VXLAN_LEARNING = 7;
export const IFLA_VXLAN_PORT = 15;
export const IFLA_VXLAN_LOCAL6 = 17;
export const IFLA_VXLAN_UDP_CSUM = 18;
export const IFLA_VXLAN_UDP_ZERO_CSUM6_TX = 19;

export const IFLA_INET6_ADDR_GEN_MODE = 8;

export const IFF_UP = 0x1;
const IFF_LOWER_UP = 0x10000;

/** Leaves the statistics out of a dump. */
const RTEXT_FILTER_SKIP_STATS = 8;

/** In the order of enum in6_addr_gen_mode. */
export const ADDR_GEN_MODES = ["eui64", "none", "stable-privacy", "random"] as const;

/** How the kernel makes IPv6 link-local addresses (IFLA_INET6_ADDR_GEN_MODE). */
export type AddrGenMode = (typeof ADDR_GEN_MODES)[number];

/** What kind of device a link is. */
export type LinkDetail =
  | {
      readonly kind: "vxlan";
      readonly vni: Vni;
      readonly local: IpAddress | undefined;
      readonly port: number;
      readonly learning: boolean;
      readonly ttl: number;
      readonly udpChecksum: boolean;
    }
  | { readonly kind: "veth" }
  | {
      readonly kind: "bridge";
      /** Whether multicast goes only to ports that have asked for it. */
      readonly multicastSnooping: boolean;
    }
  | { readonly kind: "dummy" }
  /** `type` is the kernel's name of the kind, or absent for devices without one (lo, physical). */
  | { readonly kind: "other"; readonly type: string | undefined };

/** A network device. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly detail: LinkDetail;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** Lower layer is up (IFF_LOWER_UP): the carrier. */
  readonly carrier: boolean;
  /** Octets. */
  readonly mtu: number;
  /** Absent when the device has no six-octet address. */
  readonly mac: MacAddress | undefined;
  readonly alias: string | undefined;
  /** Index of the bridge this device is a port of. */
  readonly master: number | undefined;
  /** How it is a port of a bridge; absent when it is of none. */
  readonly bridgePort: BridgePort | undefined;
  /** Index of the related device (IFLA_LINK): of a veth, its peer, in the namespace where that is. */
  readonly peer: number | undefined;
  /** Kernel's id of the namespace of the peer or, of a VXLAN device, of its UDP socket, when it is another one. */
  readonly peerNamespaceId: number | undefined;
  readonly addrGenMode: AddrGenMode | undefined;
}

/** Writes a request for all devices, or for the one of an index. */
export function encodeLinkDump(writer: MessageWriter, flags: number, index = 0): void {
  writer.begin(RTM_GETLINK, flags);
  writer.u32(0);
  writer.u32(index);
  writer.u32(0);
  writer.u32(0);
  writer.attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  writer.end();
}

/**
 * Reads RTM_NEWLINK or RTM_DELLINK; undefined when the message is about a bridge port: of PF_BRIDGE,
 * "deleted" means that the device left the bridge.
 */
export function decodeLink(message: MessageReader): Link | undefined {
  if (message.u8(0) === AF_BRIDGE) {
    return undefined;
  }
  const index = message.i32(4);
  const flags = message.u32(8);
  let name = "";
  let mtu = 0;
  let detail: LinkDetail = { kind: "other", type: undefined };
  let bridgePort: BridgePort | undefined;
  let mac: MacAddress | undefined;
  let alias: string | undefined;
  let master: number | undefined;
  let peer: number | undefined;
  let peerNamespaceId: number | undefined;
  let addrGenMode: AddrGenMode | undefined;
  const attribute = message.attributes(HEADER_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case IFLA_ADDRESS:
        mac = attribute.mac();
        break;
      case IFLA_IFNAME:
        name = attribute.text();
        break;
      case IFLA_MTU:
        mtu = attribute.u32();
        break;
      case IFLA_LINK:
        // 0 while a veth is being made or unmade.
        peer = attribute.u32() || undefined;
        break;
      case IFLA_MASTER:
        master = attribute.u32();
        break;
      case IFLA_LINKINFO:
        ({ detail, bridgePort } = readLinkInfo(attribute.nested()));
        break;
      case IFLA_IFALIAS:
        alias = attribute.text();
        break;
      case IFLA_AF_SPEC:
        addrGenMode = readAddrGenMode(attribute.nested());
        break;
      case IFLA_LINK_NETNSID:
        peerNamespaceId = attribute.u32();
        break;
    }
  }
  return {
    index,
    name,
    detail,
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    mtu,
    mac,
    alias,
    master,
    bridgePort,
    peer,
    peerNamespaceId,
    addrGenMode,
  };
}

function readLinkInfo(attribute: AttributeReader): Pick<Link, "detail" | "bridgePort"> {
  let type: string | undefined;
  let data: AttributeReader | undefined;
  let portKind: string | undefined;
  let port: AttributeReader | undefined;
  while (attribute.next()) {
    switch (attribute.type) {
      case IFLA_INFO_KIND:
        type = attribute.text();
        break;
      case IFLA_INFO_DATA:
        data = attribute.nested();
        break;
      case IFLA_INFO_SLAVE_KIND:
        portKind = attribute.text();
        break;
      case IFLA_INFO_SLAVE_DATA:
        port = attribute.nested();
        break;
    }
  }
  const isPort = portKind === "bridge";
  return {
    detail: readDetail(type, data),
    bridgePort: isPort && port !== undefined ? readBridgePort(port) : undefined,
  };
}

function readDetail(type: string | undefined, data: AttributeReader | undefined): LinkDetail {
  switch (type) {
    case "vxlan":
      return data === undefined ? { kind: "other", type } : readVxlan(data);
    case "bridge":
      return data === undefined ? { kind: "other", type } : readBridge(data);
    case "veth":
    case "dummy":
      return { kind: type };
    default:
      return { kind: "other", type };
  }
}

function readBridge(attribute: AttributeReader): LinkDetail {
  let multicastSnooping = false;
  while (attribute.next()) {
    if (attribute.type === IFLA_BR_MCAST_SNOOPING) {
      multicastSnooping = attribute.u8() !== 0;
    }
  }
  return { kind: "bridge", multicastSnooping };
}

function readVxlan(attribute: AttributeReader): LinkDetail {
  let vni = 0;
  let local: IpAddress | undefined;
  let port = 0;
  let learning = false;
  let ttl = 0;
  let checksum = true;
  let zeroChecksum6 = false;
  while (attribute.next()) {
    switch (attribute.type) {
      case IFLA_VXLAN_ID:
        vni = attribute.u32();
        break;
      case IFLA_VXLAN_LOCAL:
      case IFLA_VXLAN_LOCAL6:
        local = attribute.ip();
        break;
      case IFLA_VXLAN_TTL:
        ttl = attribute.u8();
        break;
      case IFLA_VXLAN_LEARNING:
        learning = attribute.u8() !== 0;
        break;
      case IFLA_VXLAN_PORT:
        port = attribute.u16BigEndian();
        break;
      case IFLA_VXLAN_UDP_CSUM:
        checksum = attribute.u8() !== 0;
        break;
      case IFLA_VXLAN_UDP_ZERO_CSUM6_TX:
        zeroChecksum6 = attribute.u8() !== 0;
        break;
    }
  }
  if (!isVni(vni)) {
    // VNI 0: a device in collect-metadata mode, which takes the VNI from each packet.
    return { kind: "other", type: "vxlan" };
  }
  const udpChecksum = local !== undefined && ipFamily(local) === 6 ? !zeroChecksum6 : checksum;
  return { kind: "vxlan", vni, local, port, learning, ttl, udpChecksum };
}

function readAddrGenMode(attribute: AttributeReader): AddrGenMode | undefined {
  while (attribute.next()) {
    if (attribute.type !== AF_INET6) {
      continue;
    }
    const inner = attribute.nested();
    while (inner.next()) {
      if (inner.type === IFLA_INET6_ADDR_GEN_MODE) {
        return ADDR_GEN_MODES[inner.u8()];
      }
    }
  }
  return undefined;
}
