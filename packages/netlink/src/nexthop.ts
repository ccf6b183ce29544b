/**
 * Next-hop objects: requests, decoding (RTM_NEWNEXTHOP, RTM_DELNEXTHOP; linux/nexthop.h).
 *
 * Does not: encapsulation, resilient groups.
 */
import { type IpAddress, ipFamily } from "@selvedge/net";
import type { AttributeReader, MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  AF_INET6,
  AF_UNSPEC,
  addressFamily,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  RTM_DELNEXTHOP,
  RTM_GETNEXTHOP,
  RTM_NEWNEXTHOP,
} from "./wire/protocol.ts";

/** Octets of struct nhmsg and of struct nexthop_grp. */
const HEADER_LENGTH = 8;
const MEMBER_LENGTH = 8;

const NHA_ID = 1;
const NHA_GROUP = 2;
const NHA_BLACKHOLE = 4;
const NHA_OIF = 5;
const NHA_GATEWAY = 6;
const NHA_FDB = 11;

const RTNH_F_ONLINK = 4;

/** A member of a next-hop group. */
export interface NexthopMember {
  readonly id: number;
  /** 1 to 256. */
  readonly weight: number;
}

/** Where a next-hop object leads. */
export type NexthopVia =
  | {
      readonly kind: "gateway";
      readonly address: IpAddress;
      /** Interface index. */
      readonly link: number;
      /** The gateway need not be in a prefix of the link. */
      readonly onlink: boolean;
    }
  /** Equal-cost paths. */
  | { readonly kind: "group"; readonly members: readonly NexthopMember[] }
  /** Silently drops; serves routes of both families. The loopback device must be up. */
  | { readonly kind: "blackhole" }
  /** A VTEP for FDB entries; must live in the namespace of the VXLAN device's UDP socket. */
  | { readonly kind: "fdb"; readonly address: IpAddress }
  /** Several VTEPs for FDB entries (multihoming). */
  | { readonly kind: "fdb-group"; readonly members: readonly NexthopMember[] };

/**
 * Adds a next-hop object or replaces it under the routes that name it.
 *
 * Equivalent to: `ip nexthop replace id ID via ADDRESS dev LINK [onlink] | group ... | blackhole [fdb] proto N`
 */
export interface NexthopReplaceRequest {
  readonly kind: "nexthop.replace";
  readonly id: number;
  readonly via: NexthopVia;
  /** nh_protocol. */
  readonly protocol: number;
}

/**
 * Deletes a next-hop object, and with it every route that names it and its memberships in groups.
 *
 * Equivalent to: `ip nexthop del id ID`
 */
export interface NexthopDeleteRequest {
  readonly kind: "nexthop.delete";
  readonly id: number;
}

/** Where a next-hop object of the kernel leads: what can be requested, and what others made. */
export type KnownNexthopVia = NexthopVia | { readonly kind: "other" };

/** A next-hop object of the kernel. */
export interface Nexthop {
  readonly id: number;
  readonly via: KnownNexthopVia;
  readonly protocol: number;
}

/** Which next-hop objects a dump returns. */
export interface NexthopFilter {
  readonly protocol?: number;
}

