/**
 * Route target constraint: memberships in and out, for the RIB.
 *
 *   UPDATEs of peers, VRFs -> MembershipTable -> MembershipSender -> peers
 *                                  |
 *                                  +-> MembershipFilter of each peer -> its update group
 *
 * The own memberships are the import route targets of all VRFs, MAC-VRFs and Ethernet segments. A peer that announces
 * none because it has not the family gets all routes, and makes this speaker ask other peers for all routes that such a
 * peer would get.
 *
 * RFC 4684.
 */
import { type Asn, type IpAddress, ipFromBytes } from "@selvedge/net";
import { AFI_IPV4, SAFI_RTC } from "../wire/family.ts";
import {
  type MembershipRoute,
  membershipNlriLength,
  viewMembership,
} from "../wire/route-target-membership.ts";
import type { UpdateScan } from "../wire/update-scan.ts";
import { CanonicalAttributes } from "./canonical-attributes.ts";
import type { ExportAttributes } from "./export-attributes.ts";
import { type ExportPolicy, exportPolicyFor } from "./export-policy.ts";
import type { ImportTargets } from "./import-targets.ts";
import type { LocRib } from "./loc-rib.ts";
import type { MembershipFilter } from "./membership-filter.ts";
import { MembershipSender, nextHopOctets } from "./membership-sender.ts";
import { MembershipTable } from "./membership-table.ts";
import { OwnMemberships } from "./own-memberships.ts";
import type { MembershipCounts, PeerId, RejectReason, RibPeer } from "./peer.ts";
import { LOCAL_PEER, type Source } from "./peer-table.ts";
import { loopOf } from "./receive.ts";
import type { UpdateGroups } from "./update-groups.ts";
import type { SendUpdates } from "./update-sender.ts";

/** What an UPDATE said of memberships. */
export type MembershipOutcome = "memberships" | "end-of-memberships" | undefined;

/** A membership that this speaker or a peer has announced. */
export interface RouteTargetMembershipView {
  readonly membership: MembershipRoute;
  /** "local": the import route target of a VRF. */
  readonly peer: PeerId | "local";
  /** Address of the peer; absent when local. */
  readonly neighbor?: IpAddress;
  /** The one that is passed on. */
  readonly best: boolean;
  /** Not announced again since its peer restarted. */
  readonly stale: boolean;
}

/** What it needs from the RIB. */
export interface ConstraintTools {
  readonly rib: LocRib;
  readonly groups: UpdateGroups;
  readonly attributes: ExportAttributes;
  readonly send: SendUpdates;
  readonly asn: Asn;
  readonly routerId: IpAddress;
}

interface KnownPeer {
  readonly policy: ExportPolicy;
  endOfRibReceived: boolean;
}

/** Memberships of a RIB. */
export class RouteTargetConstraint {
  readonly #tools: ConstraintTools;
  readonly #table: MembershipTable;
  readonly #sender: MembershipSender;
  /** Peers with a session, and those whose routes are retained. */
  readonly #peers = new Map<PeerId, KnownPeer>();
  readonly #own: OwnMemberships;
  #canonical: CanonicalAttributes | undefined;
  #needsAll = false;
  /** Who imports by wildcards. */
  readonly #wildcards = new Set<string>();

