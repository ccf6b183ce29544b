/**
 * The next hops of one VRF: remote VTEPs and groups of them, each with the id of its next-hop object
 * in the kernel, counted by the routes that use them. Pure.
 *
 * A VTEP's id is its IPv4 address as a number, or made from its IPv6 address: 240.0.0.0 plus a 28-bit
 * hash. A group's id is made from those of its members: 224.0.0.0 plus a 28-bit hash. If another one
 * has that id, it gets the next free one. So a restarted agent arrives at the same ids in whatever order
 * routes come in, except for those whose hashes collide (one pair in 250 million): these may change
 * places, which costs rewriting them and their routes.
 */
import { compareMac, type IpAddress, type MacAddress } from "@selvedge/net";
import type { RemoteNextHop } from "./intent.ts";
import { FIRST_GROUP_ID, HASHED_IDS, nextHopId, nextIpv6Id } from "./ownership.ts";

/** What a route leads to. Compared by identity: equal next hops of one table are one object. */
export type NextHop = VtepNextHop | GroupNextHop;

/** One VTEP with one router MAC. */
export interface VtepNextHop {
  readonly kind: "vtep";
  readonly id: number;
  readonly vtep: IpAddress;
  readonly routerMac: MacAddress;
  /** How many routes and groups use it. */
  references: number;
}

/** Several VTEPs that share the load. */
export interface GroupNextHop {
  readonly kind: "group";
  readonly id: number;
  /** Sorted by id, each VTEP once. */
  readonly members: readonly VtepNextHop[];
  references: number;
}

/** A remote VTEP in use and the router MAC chosen for it. */
export interface RemoteVtep {
  readonly id: number;
  readonly vtep: IpAddress;
  readonly routerMac: MacAddress;
  /** Whether routes name other router MACs for it as well. */
  readonly conflict: boolean;
}

/** All next hops of a VRF that are in use. */
export class NextHopTable {
  /** Next hops of a VTEP: one, or several while its router MAC changes. */
  readonly #vteps = new Map<IpAddress, VtepNextHop[]>();
  readonly #groups = new Map<string, GroupNextHop>();
  /** Whose a group id is; groups that differ only in router MACs share one. */
  readonly #groupIds = new Map<number, { readonly members: string; groups: number }>();
  /** Whose the ids of VTEPs are. */
  readonly #vtepIds = new Map<number, IpAddress>();
  #changed = false;
  #vtepsChanged = false;

  /** Whether VTEPs may have come into use or gone out of use since the last call. */
  takeVtepsChanged(): boolean {
    const changed = this.#vtepsChanged;
    this.#vtepsChanged = false;
    return changed;
  }

  /** Whether next hops came into use or went out of use since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /**
   * The next hop for what a route names, with one reference added; `undefined` when no VTEP of it is
   * usable (see `nextHopId`).
   */
  acquire(nextHops: readonly RemoteNextHop[]): NextHop | undefined {
    const [first] = nextHops;
    if (first === undefined) {
      return undefined;
    }
    const nextHop = nextHops.length === 1 ? this.#vtep(first) : this.#several(nextHops);
    if (nextHop !== undefined) {
      this.#retain(nextHop);
    }
    return nextHop;
  }

  /** Takes one reference back; what nobody uses is forgotten. */
  release(nextHop: NextHop): void {
    nextHop.references -= 1;
    if (nextHop.references > 0) {
      return;
    }
    this.#changed = true;
    switch (nextHop.kind) {
      case "vtep":
        this.#vtepsChanged = true;
        this.#forgetVtep(nextHop);
        break;
      case "group":
        this.#groups.delete(groupKey(nextHop.members));
        this.#releaseGroupId(nextHop.id);
        for (const member of nextHop.members) {
          this.release(member);
        }
        break;
      default:
        nextHop satisfies never;
    }
  }

  /**
   * The VTEPs in use. When routes name several router MACs for one, that of most routes is chosen, and
   * of equals the lowest, so that the result does not depend on the order of arrival.
   */
  *vteps(): Generator<RemoteVtep> {
    for (const candidates of this.#vteps.values()) {
      const used = candidates.filter((candidate) => candidate.references > 0);
      const [chosen] = used.sort(
        (a, b) => b.references - a.references || compareMac(a.routerMac, b.routerMac),
      );
      if (chosen !== undefined) {
        const { id, vtep, routerMac } = chosen;
        yield { id, vtep, routerMac, conflict: used.length > 1 };
      }
    }
  }

