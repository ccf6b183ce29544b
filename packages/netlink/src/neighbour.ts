/**
 * Neighbours, that is ARP and ND entries: requests, decoding (RTM_NEWNEIGH; linux/neighbour.h).
 *
 * Does not: proxy entries, neighbour tables' parameters. For FDB entries see fdb.ts.
 */
import { type IpAddress, ipFamily, type MacAddress } from "@selvedge/net";
import type { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  AF_UNSPEC,
  addressFamily,
  ipVersion,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from "./wire/protocol.ts";

/** Octets of struct ndmsg. */
export const NDMSG_LENGTH = 12;

export const NDA_DST = 1;
export const NDA_LLADDR = 2;
const NDA_PROTOCOL = 12;

/** NTF_EXT_LEARNED: a control plane learned it; exempt from garbage collection. */
export const NTF_EXT_LEARNED = 0x10;
const NTF_PROXY = 0x08;

/** NUD_*: an entry has one of these, or none. */
const STATES = [
  ["incomplete", 0x01],
  ["reachable", 0x02],
  ["stale", 0x04],
  ["delay", 0x08],
  ["probe", 0x10],
  ["failed", 0x20],
  ["noarp", 0x40],
  ["permanent", 0x80],
] as const;

const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;

/** State of a neighbour or FDB entry (NUD_*). */
export type NeighbourState = (typeof STATES)[number][0] | "none";

/**
 * Adds a neighbour or replaces it.
 *
 * Equivalent to: `ip neigh replace ADDRESS lladdr MAC dev LINK nud STATE [extern_learn] [protocol N]`
 */
export interface NeighbourReplaceRequest {
  readonly kind: "neighbour.replace";
  /** Interface index. */
  readonly link: number;
  readonly address: IpAddress;
  readonly mac: MacAddress;
  /** Both are never probed. Only permanent or externally learned ones are exempt from garbage collection. */
  readonly state: "permanent" | "noarp";
  /** Learned by a control plane (NTF_EXT_LEARNED). Default false. */
  readonly externLearn?: boolean;
  readonly protocol?: number;
}

/**
 * Deletes a neighbour.
 *
 * Equivalent to: `ip neigh del ADDRESS dev LINK`
 */
export interface NeighbourDeleteRequest {
  readonly kind: "neighbour.delete";
  readonly link: number;
  readonly address: IpAddress;
}

/** A neighbour of the kernel. */
export interface Neighbour {
  /** Interface index. */
  readonly link: number;
  readonly address: IpAddress;
  /** Absent while unresolved. */
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  readonly externLearn: boolean;
  /** 0 when none was given. */
  readonly protocol: number;
}

/** Writes the message of a request. */
export function encodeNeighbourRequest(
  writer: MessageWriter,
  request: NeighbourReplaceRequest | NeighbourDeleteRequest,
): void {
  const family = addressFamily(ipFamily(request.address));
  if (request.kind === "neighbour.delete") {
    writer.begin(RTM_DELNEIGH, NLM_F_REQUEST);
    writeNdmsg(writer, family, request.link, 0, 0);
    writer.attributeIp(NDA_DST, request.address);
    writer.end();
    return;
  }
  writer.begin(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
  const flags = request.externLearn === true ? NTF_EXT_LEARNED : 0;
  const state = request.state === "permanent" ? NUD_PERMANENT : NUD_NOARP;
  writeNdmsg(writer, family, request.link, state, flags);
  writer.attributeIp(NDA_DST, request.address);
  writer.attributeMac(NDA_LLADDR, request.mac);
  if (request.protocol !== undefined) {
    writer.attributeU8(NDA_PROTOCOL, request.protocol);
  }
  writer.end();
}

/** Writes a request for all neighbours of both families. */
export function encodeNeighbourDump(writer: MessageWriter, flags: number): void {
  writer.begin(RTM_GETNEIGH, flags);
  writeNdmsg(writer, AF_UNSPEC, 0, 0, 0);
  writer.end();
}

/** Reads RTM_NEWNEIGH or RTM_DELNEIGH; undefined when it is a proxy entry or not of IP. */
export function decodeNeighbour(message: MessageReader): Neighbour | undefined {
  const version = ipVersion(message.u8(0));
  const link = message.u32(4);
  const state = message.u16(8);
  const flags = message.u8(10);
  let address: IpAddress | undefined;
  let mac: MacAddress | undefined;
  let protocol = 0;
  const attribute = message.attributes(NDMSG_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case NDA_DST:
        address = version === undefined ? undefined : attribute.ip();
        break;
      case NDA_LLADDR:
        mac = attribute.mac();
        break;
      case NDA_PROTOCOL:
        protocol = attribute.u8();
        break;
    }
  }
  if (address === undefined || (flags & NTF_PROXY) !== 0) {
    return undefined;
  }
  const externLearn = (flags & NTF_EXT_LEARNED) !== 0;
  return { link, address, mac, state: stateOf(state), externLearn, protocol };
}

/** Writes struct ndmsg, the family header of neighbours and FDB entries. */
export function writeNdmsg(
  writer: MessageWriter,
  family: number,
  link: number,
  state: number,
  flags: number,
): void {
  writer.u32(family);
  writer.u32(link);
  writer.u16(state);
  writer.u8(flags);
  writer.u8(0);
}

function stateOf(bits: number): NeighbourState {
  for (const [state, bit] of STATES) {
    if ((bits & bit) !== 0) {
      return state;
    }
  }
  return "none";
}
