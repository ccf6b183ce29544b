/**
 * Reads an UPDATE without decoding it: where its parts are in the received bytes, and what RFC 7606 makes of it.
 *
 * This is the hot path. One `UpdateScan` serves all messages; of a well-formed one nothing is allocated, however
 * many routes it has. `decodeUpdate` is the slow path, with values instead of offsets and the same verdicts.
 *
 * Does not: interpret attributes (loops, next hops, route targets), or read NLRI of families that the session has
 * not negotiated.
 *
 *   header (19) | withdrawn length (2) | withdrawn routes | attributes length (2) | attributes | NLRI
 *
 * RFC 4271 sections 4.3 and 6.3, RFC 4760, RFC 7606.
 */
import {
  ATTRIBUTE,
  attributeHeaderLength,
  attributeValueLength,
} from "./attribute/attribute-type.ts";
import { checkAttribute, negotiatedFamily } from "./attribute/check.ts";
import { attributeRule, type UpdateFault } from "./attribute/rules.ts";
import type { CodecContext } from "./codec-context.ts";
import { HEADER_LENGTH } from "./header.ts";
import { readU8, readU16 } from "./octets.ts";
import type { SessionReset } from "./session-reset.ts";
import { checkPrefixField } from "./unicast-check.ts";
import {
  attributeError,
  escalated,
  messageError,
  missingAttributeError,
  resetFor,
  type UpdateError,
} from "./update-error.ts";

const NO_BYTES = new Uint8Array(0);
const TYPES = 256;
const MIN_UPDATE_LENGTH = 23;

/** Where the parts of the UPDATE that was scanned last are. Offsets are into `bytes`; all lengths are octets. */
export class UpdateScan {
  /** The array that was scanned, not a copy. */
  bytes: Uint8Array = NO_BYTES;
  /** `treat-as-withdraw`: every announced route is a withdrawal (RFC 7606 section 2). */
  treatment: "accept" | "treat-as-withdraw" = "accept";
  /** What was wrong; empty for a well-formed message. */
  errors: UpdateError[] = [];

  /** Attributes in their order, those of the MP families too; a duplicate is not among them. */
  attributeCount = 0;
  readonly attributeType: Uint8Array = new Uint8Array(TYPES);
  readonly attributeFlags: Uint8Array = new Uint8Array(TYPES);
  /** Where the header starts. */
  readonly attributeStart: Int32Array = new Int32Array(TYPES);
  /** Where the value starts. */
  readonly attributeOffset: Int32Array = new Int32Array(TYPES);
  /** Octets of the value. */
  readonly attributeLength: Int32Array = new Int32Array(TYPES);
  /** Bit n of word n / 32: attribute n is to be dropped (RFC 7606 attribute discard). */
  readonly discarded: Uint32Array = new Uint32Array(TYPES / 32);
  readonly #indexByType = new Int16Array(TYPES);

  /** Family of MP_REACH_NLRI, 0 when there is none. */
  reachAfi = 0;
  reachSafi = 0;
  nextHopOffset = 0;
  nextHopLength = 0;
  reachNlriOffset = 0;
  /** 0 also when the family is not negotiated: such routes are not looked at. */
  reachNlriLength = 0;
  /** Each route of MP_REACH_NLRI follows a four-octet path identifier (RFC 7911). */
  reachPathIds = false;

  /** Family of MP_UNREACH_NLRI, 0 when there is none. */
  unreachAfi = 0;
  unreachSafi = 0;
  unreachNlriOffset = 0;
  /** 0 also when the family is not negotiated. */
  unreachNlriLength = 0;
  unreachPathIds = false;

  /** The NLRI field at the end of the message: IPv4 unicast. */
  bodyNlriOffset = 0;
  bodyNlriLength = 0;
  /** The Withdrawn Routes field: IPv4 unicast. */
  bodyWithdrawnOffset = 0;
  bodyWithdrawnLength = 0;

  /** Whether the attribute with this index is to be dropped. */
  isDiscarded(index: number): boolean {
    return (((this.discarded[index >>> 5] ?? 0) >>> (index & 31)) & 1) !== 0;
  }