  /** The groups in use. */
  groups(): Iterable<GroupNextHop> {
    return this.#groups.values();
  }

  #retain(nextHop: NextHop): void {
    nextHop.references += 1;
    if (nextHop.references > 1) {
      return;
    }
    this.#changed = true;
    this.#vtepsChanged ||= nextHop.kind === "vtep";
    if (nextHop.kind === "group") {
      for (const member of nextHop.members) {
        this.#retain(member);
      }
    }
  }

  #vtep({ vtep, routerMac }: RemoteNextHop): VtepNextHop | undefined {
    const candidates = this.#vteps.get(vtep);
    for (const candidate of candidates ?? []) {
      if (candidate.routerMac === routerMac) {
        return candidate;
      }
    }
    const id = candidates?.[0]?.id ?? this.#vtepId(vtep);
    if (id === undefined) {
      return undefined;
    }
    this.#vtepIds.set(id, vtep);
    const nextHop: VtepNextHop = { kind: "vtep", id, vtep, routerMac, references: 0 };
    if (candidates === undefined) {
      this.#vteps.set(vtep, [nextHop]);
    } else {
      candidates.push(nextHop);
    }
    return nextHop;
  }

  /** For IPv4 the only one; no two addresses have the same. */
  #vtepId(vtep: IpAddress): number | undefined {
    let id = nextHopId(vtep);
    while (id !== undefined && (this.#vtepIds.get(id) ?? vtep) !== vtep) {
      id = nextIpv6Id(id);
    }
    return id;
  }

  #several(nextHops: readonly RemoteNextHop[]): NextHop | undefined {
    const byId = new Map<number, VtepNextHop>();
    for (const nextHop of nextHops) {
      const member = this.#vtep(nextHop);
      const rival = member === undefined ? undefined : byId.get(member.id);
      if (member !== undefined && (rival === undefined || hasLowerMac(member, rival))) {
        byId.set(member.id, member);
      }
    }
    const members = [...byId.values()].sort((a, b) => a.id - b.id);
    return members.length < 2 ? members[0] : this.#group(members);
  }

  #group(members: readonly VtepNextHop[]): GroupNextHop {
    const key = groupKey(members);
    const known = this.#groups.get(key);
    if (known !== undefined) {
      return known;
    }
    const id = this.#acquireGroupId(members);
    const group: GroupNextHop = { kind: "group", id, members, references: 0 };
    this.#groups.set(key, group);
    return group;
  }

  #acquireGroupId(members: readonly VtepNextHop[]): number {
    const key = members.map((member) => member.id).join();
    let hash = hashIds(members);
    for (;;) {
      const id = FIRST_GROUP_ID + hash;
      const owner = this.#groupIds.get(id);
      if (owner === undefined) {
        this.#groupIds.set(id, { members: key, groups: 1 });
        return id;
      }
      if (owner.members === key) {
        owner.groups += 1;
        return id;
      }
      hash = (hash + 1) % HASHED_IDS;
    }
  }

  #releaseGroupId(id: number): void {
    const owner = this.#groupIds.get(id);
    if (owner !== undefined) {
      owner.groups -= 1;
      if (owner.groups === 0) {
        this.#groupIds.delete(id);
      }
    }
  }

  #forgetVtep(nextHop: VtepNextHop): void {
    const rest = (this.#vteps.get(nextHop.vtep) ?? []).filter((other) => other !== nextHop);
    if (rest.length === 0) {
      this.#vteps.delete(nextHop.vtep);
      this.#vtepIds.delete(nextHop.id);
    } else {
      this.#vteps.set(nextHop.vtep, rest);
    }
  }
}

function groupKey(members: readonly VtepNextHop[]): string {
  return members.map((member) => `${member.id}@${member.routerMac}`).join();
}

function hasLowerMac(a: VtepNextHop, b: VtepNextHop): boolean {
  return compareMac(a.routerMac, b.routerMac) < 0;
}

/** FNV-1a over the ids, folded to 28 bits. */
function hashIds(members: readonly VtepNextHop[]): number {
  let hash = 0x811c9dc5;
  for (const { id } of members) {
    for (let shift = 24; shift >= 0; shift -= 8) {
      hash = Math.imul(hash ^ ((id >>> shift) & 0xff), 0x01000193) >>> 0;
    }
  }
  return (hash ^ (hash >>> 28)) % HASHED_IDS;
}
