/**
 * Encodes path attributes; the inverse of decode.ts. MP_REACH_NLRI and MP_UNREACH_NLRI are encoded with their UPDATE.
 */
import { ipBytes } from "@selvedge/net";
import { ByteWriter } from "../byte-writer.ts";
import type { CodecContext } from "../codec-context.ts";
import { bytesFromHex } from "../hex.ts";
import { encodeAsPath, writeAsn } from "./as-path.ts";
import { FLAG } from "./attribute-type.ts";
import { encodeCommunities, encodeLargeCommunities } from "./community.ts";
import { encodeExtendedCommunities } from "./extended-community.ts";
import { type AttributeBody, flagsOctet, type PathAttribute, typeOf } from "./path-attribute.ts";
import { encodePmsiTunnel } from "./pmsi-tunnel.ts";
import { attributeRule } from "./rules.ts";

const ORIGINS = ["igp", "egp", "incomplete"] as const;
const MAX_SHORT_LENGTH = 255;

/** An attribute whose value is in its own body. */
export type EncodableBody = Exclude<AttributeBody, { kind: "mp-reach" | "mp-unreach" }>;

/** Writes header and value of an attribute. */
export function writeAttribute(out: ByteWriter, attribute: PathAttribute, value: Uint8Array): void {
  const type = typeOf(attribute);
  const flags =
    attribute.flags === undefined
      ? (attributeRule(type)?.flags ?? FLAG.OPTIONAL | FLAG.TRANSITIVE)
      : flagsOctet(attribute.flags);
  const extended = (flags & FLAG.EXTENDED_LENGTH) !== 0 || value.length > MAX_SHORT_LENGTH;
  out.u8(extended ? flags | FLAG.EXTENDED_LENGTH : flags).u8(type);
  if (extended) out.u16(value.length);
  else out.u8(value.length);
  out.octets(value);
}

/** The value of an attribute. Throws RangeError for what its octets cannot hold. */
export function encodeAttributeBody(attribute: EncodableBody, context: CodecContext): Uint8Array {
  const width = context.fourOctetAs ? 4 : 2;
  const out = new ByteWriter();
  switch (attribute.kind) {
    case "origin":
      return out.u8(ORIGINS.indexOf(attribute.origin)).finish();
    case "as-path":
      return encodeAsPath(attribute.segments, width);
    case "as4-path":
      return encodeAsPath(attribute.segments, 4);
    case "next-hop":
      return ipBytes(attribute.address);
    case "med":
    case "local-pref":
      return out.u32(attribute.value).finish();
    case "atomic-aggregate":
      return out.finish();
    case "aggregator":
      return writeAsn(out, attribute.asn, width).octets(ipBytes(attribute.address)).finish();
    case "as4-aggregator":
      return out.u32(attribute.asn).octets(ipBytes(attribute.address)).finish();
    case "communities":
      return encodeCommunities(attribute.communities);
    case "originator-id":
      return ipBytes(attribute.routerId);
    case "cluster-list":
      for (const id of attribute.clusterIds) out.octets(ipBytes(id));
      return out.finish();
    case "extended-communities":
      return encodeExtendedCommunities(attribute.communities);
    case "pmsi-tunnel":
      return encodePmsiTunnel(attribute);
    case "large-communities":
      return encodeLargeCommunities(attribute.communities);
    case "unknown":
    case "malformed":
      return bytesFromHex(attribute.value);
    default:
      return attribute satisfies never;
  }
}
