/**
 * The memberships of this speaker: what its VRFs, MAC-VRFs and Ethernet segments import, each route target once, with
 * the own AS as origin.
 *
 * RFC 4684 sections 3 and 4.
 */
import {
  type Asn,
  type IpAddress,
  ipBytes,
  type RouteTarget,
  routeTargetFromBytes,
} from "@selvedge/net";
import { esImportTarget } from "../evpn/ethernet-segment-id.ts";
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { encodeExtendedCommunities } from "../wire/attribute/extended-community.ts";
import type { EthernetSegmentId } from "../wire/evpn/esi.ts";
import { writeU32 } from "../wire/octets.ts";
import { encodeMembership, MAX_MEMBERSHIP_BITS } from "../wire/route-target-membership.ts";
import { DEFAULT_LOCAL_PREFERENCE } from "./attribute-table.ts";
import { closeAttribute, LONG_HEADER } from "./attribute-walk.ts";
import type { MembershipTable } from "./membership-table.ts";
import { LOCAL_PEER } from "./peer-table.ts";

const MAX_ATTRIBUTES = 64;

/** Puts import route targets into the table of memberships. */
export class OwnMemberships {
  readonly #table: MembershipTable;
  readonly #asn: Asn;
  /** The canonical attribute set (see canonical-attributes.ts) of all own memberships. */
  readonly #attributes: Uint8Array;
  readonly #owners = new Map<string, ReadonlySet<RouteTarget>>();
  /** How many owners import a route target. */
  readonly #counts = new Map<RouteTarget, number>();

  constructor(table: MembershipTable, asn: Asn, routerId: IpAddress) {
    this.#table = table;
    this.#asn = asn;
    this.#attributes = writeAttributes(ipBytes(routerId));
  }

  /** An owner imports these route targets from now on; none: it is gone. Owners are told apart by any unique text. */
  set(owner: string, targets: readonly RouteTarget[]): void {
    const before = this.#owners.get(owner) ?? new Set();
    const after = new Set(targets);
    if (after.size > 0) this.#owners.set(owner, after);
    else this.#owners.delete(owner);
    for (const target of after) this.#count(target, 1);
    for (const target of before) this.#count(target, -1);
  }

  /** The attribute set of own memberships, retained once for the caller. */
  internAttributes(): number {
    return this.#table.attributes.intern(this.#attributes, this.#attributes.length);
  }

  #count(target: RouteTarget, change: 1 | -1): void {
    const count = (this.#counts.get(target) ?? 0) + change;
    if (count > 0) this.#counts.set(target, count);
    else this.#counts.delete(target);
    if (count === 0) this.#table.withdraw(this.#table.peers.get(LOCAL_PEER), this.#nlri(target), 0);
    if (count === 1 && change === 1) this.#announce(target);
  }

  #announce(target: RouteTarget): void {
    const attributes = this.internAttributes();
    const source = this.#table.peers.get(LOCAL_PEER);
    this.#table.announce(source, this.#nlri(target), 0, attributes);
    this.#table.attributes.release(attributes);
  }

  #nlri(target: RouteTarget): Uint8Array {
    const prefixLength = MAX_MEMBERSHIP_BITS;
    return encodeMembership({ kind: "membership", prefixLength, originAs: this.#asn, target });
  }
}

/** The ES-Import route target of a segment, under which its route types 4 are imported (RFC 7432 section 7.6). */
export function segmentTarget(esi: EthernetSegmentId): RouteTarget {
  return routeTargetFromBytes(
    encodeExtendedCommunities([{ kind: "es-import", target: esImportTarget(esi) }]),
  );
}

/** The next hop is replaced by the local address of each session (RFC 4684 section 3.2). */
function writeAttributes(nextHop: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MAX_ATTRIBUTES);
  bytes[0] = nextHop.length;
  bytes.set(nextHop, 1);
  const preference = new Uint8Array(4);
  writeU32(preference, 0, DEFAULT_LOCAL_PREFERENCE);
  let at = 1 + nextHop.length;
  const write = (type: number, value: ArrayLike<number>): void => {
    const start = at + LONG_HEADER;
    bytes.set(value, start);
    at = closeAttribute(bytes, at, FLAG.TRANSITIVE, type, start + value.length);
  };
  write(ATTRIBUTE.ORIGIN, [0]);
  write(ATTRIBUTE.AS_PATH, []);
  write(ATTRIBUTE.LOCAL_PREF, preference);
  return bytes.slice(0, at);
}
