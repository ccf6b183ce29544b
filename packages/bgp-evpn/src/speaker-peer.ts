/**
 * One neighbour of a speaker between its session and the RIB: what arrives is scanned and handed on, what the RIB sends
 * goes out, and the paths of a peer that restarts gracefully are kept.
 *
 * RFC 4724, RFC 8538 and RFC 9494 (helper), RFC 7606 (what becomes of a malformed UPDATE).
 */

import type { IpAddress } from "@selvedge/net";
import type { Monitoring } from "./bmp/monitoring.ts";
import { SpeakerError } from "./errors.ts";
import type { KeptPaths, PeerCounts, PeerId, RibPeer } from "./rib/peer.ts";
import type { Rib } from "./rib/rib.ts";
import {
  NO_RESTART,
  RestartHelper,
  type RestartPhase,
  restartTimes,
} from "./session/graceful-restart.ts";
import type { Agreement } from "./session/negotiation.ts";
import { Neighbor } from "./session/neighbor.ts";
import type { NeighborContext, NeighborHost } from "./session/neighbor-host.ts";
import type { NeighborSettings } from "./session/neighbor-options.ts";
import { maximumPrefixesReached, PrefixWatch, samePrefixLimit } from "./session/prefix-limit.ts";
import { retention } from "./session/retention.ts";
import type { SessionEnd } from "./session/session-end.ts";
import type { ReceivedMessage } from "./session/session-host.ts";
import { Timer } from "./session/timers.ts";
import { type PolicyDefaults, policiesFor } from "./speaker-policies.ts";
import { PeerRefresh } from "./speaker-refresh.ts";
import type { SessionReset } from "./wire/session-reset.ts";
import { scanUpdate, UpdateScan } from "./wire/update-scan.ts";

/** What a peer tells its speaker. */
export interface SpeakerPeerEvents {
  /** The RIB knows this peer by this number from now on, or no longer. */
  onPeerId(id: PeerId, peer: SpeakerPeer | undefined): void;
  /** It has restarted, and tells its routes when it has heard those of this speaker (RFC 4724 section 4.1). */
  onRestarted(peer: SpeakerPeer): void;
  /** It has told all of its routes, or says nothing about when it has (RFC 4724 section 4.1). */
  onSettled(peer: SpeakerPeer): void;
  /** There may be nothing left of it (`isUnused`). Called in the middle of something: look at it later. */
  onUnused(peer: SpeakerPeer): void;
  /** What it tells comes faster than it is passed on. */
  onCongested(): void;
}

/**
 * How long a peer is sent no routes while it may still tell which it wants, in milliseconds (RFC 4684 section 6: "MUST
 * limit that delay [...] By default, a 60 second value").
 */
export const MEMBERSHIP_WAIT_MS = 60_000;

/** Who is told of sessions and of what comes in them; ids are those of the RIB. */
export type PeerMonitor = Pick<Monitoring, "peerUp" | "peerDown" | "update">;

/** Serves all peers of a process: nothing of a scan outlives the message. */
const scan = new UpdateScan();

/** One neighbour with its share of the RIB. */
export class SpeakerPeer implements NeighborHost {
  readonly neighbor: Neighbor;
  readonly #rib: Rib;
  readonly #context: NeighborContext;
  readonly #events: SpeakerPeerEvents;
  readonly #monitor: PeerMonitor | undefined;
  readonly #policies: PolicyDefaults;
  readonly #restart: RestartHelper;
  readonly #refresh: PeerRefresh;
  readonly #prefixWatch = new PrefixWatch();
  readonly #membershipWait: Timer;
  #id: PeerId | undefined;
  #agreement: Agreement | undefined;