  constructor(tools: ConstraintTools) {
    this.#tools = tools;
    const { attributes, groups, rib, send } = tools;
    this.#table = new MembershipTable(rib.attributes, rib.peers, (key) =>
      this.#sender.changed(key),
    );
    this.#own = new OwnMemberships(this.#table, tools.asn, tools.routerId);
    this.#sender = new MembershipSender({
      table: this.#table,
      attributes,
      send,
      internOwnAttributes: () => this.#own.internAttributes(),
      isBlocked: (peer) => groups.of(peer)?.stateOf(peer) === "blocked",
      block: (peer) => groups.of(peer)?.block(peer),
      needsAllOf: (policy) => this.#needsAllOf(policy),
    });
  }

  /** A session came up, of a new peer or of one whose routes were retained. Gives what it wants, if it says that. */
  join(source: Source, peer: RibPeer): MembershipFilter | undefined {
    this.#peers.set(source.id, { policy: exportPolicyFor(peer), endOfRibReceived: false });
    this.#sender.reconsiderDefault();
    const nextHop = nextHopOctets(peer);
    if (nextHop === undefined) {
      this.#table.forget(source);
      return undefined;
    }
    this.#sender.join(source.id, peer, nextHop);
    return this.#table.filterOf(source.id);
  }

  /** The session ended, and the peer is expected back: its memberships stay, as stale ones. */
  retain(source: Source): void {
    this.#sender.leave(source.id);
    this.#table.markStale(source);
  }

  /** The session, or the retention, is over. */
  leave(source: Source): void {
    this.#sender.leave(source.id);
    this.#peers.delete(source.id);
    this.#table.forget(source);
    this.#sender.reconsiderDefault();
  }

  /**
   * The peer has told all of its memberships, or had time enough for it: those that it has not announced again since it
   * was retained go, and its routes are held no longer (RFC 4684 section 6).
   */
  complete(source: Source): void {
    const group = this.#tools.groups.of(source.id);
    if (this.#table.sweep(source)) group?.revise(source.id);
    group?.release(source.id);
  }

  /** The peer is told all memberships again. */
  refresh(peer: PeerId): void {
    this.#sender.refresh(peer);
  }

  /** Takes what an UPDATE says of memberships. */
  receive(source: Source, update: UpdateScan): MembershipOutcome {
    if (update.isEndOfRib(AFI_IPV4, SAFI_RTC)) {
      const peer = this.#peers.get(source.id);
      if (peer !== undefined) peer.endOfRibReceived = true;
      this.complete(source);
      return "end-of-memberships";
    }
    const withdraws = update.unreachAfi === AFI_IPV4 && update.unreachSafi === SAFI_RTC;
    const announces = update.reachAfi === AFI_IPV4 && update.reachSafi === SAFI_RTC;
    if (!withdraws && !announces) return undefined;
    let changed = false;
    if (withdraws) {
      changed = this.#withdraw(source, update, update.unreachNlriOffset, update.unreachNlriLength);
    }
    if (announces) changed = this.#announce(source, update) || changed;
    if (changed) this.#tools.groups.of(source.id)?.revise(source.id);
    return "memberships";
  }

  /** A VRF, MAC-VRF or Ethernet segment imports these route targets from now on; none: it is gone. */
  setImports(owner: string, { importRouteTargets, importVnis = [] }: ImportTargets): void {
    this.#own.set(owner, importRouteTargets);
    // No prefix of a route target leaves its AS open (RFC 4684 section 4).
    if (importVnis.length > 0) this.#wildcards.add(owner);
    else this.#wildcards.delete(owner);
    this.#sender.reconsiderDefault();
  }

  /** Whether all routes of every peer are asked for, whoever is there to get them. */
  set needsAll(needsAll: boolean) {
    if (this.#needsAll === needsAll) return;
    this.#needsAll = needsAll;
    this.#sender.reconsiderDefault();
  }

  get hasWork(): boolean {
    return this.#sender.hasWork;
  }

  /** Tells peers what they have yet to be told of memberships. */
  flush(): void {
    this.#sender.flush();
  }

  /** Figures of a peer that exchanges memberships. */
  countsOf(peer: PeerId): MembershipCounts | undefined {
    const known = this.#peers.get(peer);
    if (!known?.policy.constrained) return undefined;
    return {
      received: this.#table.countOf(peer),
      sent: this.#sender.toldTo(peer),
      endOfRibReceived: known.endOfRibReceived,
    };
  }

  /** Memberships in the table, each path counted. */
  get size(): number {
    return this.#table.size;
  }

  /** All memberships as plain values. */
  *view(): IterableIterator<RouteTargetMembershipView> {
    const { paths, peers } = this.#table;
    for (const [, { best, nlri, paths: rows }] of this.#table.entries()) {
      for (const row of rows) {
        const { addressBytes, id } = peers.get(paths.peer.get(row));
        const family = addressBytes.length === 4 ? 4 : 6;
        yield {
          membership: viewMembership(nlri),
          ...(id === LOCAL_PEER
            ? { peer: "local" }
            : { peer: id, neighbor: ipFromBytes(addressBytes, 0, family) }),
          best: row === best,
          stale: this.#table.isStale(row),
        };
      }
    }
  }

  /** Routes of such a peer go to somebody who cannot say which of them are wanted. */
  #needsAllOf(policy: ExportPolicy): boolean {
    if (this.#needsAll || this.#wildcards.size > 0) return true;
    for (const { policy: other } of this.#peers.values()) {
      if (other.constrained) continue;
      if (policy.kind === "ebgp" || other.kind === "ebgp" || other.client) return true;
    }
    return false;
  }

  #withdraw(source: Source, update: UpdateScan, start: number, length: number): boolean {
    const { bytes } = update;
    const end = start + length;
    let changed = false;
    for (let at = start; at < end; ) {
      const size = membershipNlriLength(bytes, at, end);
      if (size < 0) break;
      changed = this.#table.withdraw(source, bytes, at) || changed;
      at += size;
    }
    return changed;
  }

  #announce(source: Source, update: UpdateScan): boolean {
    this.#canonical ??= new CanonicalAttributes();
    const length = update.treatment === "accept" ? this.#canonical.write(update, source) : 0;
    if (length === 0) return this.#reject(source, update, "malformed");
    const attributes = this.#tools.rib.attributes.intern(this.#canonical.bytes, length);
    const loop = loopOf(this.#tools.rib.attributes.facts.get(attributes));
    const changed =
      loop === undefined
        ? this.#announceAll(source, update, attributes)
        : this.#reject(source, update, loop);
    this.#tools.rib.attributes.release(attributes);
    return changed;
  }

  #announceAll(source: Source, update: UpdateScan, attributes: number): boolean {
    const end = update.reachNlriOffset + update.reachNlriLength;
    let changed = false;
    for (let at = update.reachNlriOffset; at < end; ) {
      const size = membershipNlriLength(update.bytes, at, end);
      if (size < 0) break;
      changed = this.#table.announce(source, update.bytes, at, attributes) || changed;
      at += size;
    }
    return changed;
  }

  /** Treats announced memberships as withdrawn. */
  #reject(source: Source, update: UpdateScan, reason: RejectReason): boolean {
    source.rejected[reason]++;
    return this.#withdraw(source, update, update.reachNlriOffset, update.reachNlriLength);
  }
}
