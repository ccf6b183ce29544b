/**
 * UPDATE from values to octets: for tests and tools. The RIB writes its own from octets.
 *
 * RFC 4271 section 4.3, RFC 4760.
 */
import { encodeAttributeBody, writeAttribute } from "./attribute/encode.ts";
import type { PathAttribute } from "./attribute/path-attribute.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type CodecContext, maxMessageLength } from "./codec-context.ts";
import { encodeMessage, HEADER_LENGTH, MESSAGE } from "./header.ts";
import { encodeMpReach, encodeMpUnreach } from "./mp-attributes.ts";
import { encodeNlri } from "./nlri.ts";
import type { UpdateFields } from "./update-message.ts";

/**
 * A whole UPDATE. Attributes keep their order; an MP attribute that the routes need and the attributes do not name goes
 * first (RFC 7606 section 5.1). Throws RangeError for what a message of this session cannot hold.
 */
export function encodeUpdate(fields: UpdateFields, context: CodecContext): Uint8Array {
  const withdrawn = encodeWithdrawn(fields);
  const attributes = encodeAttributes(fields, context);
  const body = new ByteWriter()
    .u16(withdrawn.length)
    .octets(withdrawn)
    .u16(attributes.length)
    .octets(attributes)
    .octets(encodeAnnounced(fields));
  const length = HEADER_LENGTH + body.length;
  if (length > maxMessageLength(context)) {
    throw new RangeError(`an UPDATE of ${length} octets exceeds ${maxMessageLength(context)}`);
  }
  return encodeMessage(MESSAGE.UPDATE, body.finish());
}

function encodeWithdrawn(fields: UpdateFields): Uint8Array {
  const out = new ByteWriter();
  for (const group of fields.withdrawn) {
    if (group.carriedIn === "withdrawn-routes") out.octets(encodeNlri(group.routes));
  }
  return out.finish();
}

function encodeAnnounced(fields: UpdateFields): Uint8Array {
  const out = new ByteWriter();
  for (const group of fields.announced) {
    if (group.carriedIn === "nlri") out.octets(encodeNlri(group.routes));
  }
  return out.finish();
}

function encodeAttributes(fields: UpdateFields, context: CodecContext): Uint8Array {
  const out = new ByteWriter();
  for (const attribute of [...unnamedMp(fields), ...fields.attributes]) {
    if (attribute.kind === "mp-reach") writeAttribute(out, attribute, mpReachValue(fields));
    else if (attribute.kind === "mp-unreach")
      writeAttribute(out, attribute, mpUnreachValue(fields));
    else writeAttribute(out, attribute, encodeAttributeBody(attribute, context));
  }
  return out.finish();
}

/** The MP attributes that carry routes and are not among the attributes. */
function unnamedMp(fields: UpdateFields): readonly PathAttribute[] {
  const unnamed: PathAttribute[] = [];
  for (const { carriedIn } of [...fields.announced, ...fields.withdrawn]) {
    if (carriedIn !== "mp-reach" && carriedIn !== "mp-unreach") continue;
    if (fields.attributes.every(({ kind }) => kind !== carriedIn))
      unnamed.push({ kind: carriedIn });
  }
  return unnamed;
}

function mpReachValue(fields: UpdateFields): Uint8Array {
  return encodeMpReach(
    onlyOne(
      fields.announced.filter((group) => group.carriedIn === "mp-reach"),
      "mp-reach",
    ),
  );
}

function mpUnreachValue(fields: UpdateFields): Uint8Array {
  return encodeMpUnreach(
    onlyOne(
      fields.withdrawn.filter((group) => group.carriedIn === "mp-unreach"),
      "mp-unreach",
    ),
  );
}

function onlyOne<Group>(groups: readonly Group[], carriedIn: string): Group {
  const [group] = groups;
  if (group !== undefined && groups.length === 1) return group;
  throw new RangeError(`${carriedIn} carries one group of routes, not ${groups.length}`);
}
