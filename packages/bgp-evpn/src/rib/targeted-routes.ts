/**
 * What a group of peers with route target constraint is advertised, by route targets: which members want which list of
 * targets, and which prefixes have it.
 *
 * Members of one group may want quite different routes and still share every encoded UPDATE: a route is encoded once
 * and goes to the audience of its targets. Work is in proportion to what is sent: a change of a route costs the members
 * that want it, a change of a member's memberships the routes whose verdict changes, and neither costs the table.
 *
 *   prefix -> target set -> audience (members that want it)
 *          <- chain of the prefixes of an audience
 *
 * An audience exists while a route with its targets is advertised. A member whose memberships have changed is compared
 * with the audiences one by one, in slices; until then it is in the audiences that it was in.
 *
 * RFC 4684 section 6.
 */
import type { AttributeTable } from "./attribute-table.ts";
import { Int32Column } from "./column.ts";
import type { GroupMember } from "./group-member.ts";
import type { MembershipFilter } from "./membership-filter.ts";

/** What it costs to compare a member with an audience, in routes put into a backlog. */
const COMPARISON_COST = 8;

/** The members that want the routes with one list of targets, and those routes. */
export class TargetAudience {
  readonly set: number;
  /** The targets, one after the other. */
  readonly targets: Uint8Array;
  readonly members: Set<GroupMember> = new Set();
  /** Head of the chain of its prefixes. */
  firstPrefix = 0;
  routes = 0;
  /** How many of the routes come from which peer. */
  readonly routesBySource: Map<number, number> = new Map();

  constructor(set: number, targets: Uint8Array) {
    this.set = set;
    this.targets = targets;
  }

  /** Counts a route of a source in or out. */
  count(source: number, change: 1 | -1): void {
    this.routes += change;
    const count = (this.routesBySource.get(source) ?? 0) + change;
    if (count > 0) this.routesBySource.set(source, count);
    else this.routesBySource.delete(source);
  }
}

/** The audiences of one update group. */
export class TargetedRoutes {
  readonly #attributes: AttributeTable;
  readonly #filters = new Map<GroupMember, MembershipFilter>();
  readonly #audiences = new Map<number, TargetAudience>();
  /** Target set of the advertised route per prefix; 0 when none is advertised. */
  readonly #setOf = new Int32Column();
  readonly #next = new Int32Column();
  readonly #previous = new Int32Column();
  /** Members whose memberships have changed, and the audiences that each has yet to be compared with. */
  readonly #revisions = new Map<GroupMember, IterableIterator<TargetAudience>>();

  constructor(attributes: AttributeTable) {
    this.#attributes = attributes;
  }

  /** Adds a member that holds nothing yet; `revise` gives it what it wants. */
  join(member: GroupMember, filter: MembershipFilter): void {
    this.#filters.set(member, filter);
    this.changed(member);
  }

  filterOf(member: GroupMember): MembershipFilter | undefined {
    return this.#filters.get(member);
  }