  /** Index of the attribute of a type, discarded or not; -1 when it is not there. */
  indexOf(type: number): number {
    return (this.#indexByType[type] ?? 0) - 1;
  }

  /** Whether this is the End-of-RIB marker of the family with these numbers (RFC 4724 section 2). */
  isEndOfRib(afi: number, safi: number): boolean {
    if (this.bodyNlriLength + this.bodyWithdrawnLength > 0) return false;
    if (this.attributeCount === 0) return afi === 1 && safi === 1 && this.errors.length === 0;
    return (
      this.attributeCount === 1 &&
      this.attributeType[0] === ATTRIBUTE.MP_UNREACH_NLRI &&
      this.unreachAfi === afi &&
      this.unreachSafi === safi &&
      this.attributeLength[0] === 3
    );
  }

  /** Forgets the message before; for `scanUpdate`. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.treatment = "accept";
    if (this.errors.length > 0) this.errors = [];
    this.attributeCount = 0;
    this.discarded.fill(0);
    this.#indexByType.fill(0);
    this.reachAfi = 0;
    this.reachSafi = 0;
    this.nextHopLength = 0;
    this.reachNlriLength = 0;
    this.reachPathIds = false;
    this.unreachAfi = 0;
    this.unreachSafi = 0;
    this.unreachNlriLength = 0;
    this.unreachPathIds = false;
    this.bodyNlriLength = 0;
    this.bodyWithdrawnLength = 0;
  }

  /** Appends an attribute of a type that is not there yet; for `scanUpdate`. */
  append(flags: number, type: number, start: number, offset: number, length: number): void {
    const index = this.attributeCount++;
    this.#indexByType[type] = index + 1;
    this.attributeType[index] = type;
    this.attributeFlags[index] = flags;
    this.attributeStart[index] = start;
    this.attributeOffset[index] = offset;
    this.attributeLength[index] = length;
  }

  /** Marks the attribute that was appended last as one to drop; for `scanUpdate`. */
  discardLast(): void {
    const index = this.attributeCount - 1;
    this.discarded[index >>> 5] = (this.discarded[index >>> 5] ?? 0) | (1 << (index & 31));
  }
}

/**
 * Scans the UPDATE of `length` octets at `offset`, header included, whose header `frameLength` has accepted. The
 * first fault that resets the session, in the order of the octets, ends the scan and is returned; `out` is then of
 * no use but for its errors. Never throws, and reads nothing outside of the message.
 */
export function scanUpdate(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: CodecContext,
  out: UpdateScan,
): SessionReset | undefined {
  out.reset(bytes);
  const end = offset + length;
  if (length < MIN_UPDATE_LENGTH) return report(out, messageError("field-lengths"));
  const withdrawn = offset + HEADER_LENGTH + 2;
  const withdrawnEnd = withdrawn + readU16(bytes, withdrawn - 2);
  const attributes = withdrawnEnd + 2;
  if (attributes > end) return report(out, messageError("field-lengths"));
  const attributesEnd = attributes + readU16(bytes, withdrawnEnd);
  if (attributesEnd > end) return report(out, messageError("field-lengths"));
  return (
    scanWithdrawn(out, withdrawn, withdrawnEnd, context) ??
    scanAttributes(out, attributes, attributesEnd, context) ??
    scanNlri(out, attributesEnd, end, context) ??
    scanWhole(out, context)
  );
}

/** Notes an error and gives the reset that it is, if it is one. */
function report(out: UpdateScan, error: UpdateError): SessionReset | undefined {
  out.errors.push(error);
  if (error.treatment === "session-reset") return resetFor(error);
  if (error.treatment === "treat-as-withdraw") out.treatment = "treat-as-withdraw";
  return undefined;
}

function scanWithdrawn(
  out: UpdateScan,
  offset: number,
  end: number,
  context: CodecContext,
): SessionReset | undefined {
  out.bodyWithdrawnOffset = offset;
  out.bodyWithdrawnLength = end - offset;
  return offset < end && !isPrefixField(out.bytes, offset, end, context)
    ? report(out, messageError("withdrawn-routes"))
    : undefined;
}

function scanNlri(
  out: UpdateScan,
  offset: number,
  end: number,
  context: CodecContext,
): SessionReset | undefined {
  out.bodyNlriOffset = offset;
  out.bodyNlriLength = end - offset;
  return offset < end && !isPrefixField(out.bytes, offset, end, context)
    ? report(out, messageError("nlri"))
    : undefined;
}

function isPrefixField(
  bytes: Uint8Array,
  offset: number,
  end: number,
  context: CodecContext,
): boolean {
  const pathIds = context.addPathReceive.includes("ipv4-unicast");
  return checkPrefixField(bytes, offset, end, 32, pathIds) === undefined;
}

function scanAttributes(
  out: UpdateScan,
  offset: number,
  end: number,
  context: CodecContext,
): SessionReset | undefined {
  const { bytes } = out;
  for (let start = offset; start < end; ) {
    const flags = readU8(bytes, start);
    const value = start + attributeHeaderLength(flags);
    const length = attributeValueLength(bytes, start);
    // Also where less than a header is left, whatever has then been read as its length.
    if (value + length > end) return overrun(out, start, end);
    const reset = scanAttribute(out, flags, start, value, length, context);
    if (reset !== undefined) return reset;
    start = value + length;
  }
  return undefined;
}

function overrun(out: UpdateScan, start: number, end: number): SessionReset | undefined {
  return report(out, messageError("attribute-overrun", out.bytes.slice(start, end)));
}

function scanAttribute(
  out: UpdateScan,
  flags: number,
  start: number,
  offset: number,
  length: number,
  context: CodecContext,
): SessionReset | undefined {
  const type = readU8(out.bytes, start + 1);
  if (out.indexOf(type) >= 0) return reportAttribute(out, "duplicate", type, start, offset, length);
  out.append(flags, type, start, offset, length);
  const fault = checkAttribute(out.bytes, flags, type, offset, length, context);
  if (fault !== undefined) {
    const reset = reportAttribute(out, fault, type, start, offset, length);
    if (reset !== undefined) return reset;
    if (out.errors.at(-1)?.treatment === "attribute-discard") out.discardLast();
  }
  if (type === ATTRIBUTE.MP_REACH_NLRI) noteReach(out, offset, length, context);
  else if (type === ATTRIBUTE.MP_UNREACH_NLRI) noteUnreach(out, offset, length, context);
  return undefined;
}

function reportAttribute(
  out: UpdateScan,
  fault: UpdateFault,
  type: number,
  start: number,
  offset: number,
  length: number,
): SessionReset | undefined {
  const bytes = out.bytes.slice(start, offset + length);
  return report(out, attributeError(fault, { type, bytes, length }));
}

/** Family (3) | next hop length (1) | next hop | reserved (1) | NLRI: RFC 4760 section 3. */
function noteReach(out: UpdateScan, offset: number, length: number, context: CodecContext): void {
  const { bytes } = out;
  const family = negotiatedFamily(bytes, offset, context);
  out.reachAfi = readU16(bytes, offset);
  out.reachSafi = readU8(bytes, offset + 2);
  out.nextHopOffset = offset + 4;
  out.nextHopLength = readU8(bytes, offset + 3);
  out.reachNlriOffset = out.nextHopOffset + out.nextHopLength + 1;
  if (family === undefined) return;
  out.reachNlriLength = offset + length - out.reachNlriOffset;
  out.reachPathIds = context.addPathReceive.includes(family);
}

/** Family (3) | NLRI: RFC 4760 section 4. */
function noteUnreach(out: UpdateScan, offset: number, length: number, context: CodecContext): void {
  const { bytes } = out;
  const family = negotiatedFamily(bytes, offset, context);
  out.unreachAfi = readU16(bytes, offset);
  out.unreachSafi = readU8(bytes, offset + 2);
  out.unreachNlriOffset = offset + 3;
  if (family === undefined) return;
  out.unreachNlriLength = length - 3;
  out.unreachPathIds = context.addPathReceive.includes(family);
}

/** What can only be said of all attributes together: missing ones, and RFC 7606 section 5.2. */
function scanWhole(out: UpdateScan, context: CodecContext): SessionReset | undefined {
  if (announces(out)) {
    reportMissing(out, ATTRIBUTE.ORIGIN, context);
    reportMissing(out, ATTRIBUTE.AS_PATH, context);
    reportMissing(out, ATTRIBUTE.NEXT_HOP, context);
    reportMissing(out, ATTRIBUTE.LOCAL_PREF, context);
    return undefined;
  }
  if (out.treatment === "accept" || isUnreachOnly(out)) return undefined;
  const error = out.errors.find(({ treatment }) => treatment === "treat-as-withdraw");
  return error === undefined ? undefined : report(out, escalated(error));
}

/** Whether there is any announced route, also of a family that is not looked at. */
function announces(out: UpdateScan): boolean {
  if (out.bodyNlriLength > 0) return true;
  const reach = out.indexOf(ATTRIBUTE.MP_REACH_NLRI);
  if (reach < 0) return false;
  const end = (out.attributeOffset[reach] ?? 0) + (out.attributeLength[reach] ?? 0);
  return out.reachNlriOffset < end;
}

function isUnreachOnly(out: UpdateScan): boolean {
  if (out.attributeCount !== 1 || out.attributeType[0] !== ATTRIBUTE.MP_UNREACH_NLRI) return false;
  return out.errors.every(({ fault }) => fault !== "attribute-overrun");
}

function reportMissing(out: UpdateScan, type: number, context: CodecContext): void {
  if (out.indexOf(type) >= 0) return;
  const required = attributeRule(type)?.required;
  if (required === "nlri-field" && out.bodyNlriLength === 0) return;
  if (required === "internal" && !context.ibgp) return;
  report(out, missingAttributeError(type));
}
