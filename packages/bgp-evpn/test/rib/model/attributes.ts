/** Path attributes as values: the form in which the reference keeps them, and octets to compare. */
import { type Asn, parseAsn } from "@selvedge/net";
import type { AsPathSegment } from "../../../src/wire/attribute/as-path.ts";
import { encodeAttributeBody, writeAttribute } from "../../../src/wire/attribute/encode.ts";
import type { ExtendedCommunity } from "../../../src/wire/attribute/extended-community.ts";
import {
  type AttributeBody,
  type PathAttribute,
  typeOf,
} from "../../../src/wire/attribute/path-attribute.ts";
import { ByteWriter } from "../../../src/wire/byte-writer.ts";
import type { CodecContext } from "../../../src/wire/codec-context.ts";
import { hex } from "../../../src/wire/hex.ts";

type Kind = PathAttribute["kind"];

/** The attribute of a kind, if it is there. */
export function find<K extends Kind>(
  attributes: readonly PathAttribute[],
  kind: K,
): Extract<PathAttribute, { kind: K }> | undefined {
  return attributes.find((attribute): attribute is Extract<PathAttribute, { kind: K }> => {
    return attribute.kind === kind;
  });
}

export function segmentsOf(attributes: readonly PathAttribute[]): readonly AsPathSegment[] {
  return find(attributes, "as-path")?.segments ?? [];
}

export function communitiesOf(attributes: readonly PathAttribute[]): readonly ExtendedCommunity[] {
  return find(attributes, "extended-communities")?.communities ?? [];
}

/** Puts an attribute before the first of a higher type, in the order of the attributes as received. */
export function inserted(
  attributes: readonly PathAttribute[],
  added: AttributeBody,
  received: readonly PathAttribute[],
): PathAttribute[] {
  const later = received.findIndex((attribute) => typeOf(attribute) > typeOf(added));
  const after = later < 0 ? [] : received.slice(later).map(typeOf);
  const at = attributes.findIndex((attribute) => after.includes(typeOf(attribute)));
  return at < 0 ? [...attributes, added] : attributes.toSpliced(at, 0, added);
}

/** One attribute in octets, as hex: equal when it is the same on the wire. */
export function attributeHex(attribute: PathAttribute, context: CodecContext): string {
  if (attribute.kind === "mp-reach" || attribute.kind === "mp-unreach") return attribute.kind;
  const out = new ByteWriter();
  writeAttribute(out, attribute, encodeAttributeBody(attribute, context));
  return hex(out.finish());
}

/** What a two-octet speaker has for a path, and whether the path needs AS4_PATH beside it. */
export function narrowSegments(segments: readonly AsPathSegment[]): {
  readonly segments: readonly AsPathSegment[];
  readonly isLossy: boolean;
} {
  const narrow = segments.map(({ kind, asns }) => ({ kind, asns: asns.map(narrowAsn) }));
  return {
    segments: narrow,
    isLossy: segments.some(({ asns }) => asns.some((asn) => asn > 0xffff)),
  };
}

export function narrowAsn(asn: Asn): Asn {
  return asn > 0xffff ? parseAsn(23456) : asn;
}

/** Attributes with four-octet AS numbers, as a two-octet speaker would send them. */
export function narrowAttributes(attributes: readonly PathAttribute[]): PathAttribute[] {
  const out: PathAttribute[] = [];
  for (const attribute of attributes) {
    if (attribute.kind === "as-path") {
      const { segments, isLossy } = narrowSegments(attribute.segments);
      out.push({ kind: "as-path", segments });
      if (isLossy) out.push({ kind: "as4-path", segments: attribute.segments });
    } else if (attribute.kind === "aggregator") {
      const { address, asn } = attribute;
      out.push({ kind: "aggregator", asn: narrowAsn(asn), address });
      if (asn > 0xffff) out.push({ kind: "as4-aggregator", asn, address });
    } else {
      out.push(attribute);
    }
  }
  return out;
}
