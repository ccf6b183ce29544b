/**
 * A BGP EVPN speaker: sessions with neighbours, one table of routes, reflection between clients, and the import of
 * routes into VRFs.
 *
 * It knows nothing of the kernel: VRFs are names with route targets; what they import is told to a listener, what they
 * originate is said by calls. Everything happens on the event loop of the process, in slices of a few milliseconds.
 *
 * Routes that are originated before `start` are part of the first exchange with each neighbour. A process that restarts
 * (`restarting`) must originate all of its routes before it starts: neighbours drop what they do not hear again.
 */

import type { IpAddress, IpPrefix, MacAddress } from "@selvedge/net";
import { Monitoring } from "./bmp/monitoring.ts";
import { SpeakerError } from "./errors.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./rib/mac-vrf.ts";
import type { MacVrfListener } from "./rib/mac-vrf-change.ts";
import type { RibPeer } from "./rib/peer.ts";
import { Rib } from "./rib/rib.ts";
import type { RouteFilter } from "./rib/route-filter.ts";
import type { PageRange, RoutePage } from "./rib/route-page.ts";
import type { RouteTargetMembershipView } from "./rib/route-target-constraint.ts";
import type { EvpnRouteView } from "./rib/route-view.ts";
import type { SegmentRoutersListener } from "./rib/segment-routers.ts";
import type { RibVrf, Type5Route, VrfRoutesListener } from "./rib/vrf.ts";
import { administrativeReset, requireShutdownText } from "./session/administrative-end.ts";
import { Convergence } from "./session/convergence.ts";
import { LogLimiter } from "./session/log-limiter.ts";
import type { NeighborOptions } from "./session/neighbor-options.ts";
import type { NeighborRangeOptions } from "./session/neighbor-range.ts";
import { ImportListeners } from "./speaker-imports.ts";
import { type NeighborDetail, neighborDetail } from "./speaker-neighbor.ts";
import { type SpeakerOptions, type SpeakerSettings, speakerSettings } from "./speaker-options.ts";
import type { SpeakerPeer } from "./speaker-peer.ts";
import { SpeakerPeers } from "./speaker-peers.ts";
import { type BgpSummary, neighborSummary } from "./speaker-summary.ts";
import { SlicedWork } from "./speaker-work.ts";
import type { EthernetSegmentId } from "./wire/evpn/esi.ts";

/** Called once, when the speaker knows all that its neighbours know and has handed it on. */
export type ConvergedListener = () => void;

/** What `Speaker.clear` does; `message` is for the operator of the other end. */
export type ClearOptions =
  | { readonly mode: "hard"; readonly message?: string }
  | { readonly mode: "soft-in" | "soft-out" };

/** A BGP EVPN speaker. */
export class Speaker implements AsyncDisposable {
  readonly #settings: SpeakerSettings;
  readonly #rib: Rib;
  readonly #monitoring: Monitoring | undefined;
  readonly #work: SlicedWork;
  readonly #convergence: Convergence<SpeakerPeer>;
  readonly #peers: SpeakerPeers;
  readonly #imports = new ImportListeners();
  readonly #policyLog: LogLimiter;
  readonly #convergedListeners = new Set<ConvergedListener>();
  #phase: "new" | "starting" | "running" | "stopped" = "new";

