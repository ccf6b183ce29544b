/**
 * UPDATE as a plain value: what a person reads, and what the codec's slow path makes of the octets.
 *
 * Routes are in groups by where in the message they are carried: IPv4 unicast in the fields of RFC 4271, any family in
 * MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760).
 */
import type { IpAddress } from "@selvedge/net";
import type { PathAttribute } from "./attribute/path-attribute.ts";
import type { Treatment, UpdateFault } from "./attribute/rules.ts";
import type { Family, KnownFamily } from "./family.ts";
import type { Route } from "./nlri.ts";

/** Announced routes of one family. */
export type AnnouncedRoutes =
  /** The NLRI field; their next hop is the attribute NEXT_HOP. */
  | {
      readonly carriedIn: "nlri";
      readonly family: "ipv4-unicast";
      readonly routes: readonly Route[];
    }
  | {
      readonly carriedIn: "mp-reach";
      readonly family: KnownFamily;
      readonly nextHop: IpAddress;
      /** Beside a global IPv6 next hop (RFC 2545 section 3). */
      readonly linkLocalNextHop?: IpAddress;
      readonly routes: readonly Route[];
    }
  /** A family that the codec does not know or that was not negotiated: next hop and NLRI as hex. */
  | {
      readonly carriedIn: "mp-reach";
      readonly family: Family;
      readonly opaqueNextHop: string;
      readonly opaqueNlri: string;
    };

/** Withdrawn routes of one family. */
export type WithdrawnRoutes =
  | {
      readonly carriedIn: "withdrawn-routes";
      readonly family: "ipv4-unicast";
      readonly routes: readonly Route[];
    }
  | {
      readonly carriedIn: "mp-unreach";
      readonly family: KnownFamily;
      readonly routes: readonly Route[];
    }
  /** A family that the codec does not know or that was not negotiated. */
  | { readonly carriedIn: "mp-unreach"; readonly family: Family; readonly opaqueNlri: string };

/** What an UPDATE says, and all that is needed to encode one. */
export interface UpdateFields {
  readonly withdrawn: readonly WithdrawnRoutes[];
  readonly attributes: readonly PathAttribute[];
  readonly announced: readonly AnnouncedRoutes[];
}

/** An error of a decoded UPDATE, and the NOTIFICATION that it is where it resets the session. */
export interface DecodedUpdateError {
  readonly treatment: Treatment;
  readonly fault: UpdateFault;
  /** "AS_PATH", "attribute 99"; absent for a fault of the message. */
  readonly attribute?: string;
  readonly reason: string;
  readonly code: number;
  readonly subcode: number;
  /** "UPDATE Message Error/Malformed AS_PATH". */
  readonly name: string;
  /** What the NOTIFICATION quotes, as hex: mostly the whole attribute. */
  readonly data: string;
}

/** An UPDATE as a plain value. */
export interface UpdateMessage extends UpdateFields {
  readonly kind: "update";
  /** What RFC 7606 makes of it: the strongest treatment of its errors but for discarded attributes. */
  readonly treatment: "accept" | "treat-as-withdraw" | "session-reset";
  readonly errors: readonly DecodedUpdateError[];
  /** It is the End-of-RIB marker of this family (RFC 4724 section 2). */
  readonly endOfRib?: Family;
}
