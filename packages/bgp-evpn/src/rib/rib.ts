/**
 * The RIB of a BGP EVPN speaker: takes scanned UPDATEs of peers and local routes, decides, and tells
 * peers and VRFs what changed.
 *
 * Purely reactive: it owns no socket and no timer. Methods that take input change the table at once
 * and queue the consequences; `work` does queued work in slices, so that the caller decides how long
 * it holds the event loop. `send` and the listeners are called from `work` alone and must not call
 * back into the RIB.
 *
 *   receive, originate -> LocRib -> queue of changes -> update groups -> send
 *                                                    -> VRF import    -> onVrfRoutes
 *                                                    -> MAC-VRF import -> onMacVrfChanges
 *
 * RFC 4271 section 9, RFC 4456, RFC 4724, RFC 7432, RFC 9136, RFC 9494.
 */
import { ipBytes } from "@selvedge/net";
import { readU32 } from "../wire/octets.ts";
import type { UpdateScan } from "../wire/update-scan.ts";
import { AttributeTable } from "./attribute-table.ts";
import { ExportAttributes } from "./export-attributes.ts";
import { exportPolicyFor } from "./export-policy.ts";
import { LeftoverPaths } from "./leftover-paths.ts";
import { LocRib } from "./loc-rib.ts";
import { LocalAnnouncer } from "./local-announcer.ts";
import { LocalChanges } from "./local-changes.ts";
import { LocalInstances } from "./local-instances.ts";
import { LocalMacVrfs } from "./local-mac-vrfs.ts";
import { LocalRoutes } from "./local-routes.ts";
import { MacVrfImport } from "./mac-vrf-import.ts";
import type { KeptPaths, PeerId, RibPeer } from "./peer.ts";
import { LOCAL_PEER, PeerTable, type Source } from "./peer-table.ts";
import { PolicyJudge } from "./policy-judge.ts";
import { PolicyReview } from "./policy-review.ts";
import { type ReceiveOutcome, Receiver } from "./receive.ts";
import type { RibOptions } from "./rib-options.ts";
import { RibView } from "./rib-view.ts";
import { RouteTargetConstraint } from "./route-target-constraint.ts";
import { SegmentRouters } from "./segment-routers.ts";
import { UpdateGroups } from "./update-groups.ts";
import { UpdateSender } from "./update-sender.ts";
import { VrfImport } from "./vrf-import.ts";

/** Rows of work that take about a millisecond: encoding and importing them, for one group. */
const DEFAULT_ROWS = 4096;
/** A local route, which is encoded from values, takes as long as so many of them. */
const LOCAL_ROWS = 16;
/** Changes in the queue, some milliseconds of work. */
const CONGESTED_ROWS: number = 2 * DEFAULT_ROWS;

/** The routing information base for EVPN. */
export class Rib {
  /** The VRFs, MAC-VRFs and Ethernet segments of this router. */
  readonly local: LocalInstances;
  /** What there is, as plain values. */
  readonly view: RibView;
  readonly #options: RibOptions;
  readonly #table: LocRib;
  readonly #receiver: Receiver;
  readonly #localChanges = new LocalChanges();
  readonly #import: VrfImport;
  readonly #macImport: MacVrfImport;
  readonly #segmentRouters: SegmentRouters;
  readonly #groups: UpdateGroups;
  readonly #constraint: RouteTargetConstraint;
  readonly #leftovers: LeftoverPaths;
  /** Peers without session whose paths are kept. */
  readonly #retained = new Set<PeerId>();
  readonly #review: PolicyReview;
  readonly #judge: PolicyJudge;
  #slice = new Int32Array(DEFAULT_ROWS);
  #wasIdle = true;
  /** What VRFs and MAC-VRFs import is worked out, but not told. */
  #importsAreHeld = false;