  /** Throws `SpeakerError` (`invalid-option`). */
  constructor(options: SpeakerOptions) {
    const settings = speakerSettings(options);
    const { clock, monitoring } = settings;
    this.#settings = settings;
    this.#policyLog = new LogLimiter(clock);
    this.#rib = new Rib({
      asn: settings.asn,
      routerId: settings.routerId,
      clusterId: settings.clusterId,
      send: (id, bytes, messages) =>
        this.#peers.byId(id)?.neighbor.send(bytes, messages) ?? "continue",
      onRefresh: (id, mark) => this.#peers.byId(id)?.refreshed(mark),
      onVrfRoutes: (vrf, changes) => this.#imports.addVrf(vrf, changes),
      onMacVrfChanges: (macVrf, changes) => this.#imports.addMacVrf(macVrf, changes),
      onSegmentRouters: (esi, routers) => this.#imports.addSegment(esi, routers),
      onPolicyFailure: (peer, error) => this.#reportPolicy(peer, error),
      onWork: () => this.#work.wake(),
    });
    this.#monitoring =
      monitoring.length === 0 ? undefined : new Monitoring(monitoring, settings, this.#rib.view);
    this.#work = new SlicedWork(
      clock,
      { step: () => this.#step(), onIdle: () => this.#onIdle() },
      settings.restarting,
    );
    this.#rib.holdImports(settings.restarting);
    this.#convergence = new Convergence(clock, {
      onSelecting: () => {
        this.#peers.askForRoutes();
        this.#rib.holdImports(false);
        this.#work.release();
      },
      onComplete: () => this.#work.wake(),
    });
    this.#peers = new SpeakerPeers({
      settings,
      rib: this.#rib,
      monitoring: this.#monitoring,
      convergence: this.#convergence,
      onMustWait: (mustWait) => this.#holdWork(mustWait),
      onCongested: () => this.#work.relieve(),
    });
  }

  /**
   * Listens, then starts the sessions. Rejects with `SpeakerError` when it cannot listen on one of its addresses; it
   * then listens on none and may be started again.
   */
  async start(): Promise<void> {
    if (this.#phase !== "new") {
      throw new SpeakerError("already-started", `the speaker is ${this.#phase}; make a new one`);
    }
    this.#phase = "starting";
    try {
      await this.#peers.listen();
    } catch (error) {
      if (!this.#isStopped()) this.#phase = "new";
      throw error;
    }
    // Stopped while it was about to listen.
    if (this.#isStopped()) return this.#peers.closeListeners();
    this.#phase = "running";
    this.#convergence.start(this.#settings.deferralTime * 1000);
    this.#monitoring?.start();
    this.#peers.start();
  }

  /**
   * Ends all sessions. With `notify` (the default) neighbours are told Cease/Administrative Shutdown and drop the
   * routes of this speaker; without, the connections just close, and neighbours keep the routes for `restartTime`.
   */
  async stop(options: { readonly notify?: boolean } = {}): Promise<void> {
    if (this.#phase === "stopped") return;
    this.#phase = "stopped";
    this.#convergence.stop();
    this.#work.hold();
    this.#peers.stop(options.notify !== false);
    this.#monitoring?.stop();
    await this.#peers.closeListeners();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Adds a neighbour or changes one. A change other than of description, maximum prefixes, policies and shutdown ends
   * its session (Cease/Other Configuration Change); a new one follows. Throws `SpeakerError` (`invalid-option`, or what
   * the kernel cannot do), and nothing has changed.
   */
  setNeighbor(options: NeighborOptions): void {
    this.#peers.set(options);
  }

  /** Removes a neighbour and the routes heard from it; ends its session with Cease/Peer De-configured. */
  removeNeighbor(address: IpAddress): void {
    this.#peers.remove(address);
  }

  /**
   * Lets whoever connects from an address in `prefix` become a neighbour, unless there is one of that address, or a
   * longer range. It is passive, and gone when its session is over and none of its routes are kept for a restart. A
   * change that a neighbour would need a new session for, or `shutdown`, ends those of the range; other changes hold for
   * them at once. Throws as `setNeighbor`, and nothing has changed.
   */
  setNeighborRange(options: NeighborRangeOptions): void {
    this.#peers.setRange(options);
  }

  /** Removes a range and the neighbours that have come out of it (Cease/Peer De-configured). */
  removeNeighborRange(prefix: IpPrefix): void {
    this.#peers.removeRange(prefix);
  }

  /**
   * Asks policies again about the routes from neighbours (`import`), refused ones too, or to them (`export`), because
   * what they go by has changed: of one neighbour, or of all. An import policy is asked in slices about routes as they
   * came, and only what changes is told on; after an export policy the neighbours of its group are told everything
   * again. Throws `SpeakerError` (`unknown-neighbor`).
   */
  reevaluate(direction: "import" | "export", neighbor?: IpAddress): void {
    const peers = neighbor === undefined ? this.#peers.all : [this.#peers.require(neighbor)];
    for (const peer of peers) peer.reevaluate(direction);
  }

  /**
   * Asks a neighbour for all of its routes again (RFC 2918, "soft in"). Throws `SpeakerError`: `unknown-neighbor`,
   * `no-session`, or `capability-missing` when the neighbour does not offer route refresh.
   */
  refresh(address: IpAddress): void {
    this.#peers.require(address).refresh();
  }

  /**
   * Clears a neighbour as an operator does. `hard` ends the session with Cease/Administrative Reset and the text
   * `message` (at most 255 octets of UTF-8), drops its routes and begins a new session, also when the neighbour was
   * over its maximum of prefixes; one that is shut down stays so. `soft-in` asks for its routes again (see `refresh`),
   * `soft-out` tells it all routes again. Throws `SpeakerError`: `unknown-neighbor`, `no-session` and
   * `capability-missing` for the soft ones, `invalid-option` for the text.
   */
  clear(address: IpAddress, options: ClearOptions): void {
    const peer = this.#peers.require(address);
    switch (options.mode) {
      case "hard": {
        const { message = "" } = options;
        requireShutdownText(`clear ${address}: message`, message);
        peer.reset(administrativeReset(message));
        return;
      }
      case "soft-in":
        peer.refresh();
        return;
      case "soft-out":
        peer.sendAgain();
        return;
      default:
        options satisfies never;
    }
  }

  /**
   * Adds or changes a VRF; a new one is told its whole table. Throws `SpeakerError` (`invalid-option`) when another VRF
   * has its route distinguisher.
   */
  setVrf(vrf: RibVrf): void {
    this.#rib.local.setVrf(vrf);
    this.#rib.tellMemberships();
  }

  /** Removes a VRF and withdraws what it originates. Nothing more is told of its routes. */
  removeVrf(name: string): void {
    this.#rib.local.removeVrf(name);
  }

  /** Announces a prefix of a VRF as route type 5, or changes it. Throws `SpeakerError` (`unknown-vrf`). */
  originate(vrf: string, route: Type5Route): void {
    this.#rib.local.originateType5(vrf, route);
  }

  /** Takes a prefix back. Throws `SpeakerError` (`unknown-vrf`). */
  withdraw(vrf: string, prefix: IpPrefix): void {
    this.#rib.local.withdrawType5(vrf, prefix);
  }

  /**
   * Adds or changes a MAC-VRF: route type 3 is originated for it. Throws `SpeakerError` (`invalid-option`), also when
   * another one has its route distinguisher or VNI.
   */
  setMacVrf(macVrf: RibMacVrf): void {
    this.#rib.local.setMacVrf(macVrf);
    this.#rib.tellMemberships();
  }

  /** Removes a MAC-VRF and withdraws what it originates. */
  removeMacVrf(name: string): void {
    this.#rib.local.removeMacVrf(name);
  }

  /** Announces a MAC as route type 2, or changes it. Throws `SpeakerError` (`unknown-mac-vrf`, `invalid-option`). */
  originateMac(macVrf: string, entry: MacIpEntry): void {
    this.#rib.local.originateMac(macVrf, entry);
  }

  /** Takes a MAC back: the route without, or with that IP address. Throws `SpeakerError` (`unknown-mac-vrf`). */
  withdrawMac(macVrf: string, mac: MacAddress, ip?: IpAddress): void {
    this.#rib.local.withdrawMac(macVrf, mac, ip);
  }

  /**
   * Adds or changes a local Ethernet segment: route type 4, and type 1 for the segment and for each of its MAC-VRFs,
   * are originated. Throws `SpeakerError` (`invalid-option`).
   */
  setEthernetSegment(segment: RibEthernetSegment): void {
    this.#rib.local.setEthernetSegment(segment);
    this.#rib.tellMemberships();
  }

  /** Removes a local Ethernet segment and withdraws its routes, that for the segment as a whole first. */
  removeEthernetSegment(esi: EthernetSegmentId): void {
    this.#rib.local.removeEthernetSegment(esi);
  }

  /** Tells what VRFs import, in batches; returns the way to stop that. The listener may call the speaker. */
  onVrfRoutes(listener: VrfRoutesListener): () => void {
    this.#imports.vrf.add(listener);
    return () => this.#imports.vrf.delete(listener);
  }

  /** Tells what MAC-VRFs import, in batches; returns the way to stop that. The listener may call the speaker. */
  onMacVrfChanges(listener: MacVrfListener): () => void {
    this.#imports.macVrf.add(listener);
    return () => this.#imports.macVrf.delete(listener);
  }

  /**
   * Tells who is attached to each local Ethernet segment, this router among them, as `electDf` takes it: whenever that
   * changes. Returns the way to stop that. The listener may call the speaker.
   */
  onSegmentRouters(listener: SegmentRoutersListener): () => void {
    this.#imports.segment.add(listener);
    return () => this.#imports.segment.delete(listener);
  }

  /**
   * Calls once when all neighbours have told their routes since the start, or `deferralTime` is over, and the other
   * listeners have heard the result: only now is a route that nobody told of known to be gone.
   */
  onConverged(listener: ConvergedListener): void {
    this.#convergedListeners.add(listener);
    if (this.#convergence.isComplete) this.#work.wake();
  }

  /** The state of the speaker and of each neighbour, in the order of their addresses. */
  summary(): BgpSummary {
    const { asn, routerId, clusterId } = this.#settings;
    return {
      asn,
      routerId,
      clusterId,
      converged: this.#convergence.isComplete,
      listening: this.#peers.listening,
      table: this.#rib.view.counts(),
      neighbors: this.#peers.all.map(neighborSummary),
    };
  }

  /** One neighbour in every detail; undefined when it is not configured. */
  neighbor(address: IpAddress): NeighborDetail | undefined {
    const peer = this.#peers.get(address);
    return peer === undefined ? undefined : neighborDetail(peer, this.#settings);
  }

  /** Routes of the table as plain values. */
  routes(filter: RouteFilter = {}): EvpnRouteView[] {
    return [...this.#rib.view.routes(filter)];
  }

  /** A part of the table, in the order in which prefixes were first heard of; see rib/route-page.ts. */
  routePage(filter: RouteFilter, range: PageRange): RoutePage {
    return this.#rib.view.routePage(filter, range);
  }

  /**
   * A part of what is held from a neighbour, or of what it has been told, with the attributes as they were sent.
   * Undefined when there is no such neighbour.
   */
  neighborPage(
    address: IpAddress,
    direction: "received" | "advertised",
    filter: RouteFilter,
    range: PageRange,
  ): RoutePage | undefined {
    const peer = this.#peers.get(address);
    if (peer === undefined) return undefined;
    if (peer.id === undefined) return { routes: [] };
    return direction === "received"
      ? this.#rib.view.routePage({ ...filter, peer: peer.id }, range)
      : this.#rib.view.advertisedPage(peer.id, filter, range);
  }

  /** Route target memberships: the own import route targets, and what the neighbours have announced (RFC 4684). */
  routeTargetMemberships(): RouteTargetMembershipView[] {
    return [...this.#rib.view.memberships()];
  }

  #isStopped(): boolean {
    return this.#phase === "stopped";
  }

  #holdWork(isHeld: boolean): void {
    if (isHeld) this.#work.hold();
    else if (!this.#isStopped()) this.#work.release();
  }

  #reportPolicy(peer: RibPeer | undefined, error: unknown): void {
    const suppressed = this.#policyLog.admit();
    if (suppressed === undefined) return;
    this.#settings.log.error(
      { neighbor: peer?.address ?? "local", error: String(error), suppressed },
      "a route policy failed; the route is refused",
    );
  }

  #step(): boolean {
    const more = this.#rib.work();
    if (!this.#imports.isDue) return more;
    this.#imports.tell(() => this.#isStopped());
    return this.#rib.hasWork;
  }

  #onIdle(): void {
    if (!this.#convergence.isComplete || this.#convergedListeners.size === 0) return;
    const listeners = [...this.#convergedListeners];
    this.#convergedListeners.clear();
    for (const listener of listeners) listener();
  }
}
