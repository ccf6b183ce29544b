/**
 * OPEN: the first message of a session.
 *
 *   version (1) | my AS (2) | hold time (2) | BGP identifier (4) | optional parameters length (1) | parameters
 *   parameter = type (1) | length (1) | value; with RFC 9072 the two lengths have two octets
 *
 * Checks what can be said without knowing the neighbour that was configured: its AS and the like are the session's.
 *
 * RFC 4271 sections 4.2 and 6.2, RFC 5492, RFC 6286, RFC 6793, RFC 7607, RFC 9072.
 */
import { type Asn, type IpAddress, ipBytes, ipFromBytes, isAsn } from "@selvedge/net";
import { ByteWriter } from "./byte-writer.ts";
import { type Capability, decodeCapability, encodeCapability } from "./capability.ts";
import { MAX_MESSAGE_LENGTH } from "./codec-context.ts";
import { OPEN_ERROR } from "./error-code.ts";
import { encodeMessage, HEADER_LENGTH, MESSAGE } from "./header.ts";
import { readU8, readU16, readU32 } from "./octets.ts";
import { openError, type SessionReset } from "./session-reset.ts";

/** What an OPEN says. */
export interface OpenFields {
  /** The speaker's AS, also when it needs four octets. */
  readonly asn: Asn;
  /** Seconds; 0 is no keepalives at all, otherwise at least 3. */
  readonly holdTime: number;
  /** The BGP identifier, written as an IPv4 address. */
  readonly routerId: IpAddress;
  /** In their order; also those of several parameters. */
  readonly capabilities: readonly Capability[];
}

/** An OPEN as a plain value. */
export interface OpenMessage extends OpenFields {
  readonly kind: "open";
  readonly version: number;
}

/** How capabilities are put into optional parameters; RFC 5492 section 4 prefers one for all. */
export interface OpenEncoding {
  readonly parameters: "one" | "one-per-capability";
}

const VERSION = 4;
/** Stands for an AS number that does not fit into two octets (RFC 6793 section 9). */
const AS_TRANS = 23456;
const PARAMETER_CAPABILITIES = 2;
/** Also the type by which RFC 9072 says that the real length follows. */
const EXTENDED = 255;
const PARAMETERS = HEADER_LENGTH + 10;
const MIN_HOLD_TIME = 3;

/**
 * Decodes the OPEN of `length` octets at `offset`, header included and accepted by `frameLength`; or says how the
 * session has to end.
 */
export function decodeOpen(
  bytes: Uint8Array,
  offset: number,
  length: number,
): OpenMessage | SessionReset {
  const message = bytes.subarray(offset, offset + length);
  const version = readU8(message, HEADER_LENGTH);
  if (version !== VERSION) {
    // The data is the largest version that is supported (RFC 4271 section 6.2).
    const data = Uint8Array.of(0, VERSION);
    const reason = `BGP version ${version} is not supported`;
    return openError(OPEN_ERROR.UNSUPPORTED_VERSION_NUMBER, reason, data);
  }
  const capabilities = decodeParameters(message);
  if (!Array.isArray(capabilities)) return capabilities;
  const asn = effectiveAs(readU16(message, HEADER_LENGTH + 1), capabilities);
  if (asn === undefined) return openError(OPEN_ERROR.BAD_PEER_AS, "AS 0 is no AS");
  const holdTime = readU16(message, HEADER_LENGTH + 3);
  if (holdTime > 0 && holdTime < MIN_HOLD_TIME) {
    const reason = `a hold time of ${holdTime} s is neither 0 nor at least ${MIN_HOLD_TIME} s`;
    return openError(OPEN_ERROR.UNACCEPTABLE_HOLD_TIME, reason);
  }
  if (readU32(message, HEADER_LENGTH + 5) === 0) {
    return openError(OPEN_ERROR.BAD_BGP_IDENTIFIER, "the BGP identifier is 0.0.0.0");
  }
  const routerId = ipFromBytes(message, HEADER_LENGTH + 5, 4);
  return { kind: "open", version, asn, holdTime, routerId, capabilities };
}

