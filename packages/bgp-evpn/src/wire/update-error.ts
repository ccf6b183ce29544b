/**
 * An error of an UPDATE as a value: what it does (RFC 7606), which NOTIFICATION it would be (RFC 4271 section
 * 6.3), and words for the operator.
 */
import { FLAG } from "./attribute/attribute-type.ts";
import {
  attributeName,
  attributeRule,
  type Treatment,
  treatmentOf,
  type UpdateFault,
} from "./attribute/rules.ts";
import { ERROR, UPDATE_ERROR } from "./error-code.ts";
import { type SessionReset, sessionReset } from "./session-reset.ts";

/** One error of an UPDATE. */
export interface UpdateError {
  readonly treatment: Treatment;
  readonly fault: UpdateFault;
  /** Type of the attribute concerned; absent for a fault of the message. */
  readonly attribute?: number;
  readonly reason: string;
  /** The subcode that a NOTIFICATION for it has, with code 3. */
  readonly subcode: number;
  /** The data that a NOTIFICATION for it has: mostly the whole attribute, header included. */
  readonly data: Uint8Array;
}

/** The attribute in which the fault is: all of its octets, header included. */
export interface FaultyAttribute {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Octets of its value. */
  readonly length: number;
}

const SUBCODES: Readonly<Record<UpdateFault, number>> = {
  "field-lengths": UPDATE_ERROR.MALFORMED_ATTRIBUTE_LIST,
  "withdrawn-routes": UPDATE_ERROR.INVALID_NETWORK_FIELD,
  nlri: UPDATE_ERROR.INVALID_NETWORK_FIELD,
  "attribute-overrun": UPDATE_ERROR.MALFORMED_ATTRIBUTE_LIST,
  missing: UPDATE_ERROR.MISSING_WELL_KNOWN_ATTRIBUTE,
  flags: UPDATE_ERROR.ATTRIBUTE_FLAGS,
  length: UPDATE_ERROR.ATTRIBUTE_LENGTH,
  duplicate: UPDATE_ERROR.MALFORMED_ATTRIBUTE_LIST,
  "unrecognized-well-known": UPDATE_ERROR.UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE,
  "from-external-peer": UPDATE_ERROR.MALFORMED_ATTRIBUTE_LIST,
  "from-new-speaker": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
  "origin-value": UPDATE_ERROR.INVALID_ORIGIN,
  "as-path-segment": UPDATE_ERROR.MALFORMED_AS_PATH,
  "as-zero": UPDATE_ERROR.MALFORMED_AS_PATH,
  "tunnel-identifier": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
  "next-hop-length": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
  "nlri-overrun": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
  "nlri-length": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
  "nlri-value": UPDATE_ERROR.OPTIONAL_ATTRIBUTE,
};

const MESSAGE_REASONS: Readonly<Partial<Record<UpdateFault, string>>> = {
  "field-lengths": "Withdrawn Routes Length and Total Attribute Length exceed the message",
  "withdrawn-routes": "the Withdrawn Routes field has a prefix longer than 32 bits or than itself",
  nlri: "the NLRI field has a prefix longer than 32 bits or than itself",
  "attribute-overrun": "the last path attribute exceeds the Total Attribute Length",
};

const VALUE_REASONS: Readonly<Partial<Record<UpdateFault, string>>> = {
  duplicate: "appears more than once",
  "unrecognized-well-known": "is not optional, and not known",
  "from-external-peer": "is not accepted from an external peer",
  "from-new-speaker": "is not accepted from a peer with four-octet AS numbers",
  "origin-value": "is not 0 (IGP), 1 (EGP) or 2 (INCOMPLETE)",
  "as-path-segment":
    "has a segment of unknown type, without AS numbers, or longer than the attribute",
  "as-zero": "contains AS 0",
  "tunnel-identifier": "has a tunnel identifier of another length than its tunnel type",
  "next-hop-length": "has a next hop of a length that its family does not have",
  "nlri-overrun": "has a route that is longer than the attribute",
  "nlri-length": "has a route of a length that its family and type do not have",
  "nlri-value": "has a route with an impossible MAC address or prefix length",
};

/** An error in an attribute. */
export function attributeError(fault: UpdateFault, attribute: FaultyAttribute): UpdateError {
  const { type } = attribute;
  return {
    treatment: treatmentOf(fault, type),
    fault,
    attribute: type,
    reason: `${attributeName(type)} ${attributeReason(fault, attribute)}`,
    subcode: subcodeOf(fault, type),
    data: attribute.bytes,
  };
}

/** An error of the message as a whole. */
export function messageError(fault: UpdateFault, data: Uint8Array = NO_DATA): UpdateError {
  const reason = MESSAGE_REASONS[fault] ?? fault;
  return { treatment: treatmentOf(fault), fault, reason, subcode: SUBCODES[fault], data };
}

/** A required attribute that is not there. */
export function missingAttributeError(type: number): UpdateError {
  return {
    treatment: treatmentOf("missing", type),
    fault: "missing",
    attribute: type,
    reason: `${attributeName(type)} is missing`,
    subcode: SUBCODES.missing,
    data: Uint8Array.of(type),
  };
}

/** The reset that an error with that treatment is. */
export function resetFor(error: UpdateError): SessionReset {
  return sessionReset(ERROR.UPDATE_MESSAGE, error.subcode, error.reason, error.data);
}

/**
 * The same error in an UPDATE that announces nothing: which routes it was meant to announce is not known, so
 * they cannot be withdrawn (RFC 7606 section 5.2).
 */
export function escalated(error: UpdateError): UpdateError {
  const reason = `${error.reason}, in an UPDATE that announces no route`;
  return { ...error, treatment: "session-reset", reason };
}

const NO_DATA = new Uint8Array(0);

/** Faults of a value, for which an optional attribute has one common subcode. */
const AS_FAULTS: ReadonlySet<UpdateFault> = new Set(["as-path-segment", "as-zero"]);

// RFC 4760 section 7: whatever is wrong with an MP attribute is an Optional Attribute Error.
function subcodeOf(fault: UpdateFault, type: number): number {
  const rule = attributeRule(type);
  if (rule === undefined || fault === "duplicate") return SUBCODES[fault];
  const isMultiprotocol = rule.malformed === "session-reset";
  const isOptional = (rule.flags & FLAG.OPTIONAL) !== 0;
  return isMultiprotocol || (isOptional && AS_FAULTS.has(fault))
    ? UPDATE_ERROR.OPTIONAL_ATTRIBUTE
    : SUBCODES[fault];
}

function attributeReason(fault: UpdateFault, attribute: FaultyAttribute): string {
  const rule = attributeRule(attribute.type);
  if (fault === "length")
    return `has length ${attribute.length}; it must be ${rule?.length.text ?? ""}`;
  if (fault !== "flags") return VALUE_REASONS[fault] ?? fault;
  const actual = (attribute.bytes[0] ?? 0) & (FLAG.OPTIONAL | FLAG.TRANSITIVE);
  return `has flags ${flagWords(actual)}, not ${flagWords(rule?.flags ?? 0)}`;
}

function flagWords(flags: number): string {
  const optional = (flags & FLAG.OPTIONAL) === 0 ? "well-known" : "optional";
  return `${optional} ${(flags & FLAG.TRANSITIVE) === 0 ? "non-transitive" : "transitive"}`;
}
