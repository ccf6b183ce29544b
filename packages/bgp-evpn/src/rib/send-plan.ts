/**
 * Send plan: sorts the changes of one slice into jobs, so that routes with one attribute set share
 * UPDATE messages and every message is encoded once for all who get it.
 *
 * A route is not sent back to the peer it came from (RFC 4271 section 9.1.3 asks for no loops of
 * one hop). That is why jobs are kept apart by source: the bytes of a job go to all but its source,
 * and peers can still share them.
 */
import { Int32Column, Uint16Column } from "./column.ts";
import type { GroupMember } from "./group-member.ts";
import type { TargetAudience } from "./targeted-routes.ts";

/** Who is sent the bytes of a job. */
export interface Audience {
  /** `only`: the one peer with this number; otherwise all but it. */
  readonly only: boolean;
  readonly peer: number;
  /** Of a constrained group: only members of this audience. */
  readonly wanted: TargetAudience | undefined;
  /** Not members of this audience. */
  readonly unwanted: TargetAudience | undefined;
  /** Nor this peer; 0: nobody else. */
  readonly besides: number;
}

/** Routes that share an audience and, unless they are withdrawn, attributes. */
export interface Job extends Audience {
  /** Attribute set to announce with; 0 to withdraw. */
  readonly attributes: number;
  /** The job before it with the same attributes, of another source. */
  readonly sibling: Job | undefined;
  /** Index of the first change; `nextOf` leads on. Negative ends. */
  first: number;
  last: number;
}

const NONE = -1;

/** The jobs of a slice. One object serves all slices. */
export class SendPlan {
  /** Per change: the prefix, and whose route the group had been told before (0: none). */
  readonly #prefix = new Int32Column();
  readonly #before = new Uint16Column();
  readonly #next = new Int32Column();
  #changes = 0;
  #jobs: Job[] = [];
  /** Per change whose route has other targets than before: who was told the former one. */
  readonly #heldBy = new Map<number, TargetAudience>();
  /** Per attribute set, the index of its last job; valid if that job is of this set. */
  readonly #announcement = new Int32Column();
  /** Per peer, the index of the withdrawal from all but it and from it alone; valid likewise. */
  readonly #withdrawal = new Int32Column();
  readonly #ownWithdrawal = new Int32Column();
  /** In a constrained group, the withdrawals from each audience. */
  readonly #audienceWithdrawals = new Map<TargetAudience, Job[]>();
  #lastUnwanted: Job | undefined;

  clear(): void {
    this.#changes = 0;
    this.#jobs = [];
    this.#heldBy.clear();
    this.#audienceWithdrawals.clear();
    this.#lastUnwanted = undefined;
  }

  /**
   * Announces a route of `source` to all but the source; in a constrained group to the audience `wanted`, while
   * `heldBy` was told the route before (undefined: all members).
   */
  announce(
    prefix: number,
    before: number,
    source: number,
    attributes: number,
    wanted?: TargetAudience,
    heldBy?: TargetAudience,
  ): void {
    const last = this.#jobs[this.#announcement.get(attributes)];
    const sibling = last?.attributes === attributes ? last : undefined;
    let job = sibling;
    while (job !== undefined && (job.peer !== source || job.wanted !== wanted)) job = job.sibling;
    if (job === undefined) {
      this.#announcement.set(attributes, this.#jobs.length);
      job = this.#open(attributes, source, false, sibling, wanted);
    }
    if (heldBy !== undefined && heldBy !== wanted) this.#heldBy.set(this.#changes, heldBy);
    this.#add(prefix, before, job);
  }

  /**
   * Withdraws a route that had come from `source` from all but the source; in a constrained group from those of
   * `heldBy` (undefined: all members).
   */
  withdraw(prefix: number, before: number, heldBy?: TargetAudience): void {
    const job =
      heldBy === undefined
        ? this.#withdrawalJob(this.#withdrawal, before, false)
        : this.#audienceWithdrawal(before, heldBy);
    this.#add(prefix, before, job);
  }

  /**
   * Withdraws a route from those of `heldBy` (undefined: all members) that do not want the one of `source` which takes
   * its place, the two sources aside.
   */
  withdrawUnwanted(
    prefix: number,
    before: number,
    source: number,
    heldBy: TargetAudience | undefined,
    unwanted: TargetAudience,
  ): void {
    const last = this.#lastUnwanted;
    const isSame =
      last?.peer === before &&
      last.besides === source &&
      last.wanted === heldBy &&
      last.unwanted === unwanted;
    const job = isSame ? last : this.#open(0, before, false, undefined, heldBy, unwanted, source);
    this.#lastUnwanted = job;
    this.#add(prefix, before, job);
  }

  /** Withdraws a route from one peer: the peer whose own route is now announced to the others. */
  withdrawFrom(peer: number, prefix: number, before: number): void {
    this.#add(prefix, before, this.#withdrawalJob(this.#ownWithdrawal, peer, true));
  }

  /** The jobs, those with one audience in a row, withdrawals first. */
  jobs(): readonly Job[] {
    return this.#jobs.sort(
      (a, b) =>
        Number(a.only) - Number(b.only) ||
        a.peer - b.peer ||
        (a.wanted?.set ?? 0) - (b.wanted?.set ?? 0) ||
        (a.unwanted?.set ?? 0) - (b.unwanted?.set ?? 0) ||
        a.attributes - b.attributes,
    );
  }

  prefixOf(change: number): number {
    return this.#prefix.get(change);
  }

  beforeOf(change: number): number {
    return this.#before.get(change);
  }

  /** Whether a member had been told the former route of a change that announces one, its source aside. */
  wasHeldBy(change: number, member: GroupMember): boolean {
    return this.#heldBy.get(change)?.members.has(member) ?? true;
  }

  /** The change after this one in its job, negative at the end. */
  nextOf(change: number): number {
    return this.#next.get(change);
  }

  #add(prefix: number, before: number, job: Job): void {
    const change = this.#changes++;
    this.#prefix.set(change, prefix);
    this.#before.set(change, before);
    this.#next.set(change, NONE);
    if (job.last === NONE) job.first = change;
    else this.#next.set(job.last, change);
    job.last = change;
  }

  #withdrawalJob(index: Int32Column, peer: number, only: boolean): Job {
    const known = this.#jobs[index.get(peer)];
    // The index may be one of an earlier plan, and lead to a withdrawal that spares some.
    const isOfAll = known?.wanted === undefined && known?.unwanted === undefined;
    if (known?.attributes === 0 && known.peer === peer && known.only === only && isOfAll) {
      return known;
    }
    index.set(peer, this.#jobs.length);
    return this.#open(0, peer, only, undefined);
  }

  #audienceWithdrawal(before: number, heldBy: TargetAudience): Job {
    const jobs = this.#audienceWithdrawals.get(heldBy) ?? [];
    this.#audienceWithdrawals.set(heldBy, jobs);
    const known = jobs.find(({ peer }) => peer === before);
    if (known !== undefined) return known;
    const job = this.#open(0, before, false, undefined, heldBy);
    jobs.push(job);
    return job;
  }

  #open(
    attributes: number,
    peer: number,
    only: boolean,
    sibling: Job | undefined,
    wanted?: TargetAudience,
    unwanted?: TargetAudience,
    besides: number = 0,
  ): Job {
    const audience = { only, peer, wanted, unwanted, besides };
    const job = { ...audience, attributes, sibling, first: NONE, last: NONE };
    this.#jobs.push(job);
    return job;
  }
}