/** RFC 6793 section 4.1: the AS of the capability counts. Undefined for AS 0 (RFC 7607). */
function effectiveAs(myAs: number, capabilities: readonly Capability[]): Asn | undefined {
  const capability = capabilities.find(({ kind }) => kind === "four-octet-as");
  if (capability?.kind === "four-octet-as") return capability.asn;
  const zero = capabilities.some(
    (other) => other.kind === "unknown" && other.code === 65 && /^0{8}$/.test(other.value),
  );
  return isAsn(myAs) && !zero ? myAs : undefined;
}

function decodeParameters(message: Uint8Array): Capability[] | SessionReset {
  const extended = readU8(message, PARAMETERS) === EXTENDED && readU8(message, PARAMETERS - 1) > 0;
  const start = PARAMETERS + (extended ? 3 : 0);
  const octets = extended ? readU16(message, PARAMETERS + 1) : readU8(message, PARAMETERS - 1);
  if (start + octets !== message.length) {
    return openError(OPEN_ERROR.UNSPECIFIC, "the optional parameters do not end with the message");
  }
  const lengthOctets = extended ? 2 : 1;
  const capabilities: Capability[] = [];
  for (let at = start; at < message.length; ) {
    const value = at + 1 + lengthOctets;
    const next = value + (extended ? readU16(message, at + 1) : readU8(message, at + 1));
    if (value > message.length || next > message.length) {
      return openError(OPEN_ERROR.UNSPECIFIC, "an optional parameter exceeds the message");
    }
    const type = readU8(message, at);
    if (type !== PARAMETER_CAPABILITIES) {
      const reason = `optional parameter ${type} is not supported`;
      return openError(OPEN_ERROR.UNSUPPORTED_OPTIONAL_PARAMETER, reason);
    }
    if (!decodeCapabilities(message.subarray(value, next), capabilities)) {
      return openError(OPEN_ERROR.UNSPECIFIC, "a capability exceeds its optional parameter");
    }
    at = next;
  }
  return capabilities;
}

/** Appends the capabilities of one parameter to `into`; false when the last one does not end with it. */
function decodeCapabilities(parameter: Uint8Array, into: Capability[]): boolean {
  for (let at = 0; at < parameter.length; ) {
    const value = at + 2;
    const next = value + readU8(parameter, at + 1);
    if (value > parameter.length || next > parameter.length) return false;
    into.push(decodeCapability(readU8(parameter, at), parameter.subarray(value, next)));
    at = next;
  }
  return true;
}

/** A whole OPEN. Throws RangeError when it has more capabilities than a message can hold. */
export function encodeOpen(
  fields: OpenFields,
  encoding: OpenEncoding = { parameters: "one" },
): Uint8Array {
  const body = new ByteWriter()
    .u8(VERSION)
    .u16(fields.asn > 0xffff ? AS_TRANS : fields.asn)
    .u16(fields.holdTime)
    .octets(ipBytes(fields.routerId))
    .octets(encodeParameters(fields.capabilities.map(encodeCapability), encoding));
  if (HEADER_LENGTH + body.length > MAX_MESSAGE_LENGTH) {
    throw new RangeError(`an OPEN of ${body.length} octets does not fit into a message`);
  }
  return encodeMessage(MESSAGE.OPEN, body.finish());
}

/** The optional parameters with their length in front; in the form of RFC 9072 only where the other is too short. */
function encodeParameters(capabilities: readonly Uint8Array[], encoding: OpenEncoding): Uint8Array {
  const values = encoding.parameters === "one" ? joined(capabilities) : capabilities;
  const octets = values.reduce((sum, value) => sum + value.length, 0);
  const out = new ByteWriter();
  if (octets + 2 * values.length < EXTENDED && values.every(({ length }) => length < EXTENDED)) {
    out.u8(octets + 2 * values.length);
    for (const value of values) out.u8(PARAMETER_CAPABILITIES).u8(value.length).octets(value);
  } else {
    out
      .u8(EXTENDED)
      .u8(EXTENDED)
      .u16(octets + 3 * values.length);
    for (const value of values) out.u8(PARAMETER_CAPABILITIES).u16(value.length).octets(value);
  }
  return out.finish();
}

function joined(capabilities: readonly Uint8Array[]): readonly Uint8Array[] {
  if (capabilities.length === 0) return [];
  const out = new ByteWriter();
  for (const capability of capabilities) out.octets(capability);
  return [out.finish()];
}
