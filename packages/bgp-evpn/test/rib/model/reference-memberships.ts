/**
 * What a RIB is to do with route target memberships, written for reading and not for speed: targets are compared as
 * strings of bits, and everything is computed from scratch.
 */
import { parseIpAddress, type RouteTarget, routeTargetBytes } from "@selvedge/net";
import type { RibVrf } from "../../../src/rib/vrf.ts";
import { encodeExtendedCommunities } from "../../../src/wire/attribute/extended-community.ts";
import type { PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import { hex } from "../../../src/wire/hex.ts";
import {
  encodeMembership,
  type MembershipRoute,
} from "../../../src/wire/route-target-membership.ts";
import { attributeHex, communitiesOf } from "./attributes.ts";
import type { ToldRoute } from "./peer-model.ts";
import {
  type Announcement,
  bestFirst,
  exported,
  isLoop,
  kept,
  mayTell,
  type ReferencePath,
} from "./reference-rib.ts";
import { OWN_ASN, type SessionSlot } from "./sessions.ts";

const ES_IMPORT = "0602";
/** Paths of memberships are paths without a route. */
const NO_ROUTE = { kind: "unknown", routeType: 0, value: "" } as const;
const DEFAULT_KEY = "00";

/** Memberships with their attributes. */
export interface MembershipAnnouncement extends Omit<Announcement, "route"> {
  readonly memberships: readonly MembershipRoute[];
}

function bitsOf(bytes: Uint8Array): string {
  return [...bytes].map((octet) => octet.toString(2).padStart(8, "0")).join("");
}

function keyOf(membership: MembershipRoute): string {
  return hex(encodeMembership(membership));
}

/** The bits that a target must start with. */
function wantedBits(key: string): string {
  const bits = bitsOf(Uint8Array.from(Buffer.from(key, "hex")));
  return bits.slice(8, 8 + Number.parseInt(key.slice(0, 2), 16)).slice(32);
}

/** The targets of a route, as hex. */
function targetsOf(attributes: readonly PathAttribute[]): string[] {
  return communitiesOf(attributes)
    .map((community) => hex(encodeExtendedCommunities([community])))
    .filter((octets) => ["0002", "0102", "0202", ES_IMPORT].includes(octets.slice(0, 4)));
}

/** Memberships by peer, and what follows from them. */
export class ReferenceMemberships {
  readonly received = new Map<SessionSlot, Map<string, ReferencePath>>();
  /** Peers with a session, and those whose paths are retained. */
  readonly known = new Set<SessionSlot>();
  /** Those that have told all of their memberships since their session came up. */
  readonly complete = new Set<SessionSlot>();
  needsAll = false;

  announce(slot: SessionSlot, { memberships, ...shared }: MembershipAnnouncement): void {
    const paths = this.received.get(slot) ?? new Map<string, ReferencePath>();
    this.received.set(slot, paths);
    const announcement = { ...shared, route: NO_ROUTE };
    const path = { ...announcement, attributes: kept(announcement), slot, stale: false };
    for (const membership of memberships) {
      if (isLoop(announcement)) paths.delete(keyOf(membership));
      else paths.set(keyOf(membership), path);
    }
  }

  withdraw(slot: SessionSlot, memberships: readonly MembershipRoute[]): void {
    for (const membership of memberships) this.received.get(slot)?.delete(keyOf(membership));
  }

  up(slot: SessionSlot): void {
    this.known.add(slot);
    this.complete.delete(slot);
  }

  retain(slot: SessionSlot): void {
    this.sweep(slot);
    const paths = this.received.get(slot);
    for (const [key, path] of paths ?? []) paths?.set(key, { ...path, stale: true });
  }

  sweep(slot: SessionSlot): void {
    const paths = this.received.get(slot);
    for (const [key, path] of paths ?? []) if (path.stale) paths?.delete(key);
  }

  drop(slot: SessionSlot): void {
    this.received.delete(slot);
    this.known.delete(slot);
    this.complete.delete(slot);
  }

  /** The memberships of one session are now those of another one with the same router. */
  move(from: SessionSlot, to: SessionSlot): void {
    const paths = this.received.get(from) ?? new Map<string, ReferencePath>();
    this.received.set(to, new Map([...paths].map(([key, path]) => [key, { ...path, slot: to }])));
  }

  /** Whether a peer is to be told routes with these attributes. */
  wants(slot: SessionSlot, attributes: readonly PathAttribute[]): boolean {
    if (!isConstrained(slot)) return true;
    if (!this.complete.has(slot)) return false;
    const keys = [...(this.received.get(slot)?.keys() ?? [])];
    if (keys.includes(DEFAULT_KEY)) return true;
    const knowsSegments = keys.some(
      (key) => key.startsWith("60") && key.slice(10, 14) === ES_IMPORT,
    );
    return targetsOf(attributes).some((target) => {
      if (target.startsWith(ES_IMPORT) && !knowsSegments) return true;
      const bits = bitsOf(Uint8Array.from(Buffer.from(target, "hex")));
      return keys.some((key) => bits.startsWith(wantedBits(key)));
    });
  }

  /** The memberships that a peer is to hold. */
  toldTo(slot: SessionSlot, vrfs: Iterable<RibVrf>): Map<string, ToldRoute> {
    const told = new Map<string, ToldRoute>();
    const tell = (key: string, path: ReferencePath): void => {
      const isOwn = path.slot === undefined || slot.peer.kind === "ebgp";
      const nextHop = isOwn ? (slot.peer.membershipNextHop ?? path.nextHop) : path.nextHop;
      const attributes = exported(path, slot).map((one) => attributeHex(one, slot.context));
      told.set(key, { nlri: key, nextHop, attributes });
    };
    if (!slot.peer.reflectorClient) {
      for (const [key, paths] of this.#table(vrfs)) {
        const path = pathFor(slot, paths);
        if (path !== undefined && path.slot !== slot && mayTell(path, slot)) tell(key, path);
      }
    }
    if (slot.peer.reflectorClient || this.#needsAllOf(slot)) tell(DEFAULT_KEY, ownPath());
    return told;
  }

  #table(vrfs: Iterable<RibVrf>): Map<string, ReferencePath[]> {
    const table = new Map<string, ReferencePath[]>();
    const add = (key: string, path: ReferencePath): void => {
      table.set(key, [...(table.get(key) ?? []), path]);
    };
    for (const paths of this.received.values()) for (const [key, path] of paths) add(key, path);
    const targets = new Set([...vrfs].flatMap(({ importRouteTargets }) => importRouteTargets));
    for (const target of targets) add(ownKey(target), ownPath());
    return table;
  }

  #needsAllOf({ peer }: SessionSlot): boolean {
    if (this.needsAll) return true;
    return [...this.known].some(
      (other) =>
        !isConstrained(other) &&
        (peer.kind === "ebgp" || other.peer.kind === "ebgp" || other.peer.reflectorClient),
    );
  }
}

export function isConstrained({ peer }: SessionSlot): boolean {
  return peer.membershipNextHop !== undefined;
}

function ownKey(target: RouteTarget): string {
  const originAs = OWN_ASN.toString(16).padStart(8, "0");
  return `60${originAs}${hex(routeTargetBytes(target))}`;
}

function ownPath(): ReferencePath {
  return {
    slot: undefined,
    stale: false,
    route: NO_ROUTE,
    nextHop: parseIpAddress("0.0.0.0"),
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: 100 },
    ],
  };
}

/** RFC 4684 section 3.2, rule ii. */
function pathFor(
  { peer }: SessionSlot,
  paths: readonly ReferencePath[],
): ReferencePath | undefined {
  const [best] = bestFirst(paths);
  const from = best?.slot?.peer;
  if (peer.kind === "ebgp" || from?.kind !== "ibgp" || from.reflectorClient) return best;
  const ofClients = paths.filter(
    ({ slot }) => slot?.peer.kind === "ibgp" && slot.peer.reflectorClient,
  );
  return bestFirst(ofClients)[0] ?? best;
}
