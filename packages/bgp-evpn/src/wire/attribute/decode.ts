/**
 * Decodes the value of a path attribute, or says what is wrong with it: the slow path's half of the rules of RFC 7606
 * (check.ts is the other). MP_REACH_NLRI and MP_UNREACH_NLRI are decoded with their UPDATE.
 */
import { type IpAddress, ipFromBytes, isAsn } from "@selvedge/net";
import type { CodecContext } from "../codec-context.ts";
import { hex } from "../hex.ts";
import { readU8, readU16, readU32 } from "../octets.ts";
import { decodeAsPath } from "./as-path.ts";
import { ATTRIBUTE } from "./attribute-type.ts";
import { decodeCommunities, decodeLargeCommunities } from "./community.ts";
import { decodeExtendedCommunities } from "./extended-community.ts";
import type { AttributeBody } from "./path-attribute.ts";
import { decodePmsiTunnel } from "./pmsi-tunnel.ts";
import type { UpdateFault } from "./rules.ts";

const ORIGINS = ["igp", "egp", "incomplete"] as const;

/** The body of an attribute whose flags and length are right (rules.ts), or the fault of its value. */
export function decodeAttributeBody(
  type: number,
  value: Uint8Array,
  context: CodecContext,
): AttributeBody | UpdateFault {
  switch (type) {
    case ATTRIBUTE.ORIGIN: {
      const origin = ORIGINS[readU8(value, 0)];
      return origin === undefined ? "origin-value" : { kind: "origin", origin };
    }
    case ATTRIBUTE.AS_PATH: {
      const segments = decodeAsPath(value, "AS_PATH", context.fourOctetAs ? 4 : 2);
      return typeof segments === "string" ? segments : { kind: "as-path", segments };
    }
    case ATTRIBUTE.AS4_PATH: {
      const segments = decodeAsPath(value, "AS4_PATH", 4);
      return typeof segments === "string" ? segments : { kind: "as4-path", segments };
    }
    case ATTRIBUTE.NEXT_HOP:
      return { kind: "next-hop", address: ipFromBytes(value, 0, 4) };
    case ATTRIBUTE.MULTI_EXIT_DISC:
      return { kind: "med", value: readU32(value, 0) };
    case ATTRIBUTE.LOCAL_PREF:
      return { kind: "local-pref", value: readU32(value, 0) };
    case ATTRIBUTE.ATOMIC_AGGREGATE:
      return { kind: "atomic-aggregate" };
    case ATTRIBUTE.AGGREGATOR:
      return decodeAggregator("aggregator", value);
    case ATTRIBUTE.AS4_AGGREGATOR:
      return decodeAggregator("as4-aggregator", value);
    case ATTRIBUTE.COMMUNITIES:
      return { kind: "communities", communities: decodeCommunities(value) };
    case ATTRIBUTE.ORIGINATOR_ID:
      return { kind: "originator-id", routerId: ipFromBytes(value, 0, 4) };
    case ATTRIBUTE.CLUSTER_LIST:
      return { kind: "cluster-list", clusterIds: decodeClusterList(value) };
    case ATTRIBUTE.EXTENDED_COMMUNITIES:
      return { kind: "extended-communities", communities: decodeExtendedCommunities(value) };
    case ATTRIBUTE.PMSI_TUNNEL: {
      const tunnel = decodePmsiTunnel(value);
      return typeof tunnel === "string" ? tunnel : { kind: "pmsi-tunnel", ...tunnel };
    }
    case ATTRIBUTE.LARGE_COMMUNITIES:
      return { kind: "large-communities", communities: decodeLargeCommunities(value) };
    default:
      return { kind: "unknown", type, value: hex(value) };
  }
}

/** AS number (2 or 4) | address (4). */
function decodeAggregator(
  kind: "aggregator" | "as4-aggregator",
  value: Uint8Array,
): AttributeBody | UpdateFault {
  const width = value.length - 4;
  const asn = width === 4 ? readU32(value, 0) : readU16(value, 0);
  return isAsn(asn) ? { kind, asn, address: ipFromBytes(value, width, 4) } : "as-zero";
}

function decodeClusterList(value: Uint8Array): readonly IpAddress[] {
  return Array.from({ length: value.length / 4 }, (_, index) => ipFromBytes(value, 4 * index, 4));
}
