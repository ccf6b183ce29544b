/**
 * Changes of attributes by a policy: what is set, added and removed, and the canonical attribute set that comes of it.
 *
 * An attribute that the set has keeps its place; one that it lacks goes before the first of a higher type. Nothing else
 * of the set is touched. What a change may not do: alter the next hop, which names the VTEP, or the encapsulation.
 *
 * RFC 4271 sections 5.1.2 to 5.1.5, RFC 1997, RFC 4360.
 */
import { type Asn, type RouteTarget, routeTargetBytes } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { writeU32 } from "../wire/octets.ts";
import { prependAs } from "./as-path.ts";
import { communityBytes } from "./route-pattern.ts";

/** What is to become of the attributes of a route; what is absent stays as it is. */
export interface AttributeChange {
  /** 0 to 4294967295. Goes to internal peers only (RFC 4271 section 5.1.5). */
  readonly localPreference?: number;
  /** 0 to 4294967295, or "none" to remove it. Goes to internal peers only (RFC 4271 section 5.1.4). */
  readonly med?: number | "none";
  /** As in "65000:100", or a name such as "no-export". */
  readonly addCommunities?: readonly string[];
  readonly removeCommunities?: readonly string[];
  readonly addRouteTargets?: readonly RouteTarget[];
  readonly removeRouteTargets?: readonly RouteTarget[];
  /** Puts an AS in front of AS_PATH, `count` (1 to 64) times. */
  readonly prepend?: { readonly asn: Asn; readonly count: number };
}

/** A change that has been checked: one of the verdicts of a policy. */
export interface RouteChange {
  readonly kind: "change";
  /** Tells changes apart. */
  readonly number: number;
  /** What it does to each type of attribute, in ascending order of the types. */
  readonly rewrites: readonly AttributeRewrite[];
}

/** What a change does to one attribute. */
export interface AttributeRewrite {
  readonly type: number;
  /** Flags of the attribute where there was none. */
  readonly flags: number;
  /** The new value; `old` is empty for an attribute that is not there. Undefined: the attribute is left out. */
  readonly rewrite: (old: Uint8Array) => Uint8Array | undefined;
}

const MAX_U32 = 0xffffffff;
const MAX_PREPENDED = 64;
const OPTIONAL_TRANSITIVE = FLAG.OPTIONAL | FLAG.TRANSITIVE;
const COMMUNITY = 4;
const EXTENDED_COMMUNITY = 8;

let changes = 0;

/**
 * Accepts a route with changed attributes. Make it once, outside of the policy: what comes of a change and an attribute
 * set is remembered by the identity of both. Throws SpeakerError `invalid-option`.
 */
export function changeAttributes(change: AttributeChange): RouteChange {
  const rewrites: AttributeRewrite[] = [];
  const { localPreference, med, prepend } = change;
  if (prepend !== undefined) rewrites.push(prependTo(prepend));
  if (med !== undefined) {
    const value = med === "none" ? undefined : u32("med", med);
    rewrites.push({ type: ATTRIBUTE.MULTI_EXIT_DISC, flags: FLAG.OPTIONAL, rewrite: () => value });
  }
  if (localPreference !== undefined) {
    const value = u32("localPreference", localPreference);
    rewrites.push({ type: ATTRIBUTE.LOCAL_PREF, flags: FLAG.TRANSITIVE, rewrite: () => value });
  }
  addList(
    rewrites,
    ATTRIBUTE.COMMUNITIES,
    COMMUNITY,
    change.addCommunities?.map(communityBytes),
    change.removeCommunities?.map(communityBytes),
  );
  addList(
    rewrites,
    ATTRIBUTE.EXTENDED_COMMUNITIES,
    EXTENDED_COMMUNITY,
    change.addRouteTargets?.map(routeTargetBytes),
    change.removeRouteTargets?.map(routeTargetBytes),
  );
  return { kind: "change", number: ++changes, rewrites };
}

function u32(option: string, value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > MAX_U32) {
    throw new SpeakerError("invalid-option", `${option} is ${value}; it must be 0 to ${MAX_U32}`);
  }
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

function prependTo({
  asn,
  count,
}: {
  readonly asn: Asn;
  readonly count: number;
}): AttributeRewrite {
  if (!Number.isInteger(count) || count < 1 || count > MAX_PREPENDED) {
    throw new SpeakerError(
      "invalid-option",
      `prepend.count is ${count}; it must be 1 to ${MAX_PREPENDED}`,
    );
  }
  return {
    type: ATTRIBUTE.AS_PATH,
    flags: FLAG.TRANSITIVE,
    rewrite: (old) => {
      let path = old;
      for (let n = 0; n < count; n++) {
        const longer = new Uint8Array(path.length + 6);
        path = longer.subarray(0, prependAs(path, 0, path.length, asn, longer, 0));
      }
      return path;
    },
  };
}

function addList(
  rewrites: AttributeRewrite[],
  type: number,
  size: number,
  added: readonly Uint8Array[] = [],
  removed: readonly Uint8Array[] = [],
): void {
  if (added.length === 0 && removed.length === 0) return;
  rewrites.push({
    type,
    flags: OPTIONAL_TRANSITIVE,
    rewrite: (old) => {
      const kept = elements(old, size).filter((one) => !contains(removed, one));
      const all = [...kept, ...added.filter((one) => !contains(kept, one))];
      return all.length === 0 ? undefined : joined(all, size);
    },
  });
}

function elements(value: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: value.length / size }, (_, i) =>
    value.subarray(i * size, (i + 1) * size),
  );
}

function contains(list: readonly Uint8Array[], one: Uint8Array): boolean {
  return list.some((other) => other.every((octet, i) => octet === one[i]));
}

function joined(list: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(list.length * size);
  for (const [i, one] of list.entries()) out.set(one, i * size);
  return out;
}
