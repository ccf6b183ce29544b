/**
 * Path attributes as plain values: one union over the types.
 *
 * The NLRI of MP_REACH_NLRI and MP_UNREACH_NLRI are not here but in the UPDATE's announced and withdrawn routes: of the
 * two attributes only the place among the others is.
 *
 * RFC 4271 sections 4.3 and 5, and those of the files beside this one.
 */
import type { Asn, IpAddress } from "@selvedge/net";
import type { AsPathSegment } from "./as-path.ts";
import { ATTRIBUTE, FLAG } from "./attribute-type.ts";
import type { ExtendedCommunity } from "./extended-community.ts";
import type { PmsiTunnel } from "./pmsi-tunnel.ts";
import type { Treatment } from "./rules.ts";

/** A flag that is set; the four low bits of the flags octet have no meaning and are not kept. */
export type AttributeFlag = "optional" | "transitive" | "partial" | "extended-length";

/** What an attribute says. */
export type AttributeBody =
  | { readonly kind: "origin"; readonly origin: "igp" | "egp" | "incomplete" }
  | { readonly kind: "as-path"; readonly segments: readonly AsPathSegment[] }
  | { readonly kind: "next-hop"; readonly address: IpAddress }
  | { readonly kind: "med"; readonly value: number }
  | { readonly kind: "local-pref"; readonly value: number }
  | { readonly kind: "atomic-aggregate" }
  | { readonly kind: "aggregator"; readonly asn: Asn; readonly address: IpAddress }
  | { readonly kind: "communities"; readonly communities: readonly string[] }
  | { readonly kind: "originator-id"; readonly routerId: IpAddress }
  | { readonly kind: "cluster-list"; readonly clusterIds: readonly IpAddress[] }
  /** Its routes are the group of the UPDATE's announced routes that is carried in it. */
  | { readonly kind: "mp-reach" }
  /** Its routes are the group of the UPDATE's withdrawn routes that is carried in it. */
  | { readonly kind: "mp-unreach" }
  | {
      readonly kind: "extended-communities";
      readonly communities: readonly ExtendedCommunity[];
    }
  | { readonly kind: "as4-path"; readonly segments: readonly AsPathSegment[] }
  | { readonly kind: "as4-aggregator"; readonly asn: Asn; readonly address: IpAddress }
  | ({ readonly kind: "pmsi-tunnel" } & PmsiTunnel)
  | { readonly kind: "large-communities"; readonly communities: readonly string[] }
  /** A type that the codec does not know; `value` is hex. */
  | { readonly kind: "unknown"; readonly type: number; readonly value: string }
  /** One that RFC 7606 has something to say about; the error with the reason is among those of the UPDATE. */
  | {
      readonly kind: "malformed";
      readonly type: number;
      /** "AS_PATH", "attribute 99". */
      readonly name: string;
      readonly treatment: Treatment;
      readonly value: string;
    };

/** An attribute of an UPDATE. */
export type PathAttribute = AttributeBody & {
  /**
   * The flags that are set. A decoded attribute has them always; one to be encoded gets those of its type when they
   * are left out, and the extended length when its value needs it.
   */
  readonly flags?: readonly AttributeFlag[];
};

/** An attribute of one kind. */
export type AttributeOf<Kind extends PathAttribute["kind"]> = Extract<
  PathAttribute,
  { kind: Kind }
>;

/** The type of each kind of attribute that the codec knows. */
const TYPES = {
  origin: ATTRIBUTE.ORIGIN,
  "as-path": ATTRIBUTE.AS_PATH,
  "next-hop": ATTRIBUTE.NEXT_HOP,
  med: ATTRIBUTE.MULTI_EXIT_DISC,
  "local-pref": ATTRIBUTE.LOCAL_PREF,
  "atomic-aggregate": ATTRIBUTE.ATOMIC_AGGREGATE,
  aggregator: ATTRIBUTE.AGGREGATOR,
  communities: ATTRIBUTE.COMMUNITIES,
  "originator-id": ATTRIBUTE.ORIGINATOR_ID,
  "cluster-list": ATTRIBUTE.CLUSTER_LIST,
  "mp-reach": ATTRIBUTE.MP_REACH_NLRI,
  "mp-unreach": ATTRIBUTE.MP_UNREACH_NLRI,
  "extended-communities": ATTRIBUTE.EXTENDED_COMMUNITIES,
  "as4-path": ATTRIBUTE.AS4_PATH,
  "as4-aggregator": ATTRIBUTE.AS4_AGGREGATOR,
  "pmsi-tunnel": ATTRIBUTE.PMSI_TUNNEL,
  "large-communities": ATTRIBUTE.LARGE_COMMUNITIES,
} as const;

/** The type of an attribute. */
export function typeOf(attribute: AttributeBody): number {
  return attribute.kind === "unknown" || attribute.kind === "malformed"
    ? attribute.type
    : TYPES[attribute.kind];
}

const FLAGS: readonly (readonly [AttributeFlag, number])[] = [
  ["optional", FLAG.OPTIONAL],
  ["transitive", FLAG.TRANSITIVE],
  ["partial", FLAG.PARTIAL],
  ["extended-length", FLAG.EXTENDED_LENGTH],
];

/** The flags of a flags octet by name. */
export function flagNames(octet: number): readonly AttributeFlag[] {
  return FLAGS.filter(([, bit]) => (octet & bit) !== 0).map(([name]) => name);
}

/** The flags octet of names. */
export function flagsOctet(names: readonly AttributeFlag[]): number {
  return FLAGS.reduce((octet, [name, bit]) => (names.includes(name) ? octet | bit : octet), 0);
}