/** Writes the message of a request. */
export function encodeNexthopRequest(
  writer: MessageWriter,
  request: NexthopReplaceRequest | NexthopDeleteRequest,
): void {
  if (request.kind === "nexthop.delete") {
    writer.begin(RTM_DELNEXTHOP, NLM_F_REQUEST);
    writeHeader(writer, AF_UNSPEC, 0, 0);
    writer.attributeU32(NHA_ID, request.id);
    writer.end();
    return;
  }
  const { via, protocol } = request;
  writer.begin(RTM_NEWNEXTHOP, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
  const onlink = via.kind === "gateway" && via.onlink;
  writeHeader(writer, familyOf(via), protocol, onlink ? RTNH_F_ONLINK : 0);
  writer.attributeU32(NHA_ID, request.id);
  switch (via.kind) {
    case "gateway":
      writer.attributeIp(NHA_GATEWAY, via.address);
      writer.attributeU32(NHA_OIF, via.link);
      break;
    case "group":
      writeMembers(writer, via.members);
      break;
    case "blackhole":
      writer.attributeFlag(NHA_BLACKHOLE);
      break;
    case "fdb":
      writer.attributeIp(NHA_GATEWAY, via.address);
      writer.attributeFlag(NHA_FDB);
      break;
    case "fdb-group":
      writeMembers(writer, via.members);
      writer.attributeFlag(NHA_FDB);
      break;
  }
  writer.end();
}

/** Writes a request for all next-hop objects. */
export function encodeNexthopDump(writer: MessageWriter, flags: number): void {
  writer.begin(RTM_GETNEXTHOP, flags);
  writeHeader(writer, AF_UNSPEC, 0, 0);
  writer.end();
}

/** Reads RTM_NEWNEXTHOP or RTM_DELNEXTHOP. */
export function decodeNexthop(message: MessageReader): Nexthop {
  const protocol = message.u8(2);
  const onlink = (message.u32(4) & RTNH_F_ONLINK) !== 0;
  let id = 0;
  let link = 0;
  let address: IpAddress | undefined;
  let members: NexthopMember[] | undefined;
  let blackhole = false;
  let fdb = false;
  const attribute = message.attributes(HEADER_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NHA_ID:
        id = attribute.u32();
        break;
      case NHA_GROUP:
        members = readMembers(attribute);
        break;
      case NHA_BLACKHOLE:
        blackhole = true;
        break;
      case NHA_OIF:
        link = attribute.u32();
        break;
      case NHA_GATEWAY:
        address = attribute.ip();
        break;
      case NHA_FDB:
        fdb = true;
        break;
    }
  }
  let via: KnownNexthopVia = { kind: "other" };
  if (blackhole) {
    via = { kind: "blackhole" };
  } else if (members !== undefined) {
    via = { kind: fdb ? "fdb-group" : "group", members };
  } else if (address !== undefined) {
    via = fdb ? { kind: "fdb", address } : { kind: "gateway", address, link, onlink };
  }
  return { id, via, protocol };
}

/** An IPv6 blackhole serves IPv4 routes as well, an IPv4 one does not serve IPv6 routes. */
function familyOf(via: NexthopVia): number {
  switch (via.kind) {
    case "gateway":
    case "fdb":
      return addressFamily(ipFamily(via.address));
    case "group":
    case "fdb-group":
      return AF_UNSPEC;
    case "blackhole":
      return AF_INET6;
  }
}

function writeHeader(
  writer: MessageWriter,
  family: number,
  protocol: number,
  nexthopFlags: number,
): void {
  writer.u8(family);
  writer.u8(0);
  writer.u8(protocol);
  writer.u8(0);
  writer.u32(nexthopFlags);
}

/** Members are struct nexthop_grp: the id and the weight less one. */
function writeMembers(writer: MessageWriter, members: readonly NexthopMember[]): void {
  const bytes = new Uint8Array(members.length * MEMBER_LENGTH);
  const view = new DataView(bytes.buffer);
  members.forEach(({ id, weight }, i) => {
    view.setUint32(i * MEMBER_LENGTH, id, true);
    view.setUint8(i * MEMBER_LENGTH + 4, weight - 1);
  });
  writer.attributeBytes(NHA_GROUP, bytes, 0, bytes.length);
}

function readMembers(attribute: AttributeReader): NexthopMember[] {
  const members: NexthopMember[] = [];
  for (let at = 0; at + MEMBER_LENGTH <= attribute.length; at += MEMBER_LENGTH) {
    members.push({ id: attribute.u32(at), weight: attribute.u8(at + 4) + 1 });
  }
  return members;
}
