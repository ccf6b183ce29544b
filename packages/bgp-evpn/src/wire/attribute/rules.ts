/**
 * The rules of RFC 7606 as a table: for each attribute its flags, its length, and what a malformed one does
 * to the UPDATE that carries it.
 *
 * Holds no parser: the checks are in check.ts (on bytes, for the hot path) and beside the decoders. Both take
 * the consequences from here.
 */
import { ATTRIBUTE, FLAG } from "./attribute-type.ts";

/**
 * What an error does to its UPDATE (RFC 7606 section 2), from the weakest to the strongest. `attribute-discard`: the
 * attribute is dropped and the rest used. `treat-as-withdraw`: every route that the UPDATE announces is withdrawn
 * instead. `session-reset`: a NOTIFICATION is sent and the session ends.
 */
export type Treatment = "attribute-discard" | "treat-as-withdraw" | "session-reset";

/** Everything that can be wrong in an UPDATE. */
export type UpdateFault =
  /** Withdrawn Routes Length or Total Attribute Length exceeds the message (RFC 7606 3 b). */
  | "field-lengths"
  /** The Withdrawn Routes field is syntactically incorrect (RFC 7606 3 i, 5.3). */
  | "withdrawn-routes"
  /** The NLRI field is syntactically incorrect (RFC 7606 5.3). */
  | "nlri"
  /** An attribute ends beyond the Total Attribute Length, or less than a header is left (RFC 7606 4). */
  | "attribute-overrun"
  /** A required attribute is not there (RFC 7606 3 d). */
  | "missing"
  /** Optional and transitive bits are not those of the attribute (RFC 7606 3 c, 5.3). */
  | "flags"
  /** The length is not one that the attribute can have (RFC 7606 4 and 7). */
  | "length"
  /** A second attribute of the same type (RFC 7606 3 g). */
  | "duplicate"
  /** An unknown attribute that is not optional (RFC 4271 6.3). */
  | "unrecognized-well-known"
  /** An attribute of the inside of an AS, from an external peer (RFC 7606 7.5, 7.9, 7.10). */
  | "from-external-peer"
  /** AS4_PATH or AS4_AGGREGATOR from a peer that speaks four-octet AS numbers (RFC 6793 4.1). */
  | "from-new-speaker"
  /** Undefined ORIGIN (RFC 7606 7.1). */
  | "origin-value"
  /** A segment has an unknown type, is empty, or does not end with the attribute (RFC 7606 7.2). */
  | "as-path-segment"
  /** AS 0 in an AS path or as aggregator (RFC 7607 section 2). */
  | "as-zero"
  /** The tunnel identifier does not have the length of its tunnel type (RFC 6514 section 5). */
  | "tunnel-identifier"
  /** MP_REACH_NLRI: a next hop length that the family does not have (RFC 7606 7.11). */
  | "next-hop-length"
  /** MP attributes: the last NLRI exceeds the attribute (RFC 7606 5.3). */
  | "nlri-overrun"
  /** MP attributes: a length that the family or route type does not have (RFC 7606 5.3). */
  | "nlri-length"
  /**
   * MP attributes: an EVPN route whose length is right, so that the routes after it can be read, but with a
   * field that makes no key: a MAC address length other than 48, a prefix length beyond its family.
   */
  | "nlri-value";

/** Lengths that an attribute value can have, in octets: min, min + step, ... up to max. */
export interface LengthRule {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly text: string;
}

/** One row of the table. */
export interface AttributeRule {
  readonly type: number;
  /** As the RFCs write it. */
  readonly name: string;
  /** Optional and transitive bits. */
  readonly flags: number;
  readonly length: LengthRule;
  /** What any fault does for which no other column speaks. */
  readonly malformed: Treatment;
  readonly wrongFlags: Treatment;
  /** What a second attribute of the type does. */
  readonly duplicate: Treatment;
  /** Whether an external peer's is discarded unread. */
  readonly internalOnly: boolean;
  /**
   * When its absence is an error: with any announced route, with those of the NLRI field (RFC 4760 section 3), or
   * inside an AS (RFC 4271 section 5: LOCAL_PREF is "required" there).
   */
  readonly required: "always" | "nlri-field" | "internal" | "never";
  readonly source: string;
}

