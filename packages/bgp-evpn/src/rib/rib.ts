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
import { type Asn, type IpAddress, type IpPrefix, ipBytes, type MacAddress } from "@selvedge/net";
import type { EthernetSegmentId } from "../wire/evpn/esi.ts";
import { readU32 } from "../wire/octets.ts";
import type { UpdateScan } from "../wire/update-scan.ts";
import { AdjRibInDump } from "./adj-rib-in-dump.ts";
import { viewAdvertised } from "./advertised-view.ts";
import { AttributeTable } from "./attribute-table.ts";
import { ExportAttributes } from "./export-attributes.ts";
import { exportPolicyFor } from "./export-policy.ts";
import type { ImportTargets } from "./import-targets.ts";
import { LeftoverPaths } from "./leftover-paths.ts";
import { LocRib } from "./loc-rib.ts";
import { LocalAnnouncer } from "./local-announcer.ts";
import { LocalChanges } from "./local-changes.ts";
import { LocalMacVrfs } from "./local-mac-vrfs.ts";
import { LocalRoutes } from "./local-routes.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./mac-vrf.ts";
import type { MacVrfListener } from "./mac-vrf-change.ts";
import { MacVrfImport } from "./mac-vrf-import.ts";
import { segmentTarget } from "./own-memberships.ts";
import type { KeptPaths, PeerCounts, PeerId, RibPeer } from "./peer.ts";
import { LOCAL_PEER, PeerTable, type Source } from "./peer-table.ts";
import { type PolicyFailureListener, PolicyJudge } from "./policy-judge.ts";
import { PolicyReview } from "./policy-review.ts";
import { type ReceiveOutcome, Receiver } from "./receive.ts";
import { type RouteFilter, RouteMatcher } from "./route-filter.ts";
import { type PageRange, pageOf, type RoutePage } from "./route-page.ts";
import {
  RouteTargetConstraint,
  type RouteTargetMembershipView,
} from "./route-target-constraint.ts";
import { type EvpnRouteView, viewPrefix, viewRoutes } from "./route-view.ts";
import { SegmentRouters, type SegmentRoutersListener } from "./segment-routers.ts";
import type { RefreshListener } from "./update-group.ts";
import { UpdateGroups } from "./update-groups.ts";
import { type SendUpdates, UpdateSender } from "./update-sender.ts";
import type { RibVrf, Type5Route, VrfRouteChange, VrfRoutesListener } from "./vrf.ts";
import { VrfImport } from "./vrf-import.ts";

/** Rows of work that take about a millisecond: encoding and importing them, for one group. */
const DEFAULT_ROWS = 4096;
/** A local route, which is encoded from values, takes as long as so many of them. */
const LOCAL_ROWS = 16;
const NOTHING: ImportTargets = { importRouteTargets: [] };
/** Changes in the queue, some milliseconds of work. */
const CONGESTED_ROWS: number = 2 * DEFAULT_ROWS;

/** Identity of the speaker, and where the RIB tells what changed. */
export interface RibOptions {
  readonly asn: Asn;
  /** BGP identifier (an IPv4 address). */
  readonly routerId: IpAddress;
  /** Cluster identifier of a reflector; the BGP identifier when absent (RFC 4456 section 7). */
  readonly clusterId?: IpAddress;
  readonly send: SendUpdates;
  readonly onVrfRoutes?: VrfRoutesListener;
  /** Marks the beginning and the end of what a peer is sent after `Rib.refresh`. */
  readonly onRefresh?: RefreshListener;
  readonly onMacVrfChanges?: MacVrfListener;
  readonly onSegmentRouters?: SegmentRoutersListener;
  /** Called when work appears in an idle RIB: arrange for `Rib.work` soon, do not call it here. */
  readonly onWork?: () => void;
  /** Told that a policy threw, or gave no verdict; the route is refused. May be called once a route. */
  readonly onPolicyFailure?: PolicyFailureListener;
}

