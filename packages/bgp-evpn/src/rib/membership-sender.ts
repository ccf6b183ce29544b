/**
 * Tells peers memberships: which of them each peer is to hold, and the UPDATEs for that.
 *
 *   to a client            the default membership alone: it shall send everything, so that a route is in the table when
 *                          somebody comes to want it (RFC 4684 section 4 names this use of the default)
 *   to any other peer      the best path of each membership, by the rules of other routes (RFC 4271 section 9.2,
 *                          RFC 4456 section 6), but the path of a client where one from a non-client is the best and may
 *                          not be passed on (RFC 4684 section 3.2, rule ii); besides the default membership, when
 *                          some peer that would get its routes cannot say which it wants
 *
 * Rule i of that section, which makes a client accept its own membership from its reflector, is not needed: a client is
 * sent no membership but the reflector's own default.
 */
import { ipBytes } from "@selvedge/net";
import { AFI_IPV4, SAFI_RTC } from "../wire/family.ts";
import type { ExportAttributes } from "./export-attributes.ts";
import { type ExportPolicy, exportPolicyFor, mayExport } from "./export-policy.ts";
import type { Membership, MembershipTable } from "./membership-table.ts";
import type { PeerId, RibPeer } from "./peer.ts";
import { LOCAL_PEER, type Source } from "./peer-table.ts";
import { leavesRoom, UpdatePacker } from "./update-packer.ts";
import type { SendUpdates } from "./update-sender.ts";

/** Key of the default membership in a `MembershipTable`. */
export const DEFAULT_MEMBERSHIP = "00";
const DEFAULT_NLRI = Uint8Array.of(0);

/** What the sender needs from its surroundings. */
export interface MembershipTools {
  readonly table: MembershipTable;
  readonly attributes: ExportAttributes;
  readonly send: SendUpdates;
  /** The attribute set of own memberships, retained once for the caller. */
  readonly internOwnAttributes: () => number;
  /** Whether the peer takes no bytes for now. */
  readonly isBlocked: (peer: PeerId) => boolean;
  readonly block: (peer: PeerId) => void;
  /** Whether this speaker needs all routes of a peer that is not its client. */
  readonly needsAllOf: (policy: ExportPolicy) => boolean;
}

/** A peer with the family, and how far it is in step. */
interface Recipient {
  readonly id: PeerId;
  readonly policy: ExportPolicy;
  readonly nextHop: Uint8Array;
  /** Keys of the memberships that it holds, and their octets to withdraw them with. */
  readonly told: Map<string, Uint8Array>;
  /** Keys to look at again. */
  readonly pending: Set<string>;
  /** It is asked for all of its routes. */
  needsAll: boolean;
  owesEndOfRib: boolean;
}

/** A path to announce to a peer. */
interface Choice {
  readonly nlri: Uint8Array;
  readonly attributes: number;
  readonly source: Source;
}

/** What each peer has been told of memberships. */
export class MembershipSender {
  readonly #tools: MembershipTools;
  readonly #packer = new UpdatePacker({ afi: AFI_IPV4, safi: SAFI_RTC });
  readonly #recipients = new Map<PeerId, Recipient>();
  /** Those that are told the memberships of others: all but clients, of which there may be a thousand. */
  readonly #others = new Set<Recipient>();

  constructor(tools: MembershipTools) {
    this.#tools = tools;
  }

  /** A session with the family came up: the peer is told everything, then End-of-RIB. */
  join(id: PeerId, peer: RibPeer, nextHop: Uint8Array): void {
    const policy = exportPolicyFor(peer);
    const recipient = {
      id,
      policy,
      nextHop,
      told: new Map<string, Uint8Array>(),
      pending: new Set<string>(),
      needsAll: this.#needsAllOf(policy),
      owesEndOfRib: true,
    };
    this.#recipients.set(id, recipient);
    if (!policy.client) this.#others.add(recipient);
    this.refresh(id);
  }

  leave(id: PeerId): void {
    const recipient = this.#recipients.get(id);
    this.#recipients.delete(id);
    if (recipient !== undefined) this.#others.delete(recipient);
  }