const MAX = 0xffff;
const exactly = (octets: number): LengthRule => ({
  min: octets,
  max: octets,
  step: 1,
  text: `${octets}`,
});
const multipleOf = (octets: number): LengthRule => ({
  min: octets,
  max: MAX,
  step: octets,
  text: `a multiple of ${octets}, and not 0`,
});
const atLeast = (octets: number): LengthRule => ({
  min: octets,
  max: MAX,
  step: 1,
  text: `at least ${octets}`,
});
const evenFrom = (octets: number): LengthRule => ({
  min: octets,
  max: MAX,
  step: 2,
  text: `even and at least ${octets}`,
});
const byAsWidth = (a: number, b: number): LengthRule => ({
  min: a,
  max: b,
  step: b - a,
  text: `${a} with two-octet AS numbers, ${b} with four-octet ones`,
});

const WELL_KNOWN = FLAG.TRANSITIVE;
const TRANSITIVE = FLAG.OPTIONAL | FLAG.TRANSITIVE;
const NON_TRANSITIVE = FLAG.OPTIONAL;
const DISCARD = "attribute-discard";
const WITHDRAW = "treat-as-withdraw";
const RESET = "session-reset";

type Row = readonly [
  type: number,
  name: string,
  flags: number,
  length: LengthRule,
  malformed: Treatment,
  wrongFlags: Treatment,
  duplicate: Treatment,
  from: "any" | "internal",
  required: AttributeRule["required"],
  source: string,
];

// AGGREGATOR has 6 octets with two-octet AS numbers and 8 with four-octet ones: `lengthFits` looks closer.
// biome-ignore format: one attribute a line, so that it reads as the table it is
const ROWS: readonly Row[] = [
  //                                                                                        malformed  wrong                accepted
  // type                          name                    flags           length           value      flags     duplicate  from        required      source
  [ATTRIBUTE.ORIGIN,               "ORIGIN",               WELL_KNOWN,     exactly(1),      WITHDRAW,  WITHDRAW, DISCARD,   "any",      "always",     "RFC 7606 section 7.1"],
  [ATTRIBUTE.AS_PATH,              "AS_PATH",              WELL_KNOWN,     atLeast(0),      WITHDRAW,  WITHDRAW, DISCARD,   "any",      "always",     "RFC 7606 section 7.2"],
  [ATTRIBUTE.NEXT_HOP,             "NEXT_HOP",             WELL_KNOWN,     exactly(4),      WITHDRAW,  WITHDRAW, DISCARD,   "any",      "nlri-field", "RFC 7606 section 7.3"],
  [ATTRIBUTE.MULTI_EXIT_DISC,      "MULTI_EXIT_DISC",      NON_TRANSITIVE, exactly(4),      WITHDRAW,  WITHDRAW, DISCARD,   "any",      "never",      "RFC 7606 section 7.4"],
  [ATTRIBUTE.LOCAL_PREF,           "LOCAL_PREF",           WELL_KNOWN,     exactly(4),      WITHDRAW,  WITHDRAW, DISCARD,   "internal", "internal",   "RFC 7606 section 7.5"],
  [ATTRIBUTE.ATOMIC_AGGREGATE,     "ATOMIC_AGGREGATE",     WELL_KNOWN,     exactly(0),      DISCARD,   WITHDRAW, DISCARD,   "any",      "never",      "RFC 7606 section 7.6"],
  [ATTRIBUTE.AGGREGATOR,           "AGGREGATOR",           TRANSITIVE,     byAsWidth(6, 8), DISCARD,   WITHDRAW, DISCARD,   "any",      "never",      "RFC 7606 section 7.7"],
  [ATTRIBUTE.COMMUNITIES,          "COMMUNITIES",          TRANSITIVE,     multipleOf(4),   WITHDRAW,  WITHDRAW, DISCARD,   "any",      "never",      "RFC 7606 section 7.8"],
  [ATTRIBUTE.ORIGINATOR_ID,        "ORIGINATOR_ID",        NON_TRANSITIVE, exactly(4),      WITHDRAW,  WITHDRAW, DISCARD,   "internal", "never",      "RFC 7606 section 7.9"],
  [ATTRIBUTE.CLUSTER_LIST,         "CLUSTER_LIST",         NON_TRANSITIVE, multipleOf(4),   WITHDRAW,  WITHDRAW, DISCARD,   "internal", "never",      "RFC 7606 section 7.10"],
  [ATTRIBUTE.MP_REACH_NLRI,        "MP_REACH_NLRI",        NON_TRANSITIVE, atLeast(5),      RESET,     RESET,    RESET,     "any",      "never",      "RFC 7606 sections 3 j, 5.3 and 7.11"],
  [ATTRIBUTE.MP_UNREACH_NLRI,      "MP_UNREACH_NLRI",      NON_TRANSITIVE, atLeast(3),      RESET,     RESET,    RESET,     "any",      "never",      "RFC 7606 sections 3 j, 5.3 and 7.12"],
  [ATTRIBUTE.EXTENDED_COMMUNITIES, "EXTENDED_COMMUNITIES", TRANSITIVE,     multipleOf(8),   WITHDRAW,  WITHDRAW, DISCARD,   "any",      "never",      "RFC 7606 section 7.14"],
  [ATTRIBUTE.AS4_PATH,             "AS4_PATH",             TRANSITIVE,     evenFrom(6),     DISCARD,   WITHDRAW, DISCARD,   "any",      "never",      "RFC 6793 section 6"],
  [ATTRIBUTE.AS4_AGGREGATOR,       "AS4_AGGREGATOR",       TRANSITIVE,     exactly(8),      DISCARD,   WITHDRAW, DISCARD,   "any",      "never",      "RFC 6793 section 6"],
  [ATTRIBUTE.PMSI_TUNNEL,          "PMSI_TUNNEL",          TRANSITIVE,     atLeast(5),      WITHDRAW,  WITHDRAW, DISCARD,   "any",      "never",      "RFC 6514 section 5"],
  [ATTRIBUTE.LARGE_COMMUNITIES,    "LARGE_COMMUNITIES",    TRANSITIVE,     multipleOf(12),  WITHDRAW,  WITHDRAW, DISCARD,   "any",      "never",      "RFC 8092 section 6"],
];