/** Figures of the whole table. */
export interface RibCounts {
  /** How often a best path has become another one or changed, since the start. */
  readonly version: number;
  readonly prefixes: number;
  readonly paths: number;
  readonly attributeSets: number;
  readonly updateGroups: number;
  /** Different lists of route targets that routes to constrained peers carry. */
  readonly targetSets: number;
  /** Route target memberships of all peers and the own ones (RFC 4684). */
  readonly memberships: number;
  /** Routes of all VRFs, imported ones. */
  readonly vrfRoutes: number;
  /** Different sets of next hops among them. */
  readonly nextHopSets: number;
  /** MACs, neighbours, VTEPs and segments that MAC-VRFs import. */
  readonly macVrfEntries: number;
  /** Bytes held by the tables and arenas. */
  readonly memory: number;
}

/** The routing information base for EVPN. */
export class Rib {
  readonly #options: RibOptions;
  readonly #table: LocRib;
  readonly #receiver: Receiver;
  readonly #local: LocalRoutes;
  readonly #localMacVrfs: LocalMacVrfs;
  readonly #localChanges = new LocalChanges();
  readonly #import: VrfImport;
  readonly #exported: ExportAttributes;
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
    this.#local = new LocalRoutes(announcer, this.#localChanges);
    this.#localMacVrfs = new LocalMacVrfs(announcer, this.#localChanges);
    this.#macImport = new MacVrfImport(
      this.#table,
      options.onMacVrfChanges ?? (() => {}),
      (bytes, at, length) => this.#import.resolverChanged(bytes, at, length),
    );
    this.#import = new VrfImport(this.#table, options.onVrfRoutes ?? (() => {}), this.#macImport);
    this.#segmentRouters = new SegmentRouters(this.#table, options.onSegmentRouters ?? (() => {}));
    this.#exported = new ExportAttributes(attributes, options.asn, clusterId);
    this.#groups = new UpdateGroups({
      rib: this.#table,
      attributes: this.#exported,
      onRefresh: options.onRefresh ?? (() => {}),
      sender: new UpdateSender(this.#table, this.#exported, options.send),
      judge: this.#judge,
    });
    this.#constraint = new RouteTargetConstraint({
      rib: this.#table,
      groups: this.#groups,
      attributes: this.#exported,
      send: options.send,
      asn: options.asn,
      routerId: options.routerId,
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
   * Adds or changes a VRF; a new one is told its whole table, a changed one the difference. With another distinguisher
   * or other export route targets `work` announces what it originates anew, and withdraws it as it was.
   * Throws SpeakerError `invalid-option` when another VRF has the same distinguisher.
   */
  setVrf(vrf: RibVrf): void {
    this.#local.setVrf(vrf);
    this.#import.setVrf(vrf);
    this.#constraint.setImports(`vrf ${vrf.name}`, vrf);
    this.#wake();
  }

  /** Removes a VRF; `work` withdraws what it originates. Of its imported routes nothing more is told. */
  removeVrf(name: string): void {
    this.#local.removeVrf(name);
    this.#import.removeVrf(name);
    this.#constraint.setImports(`vrf ${name}`, NOTHING);
    this.#wake();
  }

  /** Originates a prefix, or changes it. Throws SpeakerError `unknown-vrf`. */
  originateType5(vrf: string, route: Type5Route): void {
    this.#local.originate(vrf, route);
    this.#wake();
  }

  /** Takes a prefix back; one that is not originated is ignored. Throws SpeakerError `unknown-vrf`. */
  withdrawType5(vrf: string, prefix: IpPrefix): void {
    this.#local.withdraw(vrf, prefix);
    this.#wake();
  }

  /**
   * Adds or changes a MAC-VRF; a new one is told its whole table, a changed one the difference.
   * Throws SpeakerError `invalid-option`.
   */
  setMacVrf(macVrf: RibMacVrf): void {
    this.#localMacVrfs.setMacVrf(macVrf);
    this.#macImport.setMacVrf(macVrf);
    this.#constraint.setImports(`mac-vrf ${macVrf.name}`, macVrf);
    this.#wake();
  }

  /** Removes a MAC-VRF; `work` withdraws the MACs that it originates. Of what it imported nothing more is told. */
  removeMacVrf(name: string): void {
    this.#localMacVrfs.removeMacVrf(name);
    this.#macImport.removeMacVrf(name);
    this.#constraint.setImports(`mac-vrf ${name}`, NOTHING);
    this.#wake();
  }

  /** Originates a MAC, or changes it. Throws SpeakerError `unknown-mac-vrf`, `invalid-option`. */
  originateMac(macVrf: string, entry: MacIpEntry): void {
    this.#localMacVrfs.originate(macVrf, entry);
    this.#wake();
  }

  /** Takes a MAC back, alone or with the address. Throws SpeakerError `unknown-mac-vrf`. */
  withdrawMac(macVrf: string, mac: MacAddress, ip?: IpAddress): void {
    this.#localMacVrfs.withdraw(macVrf, mac, ip);
    this.#wake();
  }

  /** Adds or changes a local Ethernet segment. Throws SpeakerError `invalid-option`. */
  setEthernetSegment(segment: RibEthernetSegment): void {
    this.#localMacVrfs.setSegment(segment);
    this.#import.addLocalSegment(segment.esi);
    this.#segmentRouters.add(segment.esi);
    const importRouteTargets = [segmentTarget(segment.esi)];
    this.#constraint.setImports(`segment ${segment.esi}`, { importRouteTargets });
    this.#wake();
  }

  /** Removes a local Ethernet segment and withdraws what is originated for it. */
  removeEthernetSegment(esi: EthernetSegmentId): void {
    if (this.#localMacVrfs.removeSegment(esi)) this.#import.removeLocalSegment(esi);
    this.#segmentRouters.remove(esi);
    this.#constraint.setImports(`segment ${esi}`, NOTHING);
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

  /** Routes as plain values, decoded while iterating. */
  routes(filter: RouteFilter = {}): IterableIterator<EvpnRouteView> {
    return viewRoutes(this.#table, filter);
  }

  /** A part of the routes, so that a large table can be shown without a pause. */
  routePage(filter: RouteFilter, range: PageRange): RoutePage {
    const matcher = new RouteMatcher(filter);
    return pageOf(this.#table, range, (prefix) => viewPrefix(this.#table, prefix, matcher));
  }

  /** A part of what a peer has been told; nothing while it has no session. */
  advertisedPage(peer: PeerId, filter: RouteFilter, range: PageRange): RoutePage {
    const group = this.#groups.of(peer);
    if (group === undefined) return { routes: [] };
    const matcher = new RouteMatcher(filter);
    return pageOf(this.#table, range, (prefix) => {
      const view = viewAdvertised(this.#table, this.#exported, group, peer, prefix, matcher);
      return view === undefined ? [] : [view];
    });
  }

  /** The routes held from peers as UPDATEs again, in slices; see adj-rib-in-dump.ts. */
  dumpReceived(peers: ReadonlySet<PeerId>): AdjRibInDump {
    return new AdjRibInDump(this.#table, peers);
  }

  /** What a VRF imports, as told. */
  vrfRoutes(name: string): IterableIterator<VrfRouteChange> {
    return this.#import.routes(name);
  }

  peerCounts(peer: PeerId): PeerCounts {
    const source = this.#table.peers.get(peer);
    const group = this.#groups.of(peer);
    return {
      paths: source.paths,
      stalePaths: source.stalePaths,
      bestPaths: source.bestPaths,
      advertised: group?.advertisedTo(peer) ?? 0,
      duplicates: source.duplicates,
      endOfRibReceived: source.endOfRibReceived,
      rejected: { ...source.rejected },
      refused: this.#table.refusals.byText(source.refused),
      output: group?.stateOf(peer),
      memberships: this.#constraint.countsOf(peer),
    };
  }

  /** How many paths of the peer there are, and how many of them are not stale. */
  pathsOf(peer: PeerId): { readonly all: number; readonly fresh: number } {
    const { paths, stalePaths } = this.#table.peers.get(peer);
    return { all: paths, fresh: paths - stalePaths };
  }

  counts(): RibCounts {
    const table = this.#table;
    return {
      version: table.version,
      prefixes: table.prefixes.size,
      paths: table.paths.size,
      attributeSets: table.attributes.sets.size,
      updateGroups: this.#groups.size,
      targetSets: table.attributes.targetSets.size,
      memberships: this.#constraint.size,
      ...this.#import.counts(),
      ...this.#macImport.counts(),
      memory: table.memory + this.#groups.memory + this.#import.memory + this.#macImport.memory,
    };
  }

  /** Route target memberships, of peers and own ones, as plain values. */
  memberships(): IterableIterator<RouteTargetMembershipView> {
    return this.#constraint.view();
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
