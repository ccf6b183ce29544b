/**
 * Membership filter: the memberships that one peer has announced, as the question "does it want a route with these
 * targets?".
 *
 * "A VPN NLRI route should be advertised to a peer [...] if that peer has advertised either the default Route Target
 * membership NLRI or a Route Target membership NLRI containing any of the targets" (RFC 4684 section 6). So a route
 * without any target goes only to peers with the default membership: nobody else could import it.
 *
 * One exception: a peer that has announced no ES-Import route target at all gets every route type 4. RFC 7432 section
 * 7.6 lets these routes be constrained, but there are speakers that do not announce the ES-Import route targets of
 * their segments, and a designated forwarder that misses a candidate duplicates traffic; such routes are few.
 *
 * The origin AS of a membership says where it comes from and is not compared. RFC 4684 sections 3.1, 4 and 6.
 */
import { readU8, readU16, readU32 } from "../wire/octets.ts";
import { MAX_MEMBERSHIP_BITS, ORIGIN_BITS } from "../wire/route-target-membership.ts";
import { ES_IMPORT, TARGET_LENGTH } from "./target-sets.ts";

/** Position of the route target in the NLRI: after the length and the origin AS. */
const TARGET_OFFSET = 5;

/** A membership that is shorter than a whole route target. */
interface TargetPrefix {
  /** Bits of the route target that are compared, 0 to 63. */
  readonly bits: number;
  readonly octets: Uint8Array;
}

/** What one peer wants. */
export class MembershipFilter {
  #defaults = 0;
  /** Whole route targets: upper four octets -> lower four octets -> how many memberships, of several origins. */
  readonly #exact = new Map<number, Map<number, number>>();
  /** Rare: route targets that are prefixes, one entry a membership. */
  #prefixes: TargetPrefix[] = [];
  #segments = 0;

  /** The peer has announced a membership; `key` as `membershipKey` writes it. */
  add(key: Uint8Array): void {
    this.#count(key, 1);
  }

  /** The peer has withdrawn one that it had announced. */
  remove(key: Uint8Array): void {
    this.#count(key, -1);
  }

  /** Whether the peer wants routes with these targets (`TargetSets.targets`). */
  wants(targets: Uint8Array): boolean {
    if (this.#defaults > 0) return true;
    for (let at = 0; at < targets.length; at += TARGET_LENGTH) {
      if (this.#exact.get(readU32(targets, at))?.has(readU32(targets, at + 4))) return true;
      if (this.#segments === 0 && readU16(targets, at) === ES_IMPORT) return true;
      for (const prefix of this.#prefixes) if (covers(prefix, targets, at)) return true;
    }
    return false;
  }

  #count(key: Uint8Array, change: 1 | -1): void {
    const bits = readU8(key, 0);
    if (bits === 0) this.#defaults += change;
    else if (bits === MAX_MEMBERSHIP_BITS) this.#countExact(key, change);
    else this.#changePrefix(bits - ORIGIN_BITS, key.slice(TARGET_OFFSET), change);
  }

  #countExact(key: Uint8Array, change: 1 | -1): void {
    const upper = readU32(key, TARGET_OFFSET);
    const lower = readU32(key, TARGET_OFFSET + 4);
    const counts = this.#exact.get(upper) ?? new Map<number, number>();
    const count = (counts.get(lower) ?? 0) + change;
    if (count > 0) counts.set(lower, count);
    else counts.delete(lower);
    if (counts.size > 0) this.#exact.set(upper, counts);
    else this.#exact.delete(upper);
    if (readU16(key, TARGET_OFFSET) === ES_IMPORT) this.#segments += change;
  }

  #changePrefix(bits: number, octets: Uint8Array, change: 1 | -1): void {
    const prefix = { bits, octets };
    if (change === 1) {
      this.#prefixes.push(prefix);
      return;
    }
    const at = this.#prefixes.findIndex((other) => other.bits === bits && covers(other, octets, 0));
    if (at >= 0) this.#prefixes.splice(at, 1);
  }
}

function covers(prefix: TargetPrefix, targets: Uint8Array, at: number): boolean {
  const { bits, octets } = prefix;
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) if (octets[i] !== targets[at + i]) return false;
  const rest = bits & 7;
  return rest === 0 || (readU8(octets, whole) ^ readU8(targets, at + whole)) >>> (8 - rest) === 0;
}
