/**
 * Encodes the jobs of a send plan, each once, and hands the bytes to every peer that is to get them.
 *
 * A peer that takes no more misses the rest: what it misses is noted in its backlog, so that no
 * bytes are kept for it.
 */
import { Int32Column } from "./column.ts";
import type { ExportAttributes } from "./export-attributes.ts";
import type { ExportPolicy } from "./export-policy.ts";
import type { GroupMember } from "./group-member.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import type { Audience, Job, SendPlan } from "./send-plan.ts";
import { UpdatePacker } from "./update-packer.ts";

/**
 * Takes whole UPDATE messages for one peer. The bytes are immutable and may be kept; several peers
 * get the same array. `blocked` means: taken, but send nothing more until `Rib.unblock`.
 */
export type SendUpdates = (
  peer: PeerId,
  bytes: Uint8Array,
  messages: number,
) => "continue" | "blocked";

/** The members that a plan concerns. */
export interface Recipients {
  readonly members: ReadonlySet<GroupMember>;
  /** They are told what is in their backlogs; otherwise those with a backlog only note what they miss. */
  readonly fromBacklogs: boolean;
}

/** Sends for all groups of a RIB. */
export class UpdateSender {
  readonly #rib: LocRib;
  readonly #attributes: ExportAttributes;
  readonly #send: SendUpdates;
  readonly #packer = new UpdatePacker();
  /** The changes whose routes are packed and not yet handed out. */
  readonly #packed = new Int32Column();
  #packedCount = 0;

  constructor(rib: LocRib, attributes: ExportAttributes, send: SendUpdates) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#send = send;
  }

  sendPlan(plan: SendPlan, policy: ExportPolicy, to: Recipients): void {
    let audience: Audience | undefined;
    for (const job of plan.jobs()) {
      if (audience !== undefined && !isSameAudience(audience, job)) {
        this.#handOut(plan, audience, to);
      }
      audience = job;
      if (isTakenByAny(job, to)) {
        this.#pack(plan, job, policy, to);
      } else {
        this.#skip(plan, job);
      }
    }
    if (audience !== undefined) this.#handOut(plan, audience, to);
  }

  /** Sends the End-of-RIB marker to one peer. */
  sendEndOfRib(member: GroupMember): void {
    this.#packer.addEndOfRib();
    this.#sendTo(member, this.#packer.take(), 1);
  }

  #pack(plan: SendPlan, job: Job, policy: ExportPolicy, to: Recipients): void {
    this.#packer.close();
    // Jobs of one route each fill the packer too.
    if (this.#packer.isFull) this.#handOut(plan, job, to);
    this.#start(job, policy);
    for (let change = job.first; change >= 0; change = plan.nextOf(change)) {
      const prefix = plan.prefixOf(change);
      const { paths, prefixes } = this.#rib;
      // Without a best path it is a withdrawal: any path that is left has the key in its NLRI.
      const path = prefixes.bestPath.get(prefix) || prefixes.firstPath.get(prefix);
      const nlri = path === 0 ? prefixes.spareNlri(prefix) : paths.nlri.get(path);
      const length = path === 0 ? prefixes.spareNlriLength(prefix) : paths.nlriLength.get(path);
      if (!this.#packer.hasRoomFor(length)) {
        this.#packer.close();
        if (this.#packer.isFull) this.#handOut(plan, job, to);
      }
      this.#packer.addByWords(prefixes.nlris.view(nlri), prefixes.nlris.offset(nlri), length);
      this.#packed.set(this.#packedCount++, change);
    }
  }

  #start(job: Job, policy: ExportPolicy): void {
    if (job.attributes === 0) {
      this.#packer.startWithdrawal(policy.maxMessage);
      return;
    }
    const table = this.#rib.attributes;
    const source = this.#rib.peers.get(job.peer);
    const length = this.#attributes.write(job.attributes, source, policy);
    this.#packer.startAnnouncement(
      table.sets.bytes(job.attributes),
      table.nextHopOffset(job.attributes),
      table.nextHopLength(job.attributes),
      this.#attributes.bytes,
      length,
      policy.maxMessage,
    );
  }

  /** Nobody can be sent the job now; those who are addressed miss it. */
  #skip(plan: SendPlan, job: Job): void {
    for (let change = job.first; change >= 0; change = plan.nextOf(change)) {
      this.#packed.set(this.#packedCount++, change);
    }
  }

  #handOut(plan: SendPlan, audience: Audience, to: Recipients): void {
    this.#packer.close();
    const messages = this.#packer.messages;
    const bytes = this.#packer.take();
    for (const member of candidates(audience, to)) {
      if (!isAddressed(member, audience, to)) continue;
      if (canTake(member, to)) this.#sendTo(member, bytes, messages);
      else this.#noteMissed(plan, member);
    }
    this.#packedCount = 0;
  }

  #noteMissed(plan: SendPlan, member: GroupMember): void {
    for (let i = 0; i < this.#packedCount; i++) {
      const change = this.#packed.get(i);
      const before = plan.wasHeldBy(change, member) ? plan.beforeOf(change) : 0;
      member.miss(plan.prefixOf(change), before);
    }
  }

  #sendTo(member: GroupMember, bytes: Uint8Array, messages: number): void {
    if (this.#send(member.number, bytes, messages) === "blocked") member.isBlocked = true;
  }
}

function isSameAudience(a: Audience, b: Audience): boolean {
  return (
    a.peer === b.peer &&
    a.only === b.only &&
    a.wanted === b.wanted &&
    a.unwanted === b.unwanted &&
    a.besides === b.besides
  );
}

/** The members among which those who are addressed are. */
function candidates(audience: Audience, to: Recipients): ReadonlySet<GroupMember> {
  return audience.wanted?.members ?? to.members;
}

function isAddressed(member: GroupMember, audience: Audience, to: Recipients): boolean {
  if ((member.number === audience.peer) !== audience.only) return false;
  if (audience.wanted !== undefined && !to.members.has(member)) return false;
  if (audience.unwanted?.members.has(member)) return false;
  return member.number !== audience.besides;
}

function canTake(member: GroupMember, to: Recipients): boolean {
  return !member.isBlocked && (to.fromBacklogs || member.backlog === undefined);
}

function isTakenByAny(audience: Audience, to: Recipients): boolean {
  for (const member of candidates(audience, to)) {
    if (canTake(member, to) && isAddressed(member, audience, to)) return true;
  }
  return false;
}
