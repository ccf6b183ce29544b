/**
 * Checks attribute values on the received bytes, without decoding them: the hot path's half of the rules of
 * RFC 7606. The other half are the decoders beside this file, which must find the same fault in the same
 * value; a test compares the two.
 */
import type { CodecContext } from "../codec-context.ts";
import { checkEvpnField } from "../evpn/nlri-check.ts";
import { type KnownFamily, knownFamily } from "../family.ts";
import { readU8, readU16, readU24, readU32 } from "../octets.ts";
import { checkMembershipField } from "../route-target-membership.ts";
import { checkPrefixField } from "../unicast-check.ts";
import { ATTRIBUTE, FLAG } from "./attribute-type.ts";
import { attributeRule, lengthFits, type UpdateFault } from "./rules.ts";

/** Segment types of AS_PATH (RFC 4271 section 4.3) and of confederations (RFC 5065 section 3). */
const AS_SET = 1;
const AS_SEQUENCE = 2;
const AS_CONFED_SET = 4;
/** Tunnel types whose identifier has a known length (RFC 6514 section 5). */
const TUNNEL_NONE = 0;
const TUNNEL_INGRESS_REPLICATION = 6;
/** Flags 1, tunnel type 1, label 3. */
const PMSI_BASE_LENGTH = 5;

/** The first fault of an attribute, or undefined: acceptance from this peer, flags, length, value, in this order. */
export function checkAttribute(
  bytes: Uint8Array,
  flags: number,
  type: number,
  offset: number,
  length: number,
  context: CodecContext,
): UpdateFault | undefined {
  const rule = attributeRule(type);
  if (rule === undefined) {
    return (flags & FLAG.OPTIONAL) === 0 ? "unrecognized-well-known" : undefined;
  }
  if (rule.internalOnly && !context.ibgp) return "from-external-peer";
  if (isForOldSpeakers(type) && context.fourOctetAs) return "from-new-speaker";
  if ((flags & (FLAG.OPTIONAL | FLAG.TRANSITIVE)) !== rule.flags) return "flags";
  if (!lengthFits(rule, length, context.fourOctetAs)) return "length";
  return checkValue(bytes, type, offset, length, context);
}

/** RFC 6793 section 4.1: only old speakers send these. */
export function isForOldSpeakers(type: number): boolean {
  return type === ATTRIBUTE.AS4_PATH || type === ATTRIBUTE.AS4_AGGREGATOR;
}

function checkValue(
  bytes: Uint8Array,
  type: number,
  offset: number,
  length: number,
  context: CodecContext,
): UpdateFault | undefined {
  const end = offset + length;
  switch (type) {
    case ATTRIBUTE.ORIGIN:
      return readU8(bytes, offset) <= 2 ? undefined : "origin-value";
    case ATTRIBUTE.AS_PATH:
      return checkAsPath(bytes, offset, end, context.fourOctetAs ? 4 : 2, AS_SEQUENCE);
    case ATTRIBUTE.AS4_PATH:
      return checkAsPath(bytes, offset, end, 4, AS_CONFED_SET);
    case ATTRIBUTE.AGGREGATOR:
    case ATTRIBUTE.AS4_AGGREGATOR:
      return readAs(bytes, offset, length === 8 ? 4 : 2) === 0 ? "as-zero" : undefined;
    case ATTRIBUTE.PMSI_TUNNEL:
      return checkPmsiTunnel(bytes, offset, length);
    case ATTRIBUTE.MP_REACH_NLRI:
      return checkMpReach(bytes, offset, end, context);
    case ATTRIBUTE.MP_UNREACH_NLRI:
      return checkField(bytes, offset, offset + 3, end, context);
    default:
      return undefined;
  }
}

function readAs(bytes: Uint8Array, at: number, width: number): number {
  return width === 4 ? readU32(bytes, at) : readU16(bytes, at);
}

/**
 * `lastType`: AS_SEQUENCE in AS_PATH, as confederation segments are not accepted from outside of one (RFC 5065
 * section 5), and this speaker is in none; AS4_PATH's are removed when it is merged (RFC 6793 section 6).
 */
function checkAsPath(
  bytes: Uint8Array,
  offset: number,
  end: number,
  width: number,
  lastType: number,
): UpdateFault | undefined {
  let fault: UpdateFault | undefined;
  for (let at = offset; at < end; ) {
    const type = readU8(bytes, at);
    if (at + 2 > end || type < AS_SET || type > lastType) return "as-path-segment";
    const count = readU8(bytes, at + 1);
    const next = at + 2 + count * width;
    if (count === 0 || next > end) return "as-path-segment";
    for (at += 2; at < next; at += width) {
      if (readAs(bytes, at, width) === 0) fault = "as-zero";
    }
  }
  return fault;
}

function checkPmsiTunnel(
  bytes: Uint8Array,
  offset: number,
  length: number,
): UpdateFault | undefined {
  const type = readU8(bytes, offset + 1);
  const identifier = length - PMSI_BASE_LENGTH;
  if (type === TUNNEL_NONE) return identifier === 0 ? undefined : "tunnel-identifier";
  if (type !== TUNNEL_INGRESS_REPLICATION) return undefined;
  return identifier === 4 || identifier === 16 ? undefined : "tunnel-identifier";
}

function checkMpReach(
  bytes: Uint8Array,
  offset: number,
  end: number,
  context: CodecContext,
): UpdateFault | undefined {
  const nextHopLength = readU8(bytes, offset + 3);
  const nlri = offset + 5 + nextHopLength;
  if (nlri > end) return "next-hop-length";
  const family = negotiatedFamily(bytes, offset, context);
  if (family === undefined) return undefined;
  if (!nextHopFits(family, nextHopLength)) return "next-hop-length";
  return checkField(bytes, offset, nlri, end, context);
}

/** The family whose numbers are at `offset`, if NLRI of it are to be read in this session. */
export function negotiatedFamily(
  bytes: Uint8Array,
  offset: number,
  context: CodecContext,
): KnownFamily | undefined {
  const family = knownFamily(readU24(bytes, offset) >>> 8, readU8(bytes, offset + 2));
  return family !== undefined && context.families.includes(family) ? family : undefined;
}

/**
 * Whether a next hop of that many octets is one of the family: RFC 7432 section 7 for EVPN and RFC 4684 section 4 for
 * route target membership (an IPv4 or IPv6 address), RFC 2545 section 3 for IPv6 (16, or 32 with a link-local one),
 * RFC 8950 section 3 for IPv4.
 */
function nextHopFits(family: KnownFamily, length: number): boolean {
  if (length === 16) return true;
  if (length === 4) return family !== "ipv6-unicast";
  return length === 32 && (family === "ipv4-unicast" || family === "ipv6-unicast");
}

/** The NLRI from `nlri` to `end`, of the family whose numbers are at `codes`. */
function checkField(
  bytes: Uint8Array,
  codes: number,
  nlri: number,
  end: number,
  context: CodecContext,
): UpdateFault | undefined {
  const family = negotiatedFamily(bytes, codes, context);
  if (family === undefined) return undefined;
  const pathIds = context.addPathReceive.includes(family);
  if (family === "l2vpn-evpn") return checkEvpnField(bytes, nlri, end, pathIds);
  if (family === "rtc") return checkMembershipField(bytes, nlri, end, pathIds);
  return checkPrefixField(bytes, nlri, end, family === "ipv4-unicast" ? 32 : 128, pathIds);
}