  constructor(options: RibOptions) {
    this.#options = options;
    const routerId = readU32(ipBytes(options.routerId), 0);
    const clusterId = readU32(ipBytes(options.clusterId ?? options.routerId), 0);
    const attributes = new AttributeTable({ asn: options.asn, routerId, clusterId });
    this.#table = new LocRib(attributes, new PeerTable(routerId));
    this.#judge = new PolicyJudge(
      attributes,
      this.#table.refusals,
      options.onPolicyFailure ?? (() => {}),
    );
    this.#review = new PolicyReview(this.#table, this.#judge);
    this.#leftovers = new LeftoverPaths(this.#table, (source) =>
      this.#review.startIfJudged(source),
    );
    this.#receiver = new Receiver(this.#table, this.#judge);
    const announcer = new LocalAnnouncer(this.#table, this.#table.peers.get(LOCAL_PEER));
    this.#macImport = new MacVrfImport(
      this.#table,
      options.onMacVrfChanges ?? (() => {}),
      (bytes, at, length) => this.#import.resolverChanged(bytes, at, length),
    );
    this.#import = new VrfImport(this.#table, options.onVrfRoutes ?? (() => {}), this.#macImport);
    this.#segmentRouters = new SegmentRouters(this.#table, options.onSegmentRouters ?? (() => {}));
    const exported = new ExportAttributes(attributes, options.asn, clusterId);
    this.#groups = new UpdateGroups({
      rib: this.#table,
      attributes: exported,
      onRefresh: options.onRefresh ?? (() => {}),
      sender: new UpdateSender(this.#table, exported, options.send),
      judge: this.#judge,
    });
    this.#constraint = new RouteTargetConstraint({
      rib: this.#table,
      groups: this.#groups,
      attributes: exported,
      send: options.send,
      asn: options.asn,
      routerId: options.routerId,
    });
    const vrfImport = this.#import;
    const macImport = this.#macImport;
    const constraint = this.#constraint;
    this.local = new LocalInstances({
      routes: new LocalRoutes(announcer, this.#localChanges),
      macRoutes: new LocalMacVrfs(announcer, this.#localChanges),
      segmentRouters: this.#segmentRouters,
      onChange: () => this.#wake(),
      ...{ vrfImport, macImport, constraint },
    });
    this.view = new RibView({
      table: this.#table,
      groups: this.#groups,
      ...{ exported, vrfImport, macImport, constraint },
    });
  }

  /**
   * A session came up. The peer is told the whole table, then End-of-RIB, by `work`; one with route target constraint
   * what it wants, and nothing before its End-of-RIB of memberships or `endMembershipWait`.
   */
  addPeer(peer: RibPeer): PeerId {
    const source = this.#table.peers.add(peer);
    this.#join(source, peer);
    this.#wake();
    return source.id;
  }

  /**
   * The session ended: nothing more is sent to it; its paths are withdrawn by `work` in slices. Ends
   * retention too.
   */
  removePeer(peer: PeerId): void {
    if (!this.#retained.delete(peer)) this.#groups.leave(peer);
    const source = this.#table.peers.get(peer);
    this.#constraint.leave(source);
    this.#review.stop(source);
    this.#leftovers.drop(source);
    this.#wake();
  }

  /**
   * The session ended, and the peer is expected back: its paths stay, as stale ones (RFC 4724 section
   * 4.2), or those that it has not originated (others go by `work`). What follows is `resumePeer` or
   * `removePeer`.
   */
  retainPeer(peer: PeerId, kept: KeptPaths): void {
    const source = this.#table.peers.get(peer);
    this.#groups.leave(peer);
    this.#retained.add(peer);
    this.#constraint.retain(source);
    this.#table.markStale(source);
    if (kept === "reflected") this.#leftovers.sweep(source, "own");
    this.#wake();
  }

  /**
   * A retained peer has been away for so long that `work` makes its paths long-lived stale: least preferred, announced
   * with LLGR_STALE, dropped if they carry NO_LLGR (RFC 9494 section 4.2). What follows is as after `retainPeer`.
   */
  agePeer(peer: PeerId): void {
    if (!this.#retained.has(peer)) throw new RangeError(`Peer ${peer} is not retained.`);
    this.#leftovers.age(this.#table.peers.get(peer));
    this.#wake();
  }

  /**
   * A retained peer is back with a new session, in which it is told everything as by `addPeer`. Its
   * stale paths go when `sweepPeer` is called, but at once if it is another router than before.
   */
  resumePeer(peer: PeerId, session: RibPeer): void {
    if (!this.#retained.delete(peer)) throw new RangeError(`Peer ${peer} is not retained.`);
    const source = this.#table.peers.get(peer);
    if (!source.isSame(session)) {
      this.#table.dropPaths(source, Number.POSITIVE_INFINITY);
      this.#constraint.leave(source);
    }
    const isJudgedBySame = source.session?.importPolicy === session.importPolicy;
    source.begin(session);
    if (!isJudgedBySame) this.#review.start(source);
    this.#join(source, session);
    this.#wake();
  }

  /**
   * The peer begins to announce all of its routes again (RFC 7313 section 4): those that it has not announced when
   * `sweepPeer` is called are dropped by that.
   */
  markPeerStale(peer: PeerId): void {
    this.#table.markStale(this.#established(peer));
    this.#wake();
  }

  /** Has `work` drop those of the peer's paths that are still stale (RFC 4724: End-of-RIB). */
  sweepPeer(peer: PeerId): void {
    this.#leftovers.sweep(this.#established(peer), "stale");
    this.#wake();
  }

  /**
   * Gives a peer other policies. `work` looks again at the routes that were heard from it, refused ones too, and tells
   * it what its export policy changes.
   */
  setPolicies(peer: PeerId, policies: Pick<RibPeer, "importPolicy" | "exportPolicy">): void {
    const source = this.#table.peers.get(peer);
    const before = source.session;
    if (before === undefined) return;
    const { importPolicy, exportPolicy } = policies;
    const session = { ...before, importPolicy, exportPolicy };
    source.session = session;
    if (before.importPolicy !== importPolicy) this.#review.start(source);
    this.#groups.move(peer, exportPolicyFor(session));
    this.#wake();
  }

  /**
   * The import policy of a peer may say something else now: `work` asks it about every route heard from the peer.
   * Nothing is asked of the peer, since what it sent is kept.
   */
  reevaluateImport(peer: PeerId): void {
    const source = this.#table.peers.get(peer);
    this.#review.startIfJudged(source);
    this.#wake();
  }

  /** The export policy of a peer may say something else now: its update group is told everything again. */
  reevaluateExport(peer: PeerId): void {
    const group = this.#groups.of(peer);
    if (group?.policy.route !== undefined) group.reconsider();
    this.#wake();
  }

  /** Takes a scanned UPDATE; nothing of it is kept by reference. */
  receive(peer: PeerId, update: UpdateScan): ReceiveOutcome {
    const source = this.#established(peer);
    const outcome = this.#receiver.receive(source, update);
    const memberships = this.#constraint.receive(source, update);
    this.#wake();
    return outcome === "ignored" ? (memberships ?? outcome) : outcome;
  }

  /**
   * The peer need not be waited for any longer to tell its memberships: it is sent what it wants as far as is known
   * (RFC 4684 section 6), and its stale memberships go. One without session is ignored.
   */
  endMembershipWait(peer: PeerId): void {
    if (this.#groups.of(peer) === undefined) return;
    this.#constraint.complete(this.#table.peers.get(peer));
    this.#wake();
  }

  /**
   * Sends peers what they have yet to be told of memberships, as `work` does. For a speaker that restarts and does no
   * work yet: its peers wait for its memberships before they send the routes that it waits for.
   */
  tellMemberships(): void {
    this.#constraint.flush();
  }

  /** Tells the peer all memberships again (ROUTE-REFRESH of that family). One that was removed is ignored. */
  refreshMemberships(peer: PeerId): void {
    this.#constraint.refresh(peer);
    this.#wake();
  }

  /** Asks every peer for all routes, not only for those that VRFs and other peers are known to want. */
  askForAll(all: boolean): void {
    this.#constraint.needsAll = all;
    this.#wake();
  }

  /**
   * Tells what VRFs and MAC-VRFs import later, when this is false again: a speaker that restarts and has not yet heard
   * its neighbours out does not know which of several routes will be the best.
   */
  holdImports(held: boolean): void {
    this.#importsAreHeld = held;
    this.#wake();
  }

  /** A peer that was `blocked` takes bytes again. One that was removed is ignored. */
  unblock(peer: PeerId): void {
    this.#groups.of(peer)?.unblock(peer);
    this.#wake();
  }

  /** Has `work` tell the peer everything again (RFC 2918). One that was removed is ignored. */
  refresh(peer: PeerId): void {
    this.#groups.of(peer)?.refresh(peer);
    this.#wake();
  }

  /**
   * Does queued work, about `rows` rows of each kind, and returns whether there is more. A kind is:
   * local routes of VRFs that have changed, paths of peers that left or became stale, paths to judge again, changes to
   * send and import, VRFs to scan, peers to catch up.
   */
  work(rows: number = DEFAULT_ROWS): boolean {
    this.#constraint.flush();
    this.#localChanges.work(Math.ceil(rows / LOCAL_ROWS));
    this.#leftovers.work(rows);
    this.#review.work(rows);
    this.#publish(rows);
    this.#import.scan(rows);
    this.#macImport.scan(rows);
    this.#segmentRouters.scan(rows);
    // Not before: who is told the table for the first time takes its end for the end of what there is (End-of-RIB).
    if (!this.#localChanges.hasWork) this.#groups.catchUp(rows);
    if (!this.#importsAreHeld) {
      this.#import.report(rows);
      this.#macImport.report(rows);
      this.#segmentRouters.report();
    }
    this.#wasIdle = !this.hasWork;
    return !this.#wasIdle;
  }

  /**
   * Whether so many changes wait that more should not be received before some are passed on: the last of them would
   * wait long, and what was received first is no longer in the processor's caches.
   */
  get isCongested(): boolean {
    return this.#table.changes.size >= CONGESTED_ROWS;
  }

  /** Whether `work` has something to do. */
  get hasWork(): boolean {
    return (
      this.#table.changes.size > 0 ||
      this.#localChanges.hasWork ||
      this.#leftovers.hasWork ||
      this.#review.isOpen ||
      this.#import.isScanning ||
      this.#macImport.isScanning ||
      this.#segmentRouters.isScanning ||
      (!this.#importsAreHeld && this.#hasImports) ||
      this.#groups.isLate ||
      this.#constraint.hasWork
    );
  }

  /** VRFs, MAC-VRFs or segments have something to be told. */
  get #hasImports(): boolean {
    return this.#import.hasChanges || this.#macImport.hasChanges || this.#segmentRouters.hasChanges;
  }

  #join(source: Source, peer: RibPeer): void {
    this.#groups.join(source.id, exportPolicyFor(peer), this.#constraint.join(source, peer));
  }

  /** The source of an established session. */
  #established(peer: PeerId): Source {
    if (this.#groups.of(peer) === undefined) {
      throw new RangeError(`No session has the number ${peer}.`);
    }
    return this.#table.peers.get(peer);
  }

  #wake(): void {
    if (!this.#wasIdle || !this.hasWork) return;
    this.#wasIdle = false;
    this.#options.onWork?.();
  }

  #publish(rows: number): void {
    if (this.#slice.length < rows) this.#slice = new Int32Array(rows);
    const count = this.#table.changes.take(this.#slice, rows);
    if (count === 0) return;
    this.#groups.publish(this.#slice, count);
    const late = this.#groups.withBacklogs();
    for (let i = 0; i < count; i++) {
      const prefix = this.#slice[i] ?? 0;
      this.#import.update(prefix);
      this.#macImport.update(prefix);
      this.#segmentRouters.update(prefix);
      if (this.#table.prefixes.firstPath.get(prefix) === 0) this.#groups.release(prefix, late);
    }
  }
}
