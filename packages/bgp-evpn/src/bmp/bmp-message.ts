/**
 * BMP messages: values to octets. A collector sends nothing, so nothing is decoded here.
 *
 *   version 3 (1) | message length (4), header included | type (1) | body
 *
 * RFC 7854 section 4; the per-peer header that most bodies begin with is in per-peer-header.ts.
 */

import { type IpAddress, ipBytes } from "@selvedge/net";
import { ByteWriter } from "../wire/byte-writer.ts";
import { familyCodes, type KnownFamily } from "../wire/family.ts";
import { writeU32 } from "../wire/octets.ts";
import {
  type MonitoredPeer,
  PER_PEER_HEADER_LENGTH,
  writePerPeerHeader,
} from "./per-peer-header.ts";

/** Octets of the common header. */
export const BMP_HEADER_LENGTH = 6;

/** Message types (RFC 7854 section 4.1). */
export const BMP_MESSAGE = {
  ROUTE_MONITORING: 0,
  STATISTICS_REPORT: 1,
  PEER_DOWN: 2,
  PEER_UP: 3,
  INITIATION: 4,
  TERMINATION: 5,
} as const;

/** Why a BMP session ends (RFC 7854 section 4.5). */
export const TERMINATION_REASON = {
  ADMINISTRATIVELY_CLOSED: 0,
  UNSPECIFIED: 1,
  OUT_OF_RESOURCES: 2,
  REDUNDANT_CONNECTION: 3,
} as const;

/** Types of statistics (RFC 7854 section 4.8) that this speaker has figures for. */
export const STATISTIC = {
  DUPLICATE_ADVERTISEMENTS: 1,
  CLUSTER_LIST_LOOPS: 3,
  AS_PATH_LOOPS: 4,
  ORIGINATOR_LOOPS: 5,
  ADJ_RIB_IN_ROUTES: 7,
  FAMILY_ADJ_RIB_IN_ROUTES: 9,
  UPDATES_TREATED_AS_WITHDRAW: 11,
  PREFIXES_TREATED_AS_WITHDRAW: 12,
} as const;

const VERSION = 3;
const INFORMATION = { STRING: 0, SYS_DESCR: 1, SYS_NAME: 2 } as const;
const TERMINATION = { STRING: 0, REASON: 1 } as const;
const ADDRESS_LENGTH = 16;

/** What a Peer Up says beside who the peer is (RFC 7854 section 4.10). */
export interface PeerUpFields {
  /** Undefined where the socket does not tell any more: sent as zeros. */
  readonly localAddress: IpAddress | undefined;
  readonly localPort: number;
  readonly remotePort: number;
  /** Whole messages, as they were sent and received. */
  readonly openSent: Uint8Array;
  readonly openReceived: Uint8Array;
}

/** Why a session is over (RFC 7854 section 4.9). */
export type PeerDownReason =
  /** 1 and 3; the whole NOTIFICATION. */
  | { readonly kind: "notification-sent" | "notification-received"; readonly message: Uint8Array }
  /** 2; the number of the event of RFC 4271 section 8.1, 0 when there is none for it. */
  | { readonly kind: "closed-locally"; readonly fsmEvent: number }
  /** 4. */
  | { readonly kind: "closed-remotely" }
  /** 5: nothing more is told of this peer. */
  | { readonly kind: "not-monitored" };

/** A figure about a peer. */
export interface Statistic {
  readonly type: (typeof STATISTIC)[keyof typeof STATISTIC];
  /** Counters are sent modulo 2^32. */
  readonly value: number;
  /** Of a figure about one family. */
  readonly family?: KnownFamily;
}

/** The first message of a BMP session (RFC 7854 section 4.3). */
export function encodeInitiation(fields: {
  readonly sysName: string;
  readonly sysDescr: string;
}): Uint8Array {
  const out = new ByteWriter();
  writeText(out, INFORMATION.SYS_DESCR, fields.sysDescr);
  writeText(out, INFORMATION.SYS_NAME, fields.sysName);
  return message(BMP_MESSAGE.INITIATION, out.finish());
}

/** The last message of a BMP session (RFC 7854 section 4.5). */
export function encodeTermination(reason: number, text: string): Uint8Array {
  const out = new ByteWriter().u16(TERMINATION.REASON).u16(2).u16(reason);
  if (text !== "") writeText(out, TERMINATION.STRING, text);
  return message(BMP_MESSAGE.TERMINATION, out.finish());
}