  constructor(
    settings: NeighborSettings,
    context: NeighborContext,
    rib: Rib,
    events: SpeakerPeerEvents,
    policies: PolicyDefaults,
    monitor?: PeerMonitor,
  ) {
    this.#rib = rib;
    this.#monitor = monitor;
    this.#context = context;
    this.#events = events;
    this.#policies = policies;
    this.#restart = new RestartHelper(context.clock, {
      onSweep: () => this.#sweep(),
      onLongLived: () => this.#age(),
      onGiveUp: () => this.#giveUp(),
    });
    this.#membershipWait = new Timer(context.clock, () => this.#endMembershipWait());
    this.neighbor = new Neighbor(settings, context, this);
    this.#refresh = new PeerRefresh(this.neighbor, rib, context.clock);
  }

  get settings(): NeighborSettings {
    return this.neighbor.settings;
  }

  /** Takes settings that need no new session (`needsNewSession`). */
  set settings(settings: NeighborSettings) {
    const before = this.settings.maximumPrefixes;
    this.neighbor.settings = settings;
    if (this.#id !== undefined) this.#rib.setPolicies(this.#id, this.#ownPolicies());
    if (samePrefixLimit(before, settings.maximumPrefixes)) return;
    this.#prefixWatch.reset();
    this.neighbor.release();
    this.#checkPrefixes();
  }

  get restartPhase(): RestartPhase {
    return this.#restart.phase;
  }

  /** Milliseconds to the end of that phase. */
  get restartRemainingMs(): number | undefined {
    return this.#restart.remainingMs;
  }

  /** Its number in the RIB; undefined when that holds nothing of it. */
  get id(): PeerId | undefined {
    return this.#id;
  }

  /** It has no session and waits for one, and nothing of it is kept. */
  get isUnused(): boolean {
    return this.#id === undefined && this.neighbor.isWaiting;
  }

  /** What the RIB counts for it; undefined when it holds nothing of it. */
  get counts(): PeerCounts | undefined {
    return this.#id === undefined ? undefined : this.#rib.view.peerCounts(this.#id);
  }

  /**
   * Asks the peer for all of its routes. Throws `SpeakerError`: `no-session`, or `capability-missing` when the peer
   * would not answer.
   */
  refresh(): void {
    this.#refresh.ask(this.#requireSession());
  }

  /** The RIB begins or ends to tell the peer everything again. */
  refreshed(mark: "begin" | "end"): void {
    this.#refresh.mark(mark);
  }

  /** Starts its sessions, unless the operator has shut it down; `failures` as for `Neighbor.start`. */
  start(failures?: number): void {
    if (this.settings.shutdown === undefined) this.neighbor.start(failures);
  }

  /** Ends the session, drops every path, and begins a new session; `reason` is what the peer is told. */
  reset(reason: SessionReset): void {
    this.neighbor.reset(reason);
    this.#restart.stop();
    this.#removeFromRib();
  }

  /** Has the RIB tell the peer everything again. Throws `SpeakerError` (`no-session`). */
  sendAgain(): void {
    this.#requireSession();
    if (this.#id !== undefined) this.#rib.refresh(this.#id);
  }

  /** The policies may say something else now. */
  reevaluate(direction: "import" | "export"): void {
    if (this.#id === undefined) return;
    if (direction === "import") this.#rib.reevaluateImport(this.#id);
    else this.#rib.reevaluateExport(this.#id);
  }

  /** Ends the sessions and drops every path; `reason` is what the peer is told. */
  remove(reason: SessionReset): void {
    this.neighbor.stop(reason);
    this.#restart.stop();
    this.#membershipWait.stop();
    this.#removeFromRib();
  }

  /** Ends the sessions without a word; see `Neighbor.abandon`. */
  abandon(): void {
    this.neighbor.abandon();
    this.#restart.stop();
    this.#refresh.end();
    this.#membershipWait.stop();
  }

  established(agreement: Agreement): void {
    this.#agreement = agreement;
    this.#prefixWatch.reset();
    const ribPeer = this.#ribPeer(agreement);
    if (this.#id === undefined) {
      this.#id = this.#rib.addPeer(ribPeer);
      this.#events.onPeerId(this.#id, this);
    } else {
      this.#rib.resumePeer(this.#id, ribPeer);
      const { restart, longLived } = agreement;
      // RFC 9494 section 4.2: each phase has its own F bit.
      const kept = this.#restart.hasLongLived ? longLived : restart;
      this.#restart.back(kept?.preserved === true);
    }
    this.#refresh.begin({ id: this.#id, agreement });
    this.#announceUp(this.#id, agreement);
    if (ribPeer.membershipNextHop !== undefined) this.#membershipWait.start(MEMBERSHIP_WAIT_MS);
    // At once: the peer sends its routes when it knows which are wanted, and this speaker may be waiting for them.
    this.#rib.tellMemberships();
    if (agreement.restart?.restarting === true) this.#events.onRestarted(this);
  }

  lost(end: SessionEnd, agreement: Agreement): void {
    this.#agreement = undefined;
    if (this.#id !== undefined) this.#monitor?.peerDown(this.#id, end);
    this.#refresh.end();
    this.#membershipWait.stop();
    const kept = retention(end, agreement, this.settings.onHoldExpiry);
    const times = kept === "none" ? NO_RESTART : restartTimes(agreement);
    if (this.#restart.lost(times) && kept !== "none") this.#retain(kept);
    else this.#removeFromRib();
  }

  update(message: ReceivedMessage): SessionReset | undefined {
    const id = this.#id;
    const agreement = this.#agreement;
    if (id === undefined || agreement === undefined) return undefined;
    const { bytes, offset, length } = message;
    const reset = scanUpdate(bytes, offset, length, agreement.context, scan);
    if (scan.errors.length > 0) this.#report(message);
    if (reset !== undefined) return reset;
    this.#monitor?.update(id, message, scan.treatment);
    const outcome = this.#rib.receive(id, scan);
    if (outcome === "end-of-rib") {
      this.#restart.finish();
      this.#events.onSettled(this);
    } else {
      if (outcome === "end-of-memberships") this.#membershipWait.stop();
      // Peers pass memberships on before any route: see `established`.
      if (outcome === "memberships") this.#rib.tellMemberships();
      this.#checkPrefixes();
    }
    if (this.#rib.isCongested) this.#events.onCongested();
    return undefined;
  }

  routeRefresh(message: ReceivedMessage): SessionReset | undefined {
    return this.#refresh.receive(message);
  }

  keepalive(): void {
    // A peer without graceful restart sends no End-of-RIB; its first KEEPALIVE after the one that made the session
    // Established comes when it has nothing more to say.
    if (this.#agreement?.restart === undefined) this.#events.onSettled(this);
  }

  drained(): void {
    if (this.#id !== undefined) this.#rib.unblock(this.#id);
  }

  waiting(): void {
    this.#events.onUnused(this);
  }

  #announceUp(id: PeerId, { asn, context, routerId }: Agreement): void {
    const { local, opens, remote } = this.neighbor.status();
    if (this.#monitor === undefined || opens.sent === undefined || opens.received === undefined) {
      return;
    }
    const { address } = this.settings;
    this.#monitor.peerUp(id, { address, asn, routerId }, !context.fourOctetAs, {
      localAddress: local?.address,
      localPort: local?.port ?? 0,
      remotePort: remote?.port ?? 0,
      openSent: opens.sent,
      openReceived: opens.received,
    });
  }

  #ribPeer(agreement: Agreement): RibPeer {
    const { address, longLivedPartialDeployment, reflectorClient } = this.settings;
    const staleRoutes = agreement.longLived === undefined ? "lowered" : "sent";
    const knowsStale = staleRoutes === "sent" || longLivedPartialDeployment;
    const { context, asn, routerId } = agreement;
    return {
      kind: context.ibgp ? "ibgp" : "ebgp",
      reflectorClient,
      asn,
      routerId,
      address,
      fourOctetAs: context.fourOctetAs,
      extendedMessages: context.extendedMessages,
      ...(knowsStale ? { staleRoutes } : {}),
      ...(context.families.includes("rtc") ? { membershipNextHop: this.#localAddress() } : {}),
      ...this.#ownPolicies(),
    };
  }

  #ownPolicies(): Pick<RibPeer, "importPolicy" | "exportPolicy"> {
    const isInternal = this.settings.asn === this.#context.local.asn;
    return policiesFor(this.settings, isInternal ? "ibgp" : "ebgp", this.#policies);
  }

  #checkPrefixes(): void {
    const limit = this.settings.maximumPrefixes;
    if (limit === undefined || this.#id === undefined || this.#agreement === undefined) return;
    const { all, fresh: routes } = this.#rib.view.pathsOf(this.#id);
    const reached = this.#prefixWatch.check(routes, all, limit);
    if (reached === undefined) return;
    const fields = { neighbor: this.settings.address, routes, limit: limit.limit };
    if (reached === "near") {
      this.#context.log.warn(fields, "neighbour comes near its maximum of prefixes");
      return;
    }
    this.#context.log.warn(fields, "neighbour exceeds its maximum of prefixes");
    if (limit.action === "warn") return;
    const { restartSeconds } = limit;
    this.neighbor.hold(
      maximumPrefixesReached(limit),
      restartSeconds === undefined ? undefined : restartSeconds * 1000,
    );
    // It will not send its End-of-RIB.
    this.#events.onSettled(this);
  }

  /** The address of this end of the session. */
  #localAddress(): IpAddress {
    return this.neighbor.status().local?.address ?? this.#context.local.routerId;
  }

  #endMembershipWait(): void {
    if (this.#id === undefined) return;
    this.#context.log.warn(
      { neighbor: this.settings.address },
      "neighbour has not said in time that it has told which routes it wants; it is sent what it has asked for",
    );
    this.#rib.endMembershipWait(this.#id);
  }

  #retain(kept: KeptPaths): void {
    if (this.#id === undefined) return;
    this.#rib.retainPeer(this.#id, kept);
    this.#context.log.info(
      { neighbor: this.settings.address, kept },
      "neighbour may be restarting; its routes are kept",
    );
  }

  #sweep(): void {
    if (this.#id !== undefined) this.#rib.sweepPeer(this.#id);
  }

  #age(): void {
    if (this.#id === undefined) return;
    this.#context.log.warn(
      { neighbor: this.settings.address },
      "neighbour has not come back within its restart time; its routes are kept as a last resort",
    );
    this.#rib.agePeer(this.#id);
  }

  #giveUp(): void {
    this.#context.log.warn(
      { neighbor: this.settings.address },
      "neighbour has not come back in time; its routes are dropped",
    );
    this.#removeFromRib();
  }

  #removeFromRib(): void {
    if (this.#id === undefined) return;
    this.#events.onPeerId(this.#id, undefined);
    this.#rib.removePeer(this.#id);
    this.#id = undefined;
    this.#events.onUnused(this);
  }

  #requireSession(): Agreement {
    if (this.#agreement !== undefined) return this.#agreement;
    const { address } = this.settings;
    throw new SpeakerError("no-session", `neighbour ${address} has no Established session`);
  }

  #report(message: ReceivedMessage): void {
    const octets = message.bytes.subarray(message.offset, message.offset + message.length);
    const reason = scan.errors.map((error) => `${error.reason} (${error.treatment})`).join("; ");
    this.neighbor.noteMalformed(reason, octets);
    this.neighbor.warnOfMessage("malformed UPDATE", reason, octets);
  }
}
