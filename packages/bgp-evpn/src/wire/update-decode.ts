/**
 * UPDATE from octets to values: the slow path, for people and as the reference of `scanUpdate`.
 *
 * The first fault that resets the session ends the decoding; what was decoded before it is in the value.
 *
 * RFC 4271 sections 4.3 and 6.3, RFC 4760, RFC 7606.
 */
import { ATTRIBUTE, FLAG } from "./attribute/attribute-type.ts";
import { isForOldSpeakers } from "./attribute/check.ts";
import { decodeAttributeBody } from "./attribute/decode.ts";
import { type AttributeBody, flagNames, type PathAttribute } from "./attribute/path-attribute.ts";
import {
  ATTRIBUTE_RULES,
  attributeName,
  attributeRule,
  lengthFits,
  treatmentOf,
  type UpdateFault,
} from "./attribute/rules.ts";
import { ByteReader } from "./byte-reader.ts";
import type { CodecContext } from "./codec-context.ts";
import { ERROR, errorName } from "./error-code.ts";
import type { Family } from "./family.ts";
import { HEADER_LENGTH } from "./header.ts";
import { hex } from "./hex.ts";
import { decodeMpReach, decodeMpUnreach } from "./mp-attributes.ts";
import { decodeNlri } from "./nlri.ts";
import {
  attributeError,
  escalated,
  messageError,
  missingAttributeError,
  type UpdateError,
} from "./update-error.ts";
import type {
  AnnouncedRoutes,
  DecodedUpdateError,
  UpdateMessage,
  WithdrawnRoutes,
} from "./update-message.ts";

/** An attribute as it is on the wire. */
interface RawAttribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
  /** With its header. */
  readonly bytes: Uint8Array;
}

/** An UPDATE while it is being decoded. */
class UpdateDraft {
  readonly context: CodecContext;
  readonly withdrawn: WithdrawnRoutes[] = [];
  readonly attributes: PathAttribute[] = [];
  readonly announced: AnnouncedRoutes[] = [];
  readonly errors: UpdateError[] = [];
  /** Types of the attributes, duplicates not counted. */
  readonly types = new Set<number>();
  /** Whether there is any announced NLRI, also of a family that is not read. */
  announces = false;
  endOfRib: Family | undefined;

  constructor(context: CodecContext) {
    this.context = context;
  }

  get isReset(): boolean {
    return this.errors.at(-1)?.treatment === "session-reset";
  }

  has(fault: UpdateFault): boolean {
    return this.errors.some((error) => error.fault === fault);
  }
}

/** Decodes the UPDATE of `length` octets at `offset`, header included and accepted by `frameLength`. Never throws. */
export function decodeUpdate(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: CodecContext,
): UpdateMessage {
  const draft = new UpdateDraft(context);
  decodeFields(draft, bytes.subarray(offset + HEADER_LENGTH, offset + length));
  const { withdrawn, attributes, announced, errors, endOfRib } = draft;
  return {
    kind: "update",
    treatment: treatment(draft),
    errors: errors.map(decodedError),
    ...(endOfRib === undefined ? {} : { endOfRib }),
    withdrawn,
    attributes,
    announced,
  };
}

function treatment(draft: UpdateDraft): UpdateMessage["treatment"] {
  if (draft.isReset) return "session-reset";
  const withdraws = draft.errors.some((error) => error.treatment === "treat-as-withdraw");
  return withdraws ? "treat-as-withdraw" : "accept";
}

function decodedError(error: UpdateError): DecodedUpdateError {
  const { treatment: consequence, fault, attribute, reason, subcode, data } = error;
  return {
    treatment: consequence,
    fault,
    ...(attribute === undefined ? {} : { attribute: attributeName(attribute) }),
    reason,
    code: ERROR.UPDATE_MESSAGE,
    subcode,
    name: errorName(ERROR.UPDATE_MESSAGE, subcode),
    data: hex(data),
  };
}

function decodeFields(draft: UpdateDraft, body: Uint8Array): void {
  const reader = new ByteReader(body);
  const withdrawn = sized(reader);
  const attributes = sized(reader);
  if (withdrawn === undefined || attributes === undefined) {
    draft.errors.push(messageError("field-lengths"));
    return;
  }
  decodeWithdrawn(draft, withdrawn);
  if (!draft.isReset) decodeAttributes(draft, attributes);
  if (!draft.isReset) decodeAnnounced(draft, reader.rest());
  if (!draft.isReset) judgeWhole(draft);
  if (body.length === 4 && draft.errors.length === 0) draft.endOfRib = "ipv4-unicast";
}

/** The octets after a two-octet length; undefined when they are not all there. */
function sized(reader: ByteReader): Uint8Array | undefined {
  const length = reader.u16();
  return reader.left < length ? undefined : reader.octets(length);
}

function decodeWithdrawn(draft: UpdateDraft, field: Uint8Array): void {
  if (field.length === 0) return;
  const { routes, fault } = decodeNlri("ipv4-unicast", field, hasPathIds(draft));
  draft.withdrawn.push({ carriedIn: "withdrawn-routes", family: "ipv4-unicast", routes });
  if (fault !== undefined) draft.errors.push(messageError("withdrawn-routes"));
}