  leave(member: GroupMember): void {
    this.#filters.delete(member);
    this.#revisions.delete(member);
    for (const { members } of this.#audiences.values()) members.delete(member);
  }

  /** The memberships of a member have changed; `revise` does what follows. */
  changed(member: GroupMember): void {
    member.isRevised = true;
    this.#revisions.set(member, this.#audiences.values());
  }

  /** Whether `revise` has something to do. */
  get isRevising(): boolean {
    return this.#revisions.size > 0;
  }

  /**
   * Moves members into and out of audiences and puts the routes concerned into their backlogs, until about `limit` are
   * there. `sourceOf` gives the source of the advertised route of a prefix.
   */
  revise(limit: number, sourceOf: (prefix: number) => number): number {
    let marked = 0;
    for (const [member, audiences] of this.#revisions) {
      for (let next = audiences.next(); !next.done; next = audiences.next()) {
        marked += COMPARISON_COST + this.#compare(member, next.value, sourceOf);
        if (marked >= limit) return marked;
      }
      this.#revisions.delete(member);
      member.isRevised = false;
    }
    return marked;
  }

  /** Who holds the advertised route of a prefix, its source aside; undefined when none is advertised. */
  audience(prefix: number): TargetAudience | undefined {
    return this.#audiences.get(this.#setOf.get(prefix));
  }

  /**
   * The advertised route of a prefix is now of `source` (0: there is none) with these attributes, and was of `before`.
   * Returns who is to hold it.
   */
  place(
    prefix: number,
    before: number,
    source: number,
    attributes: number,
  ): TargetAudience | undefined {
    const old = this.audience(prefix);
    const set = source === 0 ? 0 : this.#attributes.targetSet(attributes);
    if (old !== undefined && old.set === set) {
      if (before === source) return old;
      old.count(before, -1);
      old.count(source, 1);
      return old;
    }
    // The new one first: a route may be the last with its old targets.
    const audience = set === 0 ? undefined : (this.#audiences.get(set) ?? this.#open(set));
    if (old !== undefined) this.#unlink(prefix, before, old);
    if (audience !== undefined) this.#link(prefix, source, audience);
    return audience;
  }

  /** Routes that a member holds, or will hold once it is in step; none while it is held. */
  advertisedTo(member: GroupMember): number {
    if (member.isHeld) return 0;
    let total = 0;
    for (const { members, routes, routesBySource } of this.#audiences.values()) {
      if (members.has(member)) total += routes - (routesBySource.get(member.number) ?? 0);
    }
    return total;
  }

  /** Lets go of the target sets. */
  close(): void {
    for (const { set } of this.#audiences.values()) this.#attributes.targetSets.release(set);
    this.#audiences.clear();
  }

  /** Bytes held. */
  get memory(): number {
    return this.#setOf.memory + this.#next.memory + this.#previous.memory;
  }

  #compare(
    member: GroupMember,
    audience: TargetAudience,
    sourceOf: (prefix: number) => number,
  ): number {
    const isMember = audience.members.has(member);
    if (this.#wants(member, audience) === isMember) return 0;
    if (isMember) audience.members.delete(member);
    else audience.members.add(member);
    for (let prefix = audience.firstPrefix; prefix !== 0; prefix = this.#next.get(prefix)) {
      if (sourceOf(prefix) !== member.number) member.mark(prefix, isMember);
    }
    return audience.routes;
  }

  #wants(member: GroupMember, { targets }: TargetAudience): boolean {
    return this.#filters.get(member)?.wants(targets) ?? false;
  }

  #open(set: number): TargetAudience {
    const audience = new TargetAudience(set, this.#attributes.targetSets.targets(set).slice());
    this.#attributes.targetSets.retain(set);
    this.#audiences.set(set, audience);
    for (const member of this.#filters.keys()) {
      if (this.#wants(member, audience)) audience.members.add(member);
    }
    return audience;
  }

  #link(prefix: number, source: number, audience: TargetAudience): void {
    const first = audience.firstPrefix;
    this.#setOf.set(prefix, audience.set);
    this.#next.set(prefix, first);
    this.#previous.set(prefix, 0);
    if (first !== 0) this.#previous.set(first, prefix);
    audience.firstPrefix = prefix;
    audience.count(source, 1);
  }

  #unlink(prefix: number, source: number, audience: TargetAudience): void {
    const next = this.#next.get(prefix);
    const previous = this.#previous.get(prefix);
    if (next !== 0) this.#previous.set(next, previous);
    if (previous === 0) audience.firstPrefix = next;
    else this.#next.set(previous, next);
    this.#setOf.set(prefix, 0);
    audience.count(source, -1);
    if (audience.routes > 0) return;
    this.#audiences.delete(audience.set);
    this.#attributes.targetSets.release(audience.set);
  }
}
