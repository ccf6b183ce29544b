/**
 * Update group: the peers with one export policy, and what they have been told.
 *
 * The group remembers per prefix whose route it advertises. A slice of changed prefixes is compared
 * with that, encoded once, and sent to the members that are in step. The others catch up from their
 * backlogs; those that lack the same prefixes do so together. A new member is one whose backlog is
 * the whole table, so there is one way to be told of a route again, whatever the reason.
 *
 *   in step, or backlog without the prefix   the member holds exactly the advertised route, but
 *                                            nothing if that is its own
 *   prefix in the backlog                    the member holds a route iff the told bit is set
 *
 * RFC 4271 section 9.2 (Update-Send process), RFC 4456, RFC 4724 section 2 (End-of-RIB).
 */
import { AdvertisedRoutes } from "./advertised-routes.ts";
import { Backlog, WINDOW_ROWS } from "./backlog.ts";
import type { ExportPolicy } from "./export-policy.ts";
import { GroupMember } from "./group-member.ts";
import type { MembershipFilter } from "./membership-filter.ts";
import { type ExportTools, PathExport } from "./path-export.ts";
import type { PeerId } from "./peer.ts";
import { SendPlan } from "./send-plan.ts";
import { type TargetAudience, TargetedRoutes } from "./targeted-routes.ts";
import type { UpdateSender } from "./update-sender.ts";

/** Stands for "a route of somebody else": a source number that no peer has. */
const SOMEBODY = 0xffff;
/** What a window costs at least, in prefixes told: looking for the members that lack the same. */
const WINDOW_COST = 128;

/**
 * Called before a peer is told everything again, as it was asked for by `refresh`, and when it has been told: what is
 * sent to the peer between the two is the whole table.
 */
export type RefreshListener = (peer: PeerId, mark: "begin" | "end") => void;

/** What all groups of a RIB share. */
export interface GroupTools extends ExportTools {
  readonly sender: UpdateSender;
  readonly onRefresh: RefreshListener;
}

/** A peer on its way to a group of another policy. */
export interface HandedOver {
  readonly member: GroupMember;
  readonly filter: MembershipFilter | undefined;
}

/** Peers that are sent the same bytes, or of them those that each wants. */
export class UpdateGroup {
  readonly policy: ExportPolicy;
  readonly #tools: GroupTools;
  readonly #members = new Map<number, GroupMember>();
  readonly #advertised = new AdvertisedRoutes();
  readonly #export: PathExport;
  /** Who wants what, when the group is constrained. */
  readonly #targets: TargetedRoutes | undefined;
  /**
   * Prefixes up to this one were there before the constrained group was, and it is not known yet who wants them.
   * Others are told from their backlogs, which need no such knowledge.
   */
  #unsorted = 0;
  readonly #sourceOf = (prefix: number): number => this.#advertised.sourceOf(prefix);
  readonly #plan = new SendPlan();
  readonly #window = new Int32Array(WINDOW_ROWS);
  /** The next prefix that the policy is to be asked about again; 0 when it is not. */
  #reconsidered = 0;
  /** Prefixes that the policy has been asked about again. */
  readonly #again = new Int32Array(WINDOW_ROWS);

  constructor(policy: ExportPolicy, tools: GroupTools) {
    this.policy = policy;
    this.#tools = tools;
    this.#export = new PathExport(policy, tools);
    if (policy.constrained) {
      this.#targets = new TargetedRoutes(tools.rib.attributes);
      this.#unsorted = tools.rib.prefixes.highest;
    }
  }

  get size(): number {
    return this.#members.size;
  }

  /**
   * Adds a peer, to be told everything; in a constrained group what `filter` wants, but nothing before `release`.
   */
  join(peer: PeerId, filter?: MembershipFilter): void {
    const member = new GroupMember(peer);
    this.#members.set(peer, member);
    if (this.#targets === undefined || filter === undefined) {
      member.backlog?.markAllUntold(this.#tools.rib.prefixes.highest);
    } else {
      member.isHeld = true;
      this.#targets.join(member, filter);
    }
  }

  /** The peer has said what it wants, or had time enough for it. */
  release(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member !== undefined) member.isHeld = false;
  }