function decodeAnnounced(draft: UpdateDraft, field: Uint8Array): void {
  if (field.length === 0) return;
  draft.announces = true;
  const { routes, fault } = decodeNlri("ipv4-unicast", field, hasPathIds(draft));
  draft.announced.push({ carriedIn: "nlri", family: "ipv4-unicast", routes });
  if (fault !== undefined) draft.errors.push(messageError("nlri"));
}

function hasPathIds(draft: UpdateDraft): boolean {
  return draft.context.addPathReceive.includes("ipv4-unicast");
}

function decodeAttributes(draft: UpdateDraft, field: Uint8Array): void {
  const reader = new ByteReader(field);
  while (reader.left > 0 && !draft.isReset) {
    const start = field.length - reader.left;
    const flags = reader.u8();
    const type = reader.u8();
    const length = (flags & FLAG.EXTENDED_LENGTH) === 0 ? reader.u8() : reader.u16();
    if (reader.left < length) {
      draft.errors.push(messageError("attribute-overrun", field.slice(start)));
      return;
    }
    const value = reader.octets(length);
    const bytes = field.slice(start, field.length - reader.left);
    decodeAttribute(draft, { flags, type, value, bytes });
  }
}

function decodeAttribute(draft: UpdateDraft, attribute: RawAttribute): void {
  const { type } = attribute;
  const isDuplicate = draft.types.has(type);
  draft.types.add(type);
  const fault = isDuplicate ? "duplicate" : headerFault(attribute, draft.context);
  const body = fault ?? decodeBody(draft, attribute);
  if (typeof body !== "string") {
    draft.attributes.push({ ...body, flags: flagNames(attribute.flags) });
    return;
  }
  reportAttribute(draft, attribute, body);
  draft.attributes.push({
    kind: "malformed",
    type,
    name: attributeName(type),
    treatment: treatmentOf(body, type),
    flags: flagNames(attribute.flags),
    value: hex(attribute.value),
  });
}

function reportAttribute(draft: UpdateDraft, attribute: RawAttribute, fault: UpdateFault): void {
  const { type, bytes, value } = attribute;
  draft.errors.push(attributeError(fault, { type, bytes, length: value.length }));
}

/** What is wrong before the value is looked at. */
function headerFault(attribute: RawAttribute, context: CodecContext): UpdateFault | undefined {
  const { flags, type, value } = attribute;
  const rule = attributeRule(type);
  if (rule === undefined) {
    return (flags & FLAG.OPTIONAL) === 0 ? "unrecognized-well-known" : undefined;
  }
  if (rule.internalOnly && !context.ibgp) return "from-external-peer";
  if (isForOldSpeakers(type) && context.fourOctetAs) return "from-new-speaker";
  if ((flags & (FLAG.OPTIONAL | FLAG.TRANSITIVE)) !== rule.flags) return "flags";
  return lengthFits(rule, value.length, context.fourOctetAs) ? undefined : "length";
}

function decodeBody(draft: UpdateDraft, attribute: RawAttribute): AttributeBody | UpdateFault {
  const { type, value } = attribute;
  if (type === ATTRIBUTE.MP_REACH_NLRI) {
    const { routes, fault, hasNlri } = decodeMpReach(value, draft.context);
    if (routes === undefined) return fault ?? "length";
    draft.announced.push(routes);
    draft.announces ||= hasNlri;
    if (fault !== undefined) reportAttribute(draft, attribute, fault);
    return { kind: "mp-reach" };
  }
  if (type === ATTRIBUTE.MP_UNREACH_NLRI) {
    const { routes, fault } = decodeMpUnreach(value, draft.context);
    if (routes === undefined) return fault ?? "length";
    draft.withdrawn.push(routes);
    if (fault !== undefined) reportAttribute(draft, attribute, fault);
    return { kind: "mp-unreach" };
  }
  return decodeAttributeBody(type, value, draft.context);
}

/** What can only be said of all attributes together: missing ones, RFC 7606 section 5.2, End-of-RIB. */
function judgeWhole(draft: UpdateDraft): void {
  const { types, errors, withdrawn } = draft;
  const isUnreachOnly = types.size === 1 && types.has(ATTRIBUTE.MP_UNREACH_NLRI);
  const [only] = withdrawn;
  if (isUnreachOnly && !draft.announces && withdrawn.length === 1 && isEmptyUnreach(only)) {
    draft.endOfRib = only.family;
  }
  if (draft.announces) {
    for (const { type, required } of ATTRIBUTE_RULES) {
      if (isRequired(draft, required) && !types.has(type)) errors.push(missingAttributeError(type));
    }
    return;
  }
  if (isUnreachOnly && !draft.has("attribute-overrun")) return;
  const error = errors.find((each) => each.treatment === "treat-as-withdraw");
  if (error !== undefined) errors.push(escalated(error));
}

function isEmptyUnreach(group: WithdrawnRoutes | undefined): group is WithdrawnRoutes {
  if (group === undefined) return false;
  return "routes" in group ? group.routes.length === 0 : group.opaqueNlri === "";
}

function isRequired(draft: UpdateDraft, required: "always" | "nlri-field" | "internal" | "never") {
  switch (required) {
    case "always":
      return true;
    case "nlri-field":
      return draft.announced.some(({ carriedIn }) => carriedIn === "nlri");
    case "internal":
      return draft.context.ibgp;
    case "never":
      return false;
    default:
      return required satisfies never;
  }
}