/** The table, in the order of types. */
export const ATTRIBUTE_RULES: readonly AttributeRule[] = ROWS.map(
  ([type, name, flags, length, malformed, wrongFlags, duplicate, from, required, source]) => {
    const internalOnly = from === "internal";
    return {
      type,
      name,
      flags,
      length,
      malformed,
      wrongFlags,
      duplicate,
      internalOnly,
      required,
      source,
    };
  },
);

const BY_TYPE: readonly (AttributeRule | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  ATTRIBUTE_RULES.find((rule) => rule.type === type),
);

/** The row of an attribute type; undefined for one that the codec does not know. */
export function attributeRule(type: number): AttributeRule | undefined {
  return BY_TYPE[type];
}

/** The name of an attribute for a person: "AS_PATH", "attribute 99". */
export function attributeName(type: number): string {
  return BY_TYPE[type]?.name ?? `attribute ${type}`;
}

/** Whether an attribute of this rule can have this length. */
export function lengthFits(rule: AttributeRule, length: number, fourOctetAs: boolean): boolean {
  if (rule.type === ATTRIBUTE.AGGREGATOR) return length === (fourOctetAs ? 8 : 6);
  const { min, max, step } = rule.length;
  return length >= min && length <= max && (length - min) % step === 0;
}

/** What a fault does; `type` is the attribute concerned, absent for a fault of the message. */
export function treatmentOf(fault: UpdateFault, type?: number): Treatment {
  const rule = type === undefined ? undefined : BY_TYPE[type];
  switch (fault) {
    case "field-lengths":
    case "withdrawn-routes":
    case "nlri":
    case "unrecognized-well-known":
      return "session-reset";
    case "attribute-overrun":
    case "missing":
    case "nlri-value":
      return "treat-as-withdraw";
    case "from-external-peer":
    case "from-new-speaker":
      return "attribute-discard";
    case "duplicate":
      return rule?.duplicate ?? "attribute-discard";
    case "flags":
      return rule?.wrongFlags ?? "treat-as-withdraw";
    case "length":
    case "origin-value":
    case "as-path-segment":
    case "as-zero":
    case "tunnel-identifier":
    case "next-hop-length":
    case "nlri-overrun":
    case "nlri-length":
      return rule?.malformed ?? "treat-as-withdraw";
    default:
      return fault satisfies never;
  }
}
