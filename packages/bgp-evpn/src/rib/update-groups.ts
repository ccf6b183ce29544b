/**
 * All update groups of a RIB: which peer is in which, and the work that concerns every group.
 *
 * A group exists as long as it has a member; what it advertised is forgotten with it.
 */
import { type ExportPolicy, samePolicy } from "./export-policy.ts";
import type { MembershipFilter } from "./membership-filter.ts";
import type { PeerId } from "./peer.ts";
import { type GroupTools, UpdateGroup } from "./update-group.ts";

/** Update groups by policy and by peer. */
export class UpdateGroups {
  readonly #tools: GroupTools;
  readonly #groups: UpdateGroup[] = [];
  readonly #groupOf = new Map<PeerId, UpdateGroup>();

  constructor(tools: GroupTools) {
    this.#tools = tools;
  }

  get size(): number {
    return this.#groups.length;
  }

  /** The group of a peer that has a session. */
  of(peer: PeerId): UpdateGroup | undefined {
    return this.#groupOf.get(peer);
  }

  /** Puts a peer into the group of its policy, to be told everything; see `UpdateGroup.join`. */
  join(peer: PeerId, policy: ExportPolicy, filter?: MembershipFilter): void {
    const group = this.#groupFor(policy);
    group.join(peer, filter);
    this.#groupOf.set(peer, group);
  }

  /**
   * Takes a peer out of its group. Prefixes without paths that were kept only to be withdrawn from
   * this peer are queued, so that they are freed.
   */
  leave(peer: PeerId): void {
    const group = this.#groupOf.get(peer);
    if (group === undefined) throw new RangeError(`No session has the number ${peer}.`);
    const { rib } = this.#tools;
    group.leave(peer)?.forEachTold((prefix) => rib.requeueIfEmpty(prefix));
    this.#closeIfEmpty(group);
    this.#groupOf.delete(peer);
  }

  /** Puts a peer into the group of another policy; it is told what that changes. One without session is ignored. */
  move(peer: PeerId, policy: ExportPolicy): void {
    const group = this.#groupOf.get(peer);
    if (group === undefined || samePolicy(group.policy, policy)) return;
    const handedOver = group.handOver(peer);
    if (handedOver === undefined) return;
    this.#closeIfEmpty(group);
    const next = this.#groupFor(policy);
    next.adopt(handedOver);
    this.#groupOf.set(peer, next);
  }

  /** Tells all groups of changed prefixes. */
  publish(prefixes: Int32Array, count: number): void {
    for (const group of this.#groups) group.publish(prefixes, count);
  }

  /** Whether a backlog can be worked on. */
  get isLate(): boolean {
    return this.#groups.some((group) => group.isLate);
  }

  /** Works on backlogs until about `limit` prefixes have been told. */
  catchUp(limit: number): void {
    let left = limit;
    for (const group of this.#groups) {
      if (left <= 0) return;
      if (group.isLate) left -= group.catchUp(left, (prefix) => this.release(prefix, this.#groups));
    }
  }

  /** Groups with members that are out of step. */
  withBacklogs(): readonly UpdateGroup[] {
    return this.#groups.filter((group) => group.hasBacklogs);
  }

  /** Frees the row of a prefix without paths, unless one of the groups owes its withdrawal. */
  release(prefix: number, groups: readonly UpdateGroup[]): void {
    const { prefixes } = this.#tools.rib;
    if (!prefixes.isLive(prefix) || prefixes.queued.get(prefix) !== 0) return;
    if (groups.some((group) => group.owesWithdrawal(prefix))) return;
    prefixes.remove(prefix);
  }

  #closeIfEmpty(group: UpdateGroup): void {
    if (group.size > 0) return;
    this.#groups.splice(this.#groups.indexOf(group), 1);
    group.close();
  }

  #groupFor(policy: ExportPolicy): UpdateGroup {
    const known = this.#groups.find((candidate) => samePolicy(candidate.policy, policy));
    if (known !== undefined) return known;
    const group = new UpdateGroup(policy, this.#tools);
    this.#groups.push(group);
    return group;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#groups.reduce((total, group) => total + group.memory, 0);
  }
}