  /** Tells a peer everything again (ROUTE-REFRESH). */
  refresh(id: PeerId): void {
    const recipient = this.#recipients.get(id);
    if (recipient === undefined) return;
    recipient.pending.add(DEFAULT_MEMBERSHIP);
    if (recipient.policy.client) return;
    for (const [key] of this.#tools.table.entries()) recipient.pending.add(key);
  }

  /** The paths of a membership have changed. */
  changed(key: string): void {
    for (const { pending } of this.#others) pending.add(key);
  }

  /** Peers have come or gone, and with them the need for all routes of others. */
  reconsiderDefault(): void {
    for (const recipient of this.#others) {
      const needsAll = this.#needsAllOf(recipient.policy);
      if (recipient.needsAll === needsAll) continue;
      recipient.needsAll = needsAll;
      recipient.pending.add(DEFAULT_MEMBERSHIP);
    }
  }

  /** Memberships that a peer holds. */
  toldTo(id: PeerId): number {
    return this.#recipients.get(id)?.told.size ?? 0;
  }

  /** Whether a peer can be told something. */
  get hasWork(): boolean {
    for (const recipient of this.#recipients.values()) if (this.#isLate(recipient)) return true;
    return false;
  }

  /** Tells every peer that takes bytes what it has yet to be told. */
  flush(): void {
    for (const recipient of this.#recipients.values()) {
      if (this.#isLate(recipient)) this.#tell(recipient);
    }
  }

  #needsAllOf(policy: ExportPolicy): boolean {
    return policy.client || this.#tools.needsAllOf(policy);
  }

  #isLate({ id, owesEndOfRib, pending }: Recipient): boolean {
    return (owesEndOfRib || pending.size > 0) && !this.#tools.isBlocked(id);
  }

  #tell(recipient: Recipient): void {
    const own = this.#tools.internOwnAttributes();
    const choices: (readonly [string, Choice])[] = [];
    const withdrawn: (readonly [string, Uint8Array])[] = [];
    for (const key of recipient.pending) {
      const choice = this.#choose(recipient, key, own);
      const held = recipient.told.get(key);
      if (choice !== undefined) choices.push([key, choice]);
      else if (held !== undefined) withdrawn.push([key, held]);
    }
    recipient.pending.clear();
    this.#withdraw(recipient, withdrawn);
    this.#announce(recipient, choices);
    this.#packer.close();
    if (recipient.owesEndOfRib && recipient.pending.size === 0) {
      this.#packer.addEndOfRib();
      recipient.owesEndOfRib = false;
    }
    this.#handOut(recipient);
    this.#tools.table.attributes.release(own);
  }

  /** The path that a peer is to hold, if any. */
  #choose({ id, needsAll, policy }: Recipient, key: string, own: number): Choice | undefined {
    const { table } = this.#tools;
    if (key === DEFAULT_MEMBERSHIP && needsAll) {
      return { nlri: DEFAULT_NLRI, attributes: own, source: table.peers.get(LOCAL_PEER) };
    }
    const membership = table.get(key);
    if (membership === undefined || policy.client) return undefined;
    const path = this.#pathFor(policy, membership);
    const source = table.peers.get(table.paths.peer.get(path));
    const attributes = table.paths.attributes.get(path);
    if (source.id === id) return undefined;
    if (!mayExport(source.class, table.attributes.facts.get(attributes), policy)) return undefined;
    const length = this.#tools.attributes.write(attributes, source, policy);
    if (!leavesRoom(table.attributes.nextHopLength(attributes), length, policy.maxMessage)) {
      return undefined;
    }
    return { nlri: membership.nlri, attributes, source };
  }

  /**
   * The best path; rule ii of RFC 4684 section 3.2: that of a client instead of one that internal peers may not get.
   */
  #pathFor(policy: ExportPolicy, { best, paths }: Membership): number {
    const { table } = this.#tools;
    const classOf = (path: number): string => table.peers.get(table.paths.peer.get(path)).class;
    if (policy.kind === "ebgp" || classOf(best) !== "non-client") return best;
    return table.bestOf(paths.filter((path) => classOf(path) === "client")) || best;
  }

  #withdraw(recipient: Recipient, keys: readonly (readonly [string, Uint8Array])[]): void {
    this.#packer.startWithdrawal(recipient.policy.maxMessage);
    for (const [key, nlri] of keys) {
      if (this.#makeRoom(recipient, nlri.length)) {
        this.#packer.add(nlri, 0, nlri.length);
        recipient.told.delete(key);
      } else {
        recipient.pending.add(key);
      }
    }
    this.#packer.close();
  }

  #announce(recipient: Recipient, choices: (readonly [string, Choice])[]): void {
    choices.sort(([, a], [, b]) => a.source.id - b.source.id || a.attributes - b.attributes);
    let last: Choice | undefined;
    for (const [key, choice] of choices) {
      const { attributes, nlri, source } = choice;
      if (last?.source !== source || last.attributes !== attributes) {
        this.#start(recipient, attributes, source);
      }
      last = choice;
      if (this.#makeRoom(recipient, nlri.length)) {
        this.#packer.add(nlri, 0, nlri.length);
        recipient.told.set(key, nlri);
      } else {
        recipient.pending.add(key);
      }
    }
  }

  /** Hands out what is packed when that is enough; false: the peer takes no more bytes, and must be told later. */
  #makeRoom(recipient: Recipient, length: number): boolean {
    if (!this.#packer.hasRoomFor(length)) this.#packer.close();
    if (this.#packer.isFull) this.#handOut(recipient);
    return !this.#tools.isBlocked(recipient.id);
  }

  #start({ nextHop, policy }: Recipient, attributes: number, source: Source): void {
    const { attributes: exported, table } = this.#tools;
    const length = exported.write(attributes, source, policy);
    // A membership is not a way to anywhere; who passes one on to another AS is its next hop all the same.
    const isOwn = source.id === LOCAL_PEER || policy.kind === "ebgp";
    const bytes = isOwn ? nextHop : table.attributes.sets.bytes(attributes);
    const offset = isOwn ? 0 : table.attributes.nextHopOffset(attributes);
    const size = isOwn ? nextHop.length : table.attributes.nextHopLength(attributes);
    this.#packer.startAnnouncement(bytes, offset, size, exported.bytes, length, policy.maxMessage);
  }

  #handOut({ id }: Recipient): void {
    this.#packer.close();
    const { messages } = this.#packer;
    if (messages === 0) return;
    if (this.#tools.send(id, this.#packer.take(), messages) === "blocked") this.#tools.block(id);
  }
}

/** The octets of a session's local address. */
export function nextHopOctets(peer: RibPeer): Uint8Array | undefined {
  return peer.membershipNextHop === undefined ? undefined : ipBytes(peer.membershipNextHop);
}