/** A session came up, at `timeMs` since 1970. */
export function encodePeerUp(
  peer: MonitoredPeer,
  timeMs: number,
  fields: PeerUpFields,
): Uint8Array {
  const body = new ByteWriter()
    .octets(paddedAddress(fields.localAddress))
    .u16(fields.localPort)
    .u16(fields.remotePort)
    .octets(fields.openSent)
    .octets(fields.openReceived)
    .finish();
  return peerMessage(BMP_MESSAGE.PEER_UP, peer, timeMs, body);
}

/** A session is over. */
export function encodePeerDown(
  peer: MonitoredPeer,
  timeMs: number,
  reason: PeerDownReason,
): Uint8Array {
  return peerMessage(BMP_MESSAGE.PEER_DOWN, peer, timeMs, peerDownBody(reason));
}

function peerDownBody(reason: PeerDownReason): Uint8Array {
  const out = new ByteWriter();
  switch (reason.kind) {
    case "notification-sent":
      return out.u8(1).octets(reason.message).finish();
    case "closed-locally":
      return out.u8(2).u16(reason.fsmEvent).finish();
    case "notification-received":
      return out.u8(3).octets(reason.message).finish();
    case "closed-remotely":
      return out.u8(4).finish();
    case "not-monitored":
      return out.u8(5).finish();
    default:
      return reason satisfies never;
  }
}

/**
 * Wraps the UPDATE of `length` octets at `offset`, which is copied as it is. `legacyAsPath`: AS numbers in its AS_PATH
 * have two octets.
 */
export function encodeRouteMonitoring(
  peer: MonitoredPeer,
  timeMs: number,
  legacyAsPath: boolean,
  bytes: Uint8Array,
  offset: number,
  length: number,
): Uint8Array {
  const at = BMP_HEADER_LENGTH + PER_PEER_HEADER_LENGTH;
  const out = new Uint8Array(at + length);
  writeBmpHeader(out, BMP_MESSAGE.ROUTE_MONITORING);
  writePerPeerHeader(out, BMP_HEADER_LENGTH, peer, timeMs, legacyAsPath);
  out.set(bytes.subarray(offset, offset + length), at);
  return out;
}

/** Figures about a peer (RFC 7854 section 4.8). */
export function encodeStatisticsReport(
  peer: MonitoredPeer,
  timeMs: number,
  statistics: readonly Statistic[],
): Uint8Array {
  const out = new ByteWriter().u32(statistics.length);
  for (const { family, type, value } of statistics) {
    out.u16(type);
    if (type === STATISTIC.ADJ_RIB_IN_ROUTES || family !== undefined) {
      out.u16(family === undefined ? 8 : 11);
      if (family !== undefined) {
        const { afi, safi } = familyCodes(family);
        out.u16(afi).u8(safi);
      }
      out.u32(Math.floor(value / 0x1_0000_0000)).u32(value);
    } else {
      out.u16(4).u32(value);
    }
  }
  return peerMessage(BMP_MESSAGE.STATISTICS_REPORT, peer, timeMs, out.finish());
}

function peerMessage(
  type: number,
  peer: MonitoredPeer,
  timeMs: number,
  body: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(PER_PEER_HEADER_LENGTH);
  writePerPeerHeader(header, 0, peer, timeMs, false);
  return message(type, new ByteWriter().octets(header).octets(body).finish());
}

function message(type: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(BMP_HEADER_LENGTH + body.length);
  writeBmpHeader(out, type);
  out.set(body, BMP_HEADER_LENGTH);
  return out;
}

function writeBmpHeader(out: Uint8Array, type: number): void {
  out[0] = VERSION;
  writeU32(out, 1, out.length);
  out[5] = type;
}

/** type (2) | length (2) | UTF-8. */
function writeText(out: ByteWriter, type: number, text: string): void {
  const octets = new TextEncoder().encode(text).subarray(0, 0xffff);
  out.u16(type).u16(octets.length).octets(octets);
}

/** 16 octets; an IPv4 address stands in the last four. */
function paddedAddress(address: IpAddress | undefined): Uint8Array {
  const padded = new Uint8Array(ADDRESS_LENGTH);
  if (address === undefined) return padded;
  const octets = ipBytes(address);
  padded.set(octets, ADDRESS_LENGTH - octets.length);
  return padded;
}