  /** What the filter of a peer wants has changed. */
  revise(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member !== undefined) this.#targets?.changed(member);
  }

  /** Removes a peer and gives its backlog, whose told prefixes need not be kept any longer. */
  leave(peer: PeerId): Backlog | undefined {
    const member = this.#members.get(peer);
    this.#members.delete(peer);
    if (member !== undefined) this.#targets?.leave(member);
    return member?.backlog;
  }

  close(): void {
    this.#targets?.close();
  }

  /**
   * Gives up a peer to a group of another policy: with a backlog of the whole table and what it holds of that, and the
   * filter of its memberships.
   */
  handOver(peer: PeerId): HandedOver | undefined {
    const member = this.#members.get(peer);
    if (member === undefined) return undefined;
    const { prefixes } = this.#tools.rib;
    const backlog = new Backlog();
    for (let prefix = 1; prefix <= prefixes.highest; prefix++) {
      if (prefixes.isLive(prefix)) backlog.mark(prefix, this.#isHeldBy(member, prefix));
    }
    const filter = this.#targets?.filterOf(member);
    this.leave(peer);
    member.backlog = backlog;
    return { member, filter };
  }

  /** Takes over a peer of another group. */
  adopt({ filter, member }: HandedOver): void {
    this.#members.set(member.number, member);
    if (filter !== undefined) this.#targets?.join(member, filter);
  }

  /** Asks the policy about every prefix again and tells what it says; `catchUp` does the work. */
  reconsider(): void {
    this.#reconsidered = 1;
  }

  /** The peer takes no more bytes until `unblock`. */
  block(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member !== undefined) member.isBlocked = true;
  }

  unblock(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member !== undefined) member.isBlocked = false;
  }

  /**
   * Has `catchUp` tell a peer everything again, between two marks. A refresh begins when the peer is in step, so never
   * before its End-of-RIB (RFC 7313 section 4); one that is asked for while another goes on follows it, once.
   */
  refresh(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member !== undefined) member.wantsRefresh = true;
  }

  /** Tells the members of changed prefixes. */
  publish(prefixes: Int32Array, count: number): void {
    this.#plan.clear();
    for (let i = 0; i < count; i++) {
      const prefix = prefixes[i] ?? 0;
      this.#planChange(prefix, this.#advertised.sourceOf(prefix), this.#targets?.audience(prefix));
    }
    const members = new Set(this.#members.values());
    this.#tools.sender.sendPlan(this.#plan, this.policy, { members, fromBacklogs: false });
    this.#export.releaseChanged();
  }

  get hasBacklogs(): boolean {
    for (const { backlog } of this.#members.values()) if (backlog !== undefined) return true;
    return false;
  }

  /** Whether a backlog can be worked on. */
  get isLate(): boolean {
    if (this.#reconsidered !== 0) return true;
    for (const member of this.#members.values()) {
      if (member.canCatchUp || member.canRefresh) return true;
    }
    return this.#unsorted > 0 || (this.#targets?.isRevising ?? false);
  }

  /**
   * Works on backlogs until about `limit` prefixes have been told, and returns how many. Prefixes
   * for which no path is left are given to `release` afterwards.
   */
  catchUp(limit: number, release: (prefix: number) => void): number {
    if (this.#unsorted > 0) return this.#sort(limit);
    let told = this.#targets?.revise(limit, this.#sourceOf) ?? 0;
    told += this.#reconsiderSome(limit);
    for (const member of this.#members.values()) {
      if (member.canRefresh) this.#beginRefresh(member);
      while (told < limit && member.canCatchUp && (member.backlog?.size ?? 0) > 0) {
        const count = this.#tellWindow(member, release);
        if (count === 0) break;
        told += Math.max(count, WINDOW_COST);
      }
      this.#finish(member);
      if (told < limit) continue;
      // The others come first next time, or one that lacks much would keep them waiting.
      this.#members.delete(member.number);
      this.#members.set(member.number, member);
      break;
    }
    return told;
  }

  /** Whether a member is owed the withdrawal of this prefix. */
  owesWithdrawal(prefix: number): boolean {
    for (const { backlog } of this.#members.values()) if (backlog?.isTold(prefix)) return true;
    return false;
  }

  /** Whether a member holds the current best path of this prefix. */
  hasTold(peer: PeerId, prefix: number): boolean {
    const source = this.#advertised.sourceOf(prefix);
    if (source === 0 || source === peer || this.#tools.rib.prefixes.queued.get(prefix) !== 0) {
      return false;
    }
    const member = this.#members.get(peer);
    if (member === undefined || member.isHeld || member.backlog?.isPending(prefix)) return false;
    return this.#targets?.audience(prefix)?.members.has(member) ?? true;
  }

  /**
   * The attribute set with which a path is announced to the members, retained once for the caller; 0 when the policy
   * keeps it from them.
   */
  exportedSet(path: number): number {
    const isExported = this.#export.sourceOf(path) !== 0;
    const set = isExported ? this.#export.attributes : 0;
    if (isExported) this.#tools.rib.attributes.retain(set);
    this.#export.releaseChanged();
    return set;
  }

  /** Routes a member holds, or will hold once it is in step. */
  advertisedTo(peer: PeerId): number {
    const member = this.#members.get(peer);
    if (this.#targets !== undefined && member !== undefined) {
      return this.#targets.advertisedTo(member);
    }
    return this.#advertised.countOfOthers(peer);
  }

  stateOf(peer: PeerId): "synchronised" | "replaying" | "blocked" {
    const member = this.#members.get(peer);
    if (member?.isBlocked) return "blocked";
    return member?.backlog === undefined ? "synchronised" : "replaying";
  }

  /** Bytes held. */
  get memory(): number {
    let total = this.#advertised.memory + (this.#targets?.memory ?? 0);
    for (const { backlog } of this.#members.values()) total += backlog?.memory ?? 0;
    return total;
  }

  /**
   * Finds out who wants about `limit` prefixes more; nobody is in step yet, so all members note that they lack them.
   */
  #sort(limit: number): number {
    const { prefixes } = this.#tools.rib;
    let sorted = 0;
    while (sorted < limit && this.#unsorted > 0) {
      let count = 0;
      while (count < this.#window.length && this.#unsorted > 0) {
        const prefix = this.#unsorted--;
        if (prefixes.queued.get(prefix) === 0) this.#window[count++] = prefix;
      }
      this.publish(this.#window, count);
      sorted += this.#window.length;
    }
    return sorted;
  }

  /** Tells the prefixes of one window of a backlog, to all members that lack exactly these. */
  #tellWindow(leader: GroupMember, release: (prefix: number) => void): number {
    const backlog = leader.backlog;
    if (backlog === undefined) return 0;
    const window = backlog.nextWindow();
    const members = new Set<GroupMember>();
    for (const member of this.#members.values()) {
      if (member.canCatchUp && member.backlog?.equalsIn(window, backlog)) members.add(member);
    }
    const count = backlog.readWindow(window, this.#window);
    this.#plan.clear();
    if (this.policy.route !== undefined) this.#publishChangesOfMind(count);
    this.#plan.clear();
    const told = this.#takeWindow(backlog, count, members);
    this.#tools.sender.sendPlan(this.#plan, this.policy, { members, fromBacklogs: true });
    this.#export.releaseChanged();
    for (let i = 0; i < count; i++) {
      const prefix = this.#window[i] ?? 0;
      if (this.#tools.rib.prefixes.firstPath.get(prefix) === 0) release(prefix);
    }
    return told;
  }

  /** Moves prefixes from backlogs to the plan, but those that wait in the queue of changes anyway. */
  #takeWindow(backlog: Backlog, count: number, members: ReadonlySet<GroupMember>): number {
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const prefix = this.#window[i] ?? 0;
      if (this.#tools.rib.prefixes.queued.get(prefix) !== 0) continue;
      this.#planChange(prefix, backlog.isTold(prefix) ? SOMEBODY : 0, undefined);
      for (const member of members) member.backlog?.clear(prefix);
      taken++;
    }
    return taken;
  }

  #beginRefresh(member: GroupMember): void {
    member.wantsRefresh = false;
    member.owesRefreshEnd = true;
    this.#tools.onRefresh(member.number, "begin");
    member.backlog = new Backlog();
    const { highest } = this.#tools.rib.prefixes;
    for (let prefix = 1; prefix <= highest; prefix++) {
      const source = this.#advertised.sourceOf(prefix);
      const heldBy = this.#targets?.audience(prefix);
      if (heldBy !== undefined && !heldBy.members.has(member)) continue;
      if (source !== 0) member.miss(prefix, source);
    }
  }

  /** Whether a member holds a route of a prefix. */
  #isHeldBy(member: GroupMember, prefix: number): boolean {
    if (member.backlog?.isPending(prefix)) return member.backlog.isTold(prefix);
    const source = this.#advertised.sourceOf(prefix);
    if (member.isHeld || source === 0 || source === member.number) return false;
    return this.#targets?.audience(prefix)?.members.has(member) ?? true;
  }

  /** Asks the policy about up to `limit` prefixes more that are to be reconsidered, and tells what it says. */
  #reconsiderSome(limit: number): number {
    if (this.#reconsidered === 0) return 0;
    const { prefixes } = this.#tools.rib;
    const { highest } = prefixes;
    const start = this.#reconsidered;
    const end = Math.min(start + Math.min(limit, WINDOW_ROWS), highest + 1);
    let count = 0;
    for (let prefix = start; prefix < end; prefix++) {
      if (prefixes.isLive(prefix) && prefixes.queued.get(prefix) === 0) {
        this.#again[count++] = prefix;
      }
    }
    this.publish(this.#again, count);
    this.#reconsidered = end > highest ? 0 : end;
    return end - start;
  }

  /**
   * Tells all members of those of `count` prefixes in the window of which the policy says what it did not say before:
   * what the group advertises must not depend on who is told when.
   */
  #publishChangesOfMind(count: number): void {
    const { prefixes } = this.#tools.rib;
    let changed = 0;
    for (let i = 0; i < count; i++) {
      const prefix = this.#window[i] ?? 0;
      if (prefixes.queued.get(prefix) === 0 && this.#saysOtherwise(prefix)) {
        this.#again[changed++] = prefix;
      }
    }
    this.#export.releaseChanged();
    if (changed > 0) this.publish(this.#again, changed);
  }

  #saysOtherwise(prefix: number): boolean {
    const { attributes, prefixes } = this.#tools.rib;
    const best = prefixes.bestPath.get(prefix);
    const source = best === 0 ? 0 : this.#export.sourceOf(best);
    if (source !== this.#advertised.sourceOf(prefix)) return true;
    if (source === 0 || this.#targets === undefined) return false;
    return this.#targets.audience(prefix)?.set !== attributes.targetSet(this.#export.attributes);
  }

  #finish(member: GroupMember): void {
    if (!member.canCatchUp || member.backlog?.size !== 0) return;
    member.backlog = undefined;
    if (member.owesEndOfRib) {
      member.owesEndOfRib = false;
      this.#tools.sender.sendEndOfRib(member);
    }
    if (member.owesRefreshEnd) {
      member.owesRefreshEnd = false;
      this.#tools.onRefresh(member.number, "end");
    }
  }

  /**
   * Plans what those are sent who hold a route of `before` (0: none), and notes what is advertised. `heldBy`: only
   * these hold it; otherwise all members do.
   */
  #planChange(prefix: number, before: number, heldBy: TargetAudience | undefined): void {
    const best = this.#tools.rib.prefixes.bestPath.get(prefix);
    const source = best === 0 ? 0 : this.#export.sourceOf(best);
    const attributes = source === 0 ? 0 : this.#export.attributes;
    const wanted = this.#targets?.place(
      prefix,
      this.#advertised.sourceOf(prefix),
      source,
      attributes,
    );
    this.#advertised.note(prefix, source);
    if (source === 0) {
      if (before !== 0) this.#plan.withdraw(prefix, before, heldBy);
      return;
    }
    this.#plan.announce(prefix, before, source, attributes, wanted, heldBy);
    if (before === 0) return;
    if (before !== source && this.#holds(source, heldBy)) {
      this.#plan.withdrawFrom(source, prefix, before);
    }
    if (wanted !== undefined && wanted !== heldBy) {
      this.#plan.withdrawUnwanted(prefix, before, source, heldBy, wanted);
    }
  }

  /** Whether a peer is a member and, if it is said who holds a route, among these. */
  #holds(peer: number, heldBy: TargetAudience | undefined): boolean {
    const member = this.#members.get(peer);
    return member !== undefined && (heldBy === undefined || heldBy.members.has(member));
  }
}
