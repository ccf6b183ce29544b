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

import {
  compareIp,
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  type MacAddress,
} from "@selvedge/net";
import { Monitoring } from "./bmp/monitoring.ts";
import { SpeakerError } from "./errors.ts";
import type { MacIpEntry, RibEthernetSegment, RibMacVrf } from "./rib/mac-vrf.ts";
import type { MacVrfChange, MacVrfListener } from "./rib/mac-vrf-change.ts";
import type { PeerId, RibPeer } from "./rib/peer.ts";
import { Rib } from "./rib/rib.ts";
import type { RouteFilter } from "./rib/route-filter.ts";
import type { PageRange, RoutePage } from "./rib/route-page.ts";
import type { RouteTargetMembershipView } from "./rib/route-target-constraint.ts";
import type { EvpnRouteView } from "./rib/route-view.ts";
import type { RibVrf, Type5Route, VrfRouteChange, VrfRoutesListener } from "./rib/vrf.ts";
import {
  administrativeReset,
  administrativeShutdown,
  requireShutdownText,
} from "./session/administrative-end.ts";
import type { Connection } from "./session/connection.ts";
import { Convergence } from "./session/convergence.ts";
import { Listeners } from "./session/listeners.ts";
import { LogLimiter } from "./session/log-limiter.ts";
import type { NeighborContext } from "./session/neighbor.ts";
import {
  type NeighborOptions,
  type NeighborSettings,
  needsNewSession,
  neighborSettings,
} from "./session/neighbor-options.ts";
import {
  type NeighborRangeOptions,
  NeighborRanges,
  neighborRange,
} from "./session/neighbor-range.ts";
import { type NeighborDetail, neighborDetail } from "./speaker-neighbor.ts";
import {
  defaultLocalAddress,
  type SpeakerOptions,
  type SpeakerSettings,
  speakerSettings,
} from "./speaker-options.ts";
import { SpeakerPeer, type SpeakerPeerEvents } from "./speaker-peer.ts";
import { type BgpSummary, neighborSummary } from "./speaker-summary.ts";
import { SlicedWork } from "./speaker-work.ts";
import { CEASE, ERROR } from "./wire/error-code.ts";
import type { EthernetSegmentId } from "./wire/evpn/esi.ts";
import { type SessionReset, sessionReset } from "./wire/session-reset.ts";

const SHUTDOWN = sessionReset(ERROR.CEASE, CEASE.ADMINISTRATIVE_SHUTDOWN, "the speaker is stopped");
const DECONFIGURED = sessionReset(
  ERROR.CEASE,
  CEASE.PEER_DE_CONFIGURED,
  "the neighbour was removed",
);
const RECONFIGURED = sessionReset(
  ERROR.CEASE,
  CEASE.OTHER_CONFIGURATION_CHANGE,
  "the neighbour's configuration has changed",
);

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
  readonly #neighborContext: NeighborContext;
  readonly #peerEvents: SpeakerPeerEvents;
  readonly #listeners: Listeners;
  readonly #ranges = new NeighborRanges();
  readonly #refusalLog: LogLimiter;
  readonly #policyLog: LogLimiter;
  readonly #peers = new Map<IpAddress, SpeakerPeer>();
  readonly #peerById = new Map<PeerId, SpeakerPeer>();
  readonly #vrfListeners = new Set<VrfRoutesListener>();
  readonly #macVrfListeners = new Set<MacVrfListener>();
  readonly #convergedListeners = new Set<ConvergedListener>();
  #vrfChanges: { readonly vrf: string; readonly changes: readonly VrfRouteChange[] }[] = [];
  #macVrfChanges: { readonly macVrf: string; readonly changes: readonly MacVrfChange[] }[] = [];
  #phase: "new" | "starting" | "running" | "stopped" = "new";

  /** Throws `SpeakerError` (`invalid-option`). */
  constructor(options: SpeakerOptions) {
    const settings = speakerSettings(options);
    const { clock, random, transport, log } = settings;
    this.#settings = settings;
    this.#rib = new Rib({
      asn: settings.asn,
      routerId: settings.routerId,
      clusterId: settings.clusterId,
      send: (peer, bytes, messages) => this.#send(peer, bytes, messages),
      onVrfRoutes: (vrf, changes) => this.#vrfChanges.push({ vrf, changes }),
      onRefresh: (peer, mark) => this.#peerById.get(peer)?.refreshed(mark),
      onMacVrfChanges: (macVrf, changes) => this.#macVrfChanges.push({ macVrf, changes }),
      onWork: () => this.#work.wake(),
      onPolicyFailure: (peer, error) => this.#reportPolicy(peer, error),
    });
    this.#monitoring =
      settings.monitoring.length === 0
        ? undefined
        : new Monitoring(settings.monitoring, settings, this.#rib);
    this.#work = new SlicedWork(
      clock,
      { step: () => this.#step(), onIdle: () => this.#onIdle() },
      settings.restarting,
    );
    this.#convergence = new Convergence(clock, () => {
      this.#askForRoutes();
      this.#work.release();
    });
    this.#neighborContext = {
      clock,
      random,
      transport,
      log,
      local: {
        asn: settings.asn,
        routerId: settings.routerId,
        restartTime: settings.restartTime,
        isRestarting: () => settings.restarting && !this.#convergence.ended,
      },
    };
    this.#peerEvents = {
      onPeerId: (id, peer) => this.#setPeerId(id, peer),
      onSettled: (peer) => this.#convergence.settle(peer),
      onUnused: (peer) => this.#dropUnused(peer),
      onCongested: () => this.#work.relieve(),
    };
    this.#refusalLog = new LogLimiter(clock);
    this.#listeners = new Listeners(transport, {
      onConnection: (connection) => this.#accept(connection),
      onRefused: (address, reason) => this.#logRefusal(address, reason),
    });
    this.#policyLog = new LogLimiter(clock);
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
      await this.#listeners.open(this.#settings.listen);
    } catch (error) {
      if (!this.#isStopped()) this.#phase = "new";
      throw error;
    }
    // Stopped while it was about to listen.
    if (this.#isStopped()) return this.#listeners.close();
    this.#phase = "running";
    this.#convergence.start(this.#settings.deferralTime * 1000);
    this.#monitoring?.start();
    for (const peer of this.#peers.values()) peer.start();
  }

  /**
   * Ends all sessions. With `notify` (the default) neighbours are told Cease/Administrative Shutdown and drop the routes
   * of this speaker; without, the connections just close, and neighbours keep the routes for `restartTime`.
   */
  async stop(options: { readonly notify?: boolean } = {}): Promise<void> {
    if (this.#phase === "stopped") return;
    this.#phase = "stopped";
    this.#convergence.stop();
    this.#work.stop();
    for (const peer of this.#peers.values()) {
      if (options.notify === false) peer.abandon();
      else peer.remove(SHUTDOWN);
    }
    this.#peers.clear();
    this.#monitoring?.stop();
    await this.#listeners.close();
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
    const { address } = options;
    const local = defaultLocalAddress(this.#settings, address);
    const settings = neighborSettings(options, this.#settings.asn, local);
    const known = this.#peers.get(address);
    if (known !== undefined && !needsNewSession(known.settings, settings)) {
      this.#change(known, settings);
      return;
    }
    this.#listeners.setPeer(hostPrefix(address), settings.socket);
    this.#ranges.forget(address);
    const { shutdown } = settings;
    known?.remove(shutdown === undefined ? RECONFIGURED : administrativeShutdown(shutdown));
    const peer = this.#addPeer(settings);
    // Before the one that it replaces is no longer waited for, which may have been the last.
    if (shutdown === undefined) this.#convergence.expect(peer);
    if (known !== undefined) this.#convergence.settle(known);
    this.#askForRoutes();
    if (this.#phase === "running") peer.start();
  }

  /** Removes a neighbour and the routes heard from it; ends its session with Cease/Peer De-configured. */
  removeNeighbor(address: IpAddress): void {
    this.#removePeer(address, DECONFIGURED);
    this.#listeners.removePeer(hostPrefix(address));
  }

  /**
   * Lets whoever connects from an address in `prefix` become a neighbour, unless there is one of that address, or a
   * longer range. It is passive, and gone when its session is over and none of its routes are kept for a restart. A
   * change that a neighbour would need a new session for ends those of the range. Throws as `setNeighbor`, and nothing
   * has changed.
   */
  setNeighborRange(options: NeighborRangeOptions): void {
    const range = neighborRange(options, this.#settings.asn);
    this.#listeners.setPeer(range.prefix, range.template.socket);
    for (const address of this.#ranges.set(range)) this.#removePeer(address, RECONFIGURED);
  }

  /** Removes a range and the neighbours that have come out of it (Cease/Peer De-configured). */
  removeNeighborRange(prefix: IpPrefix): void {
    for (const address of this.#ranges.remove(prefix)) this.#removePeer(address, DECONFIGURED);
    this.#listeners.removePeer(prefix);
  }

  /**
   * Asks policies again about the routes from neighbours (`import`), refused ones too, or to them (`export`), because what
   * they go by has changed: of one neighbour, or of all. An import policy is asked in slices about routes as they came,
   * and only what changes is told on; after an export policy the neighbours of its group are told everything again.
   * Throws `SpeakerError` (`unknown-neighbor`).
   */
  reevaluate(direction: "import" | "export", neighbor?: IpAddress): void {
    const peers = neighbor === undefined ? this.#peers.values() : [this.#requirePeer(neighbor)];
    for (const peer of peers) peer.reevaluate(direction);
  }

  /**
   * Asks a neighbour for all of its routes again (RFC 2918, "soft in"). Throws `SpeakerError`: `unknown-neighbor`,
   * `no-session`, or `capability-missing` when the neighbour does not offer route refresh.
   */
  refresh(address: IpAddress): void {
    this.#requirePeer(address).refresh();
  }

  /**
   * Clears a neighbour as an operator does. `hard` ends the session with Cease/Administrative Reset and the text
   * `message` (at most 255 octets of UTF-8), drops its routes and begins a new session, also when the neighbour was over
   * its maximum of prefixes; one that is shut down stays so. `soft-in` asks for its routes again (see `refresh`),
   * `soft-out` tells it all routes again. Throws `SpeakerError`: `unknown-neighbor`, `no-session` and
   * `capability-missing` for the soft ones, `invalid-option` for the text.
   */
  clear(address: IpAddress, options: ClearOptions): void {
    const peer = this.#requirePeer(address);
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
    this.#rib.setVrf(vrf);
    this.#rib.tellMemberships();
  }

  /** Removes a VRF and withdraws what it originates. Nothing more is told of its routes. */
  removeVrf(name: string): void {
    this.#rib.removeVrf(name);
  }

  /** Announces a prefix of a VRF as route type 5, or changes it. Throws `SpeakerError` (`unknown-vrf`). */
  originate(vrf: string, route: Type5Route): void {
    this.#rib.originateType5(vrf, route);
  }

  /** Takes a prefix back. Throws `SpeakerError` (`unknown-vrf`). */
  withdraw(vrf: string, prefix: IpPrefix): void {
    this.#rib.withdrawType5(vrf, prefix);
  }

  /**
   * Adds or changes a MAC-VRF: route type 3 is originated for it. Throws `SpeakerError` (`invalid-option`), also when
   * another one has its route distinguisher or VNI.
   */
  setMacVrf(macVrf: RibMacVrf): void {
    this.#rib.setMacVrf(macVrf);
  }

  /** Removes a MAC-VRF and withdraws what it originates. */
  removeMacVrf(name: string): void {
    this.#rib.removeMacVrf(name);
  }

  /** Announces a MAC as route type 2, or changes it. Throws `SpeakerError` (`unknown-mac-vrf`, `invalid-option`). */
  originateMac(macVrf: string, entry: MacIpEntry): void {
    this.#rib.originateMac(macVrf, entry);
  }

  /** Takes a MAC back: the route without, or with that IP address. Throws `SpeakerError` (`unknown-mac-vrf`). */
  withdrawMac(macVrf: string, mac: MacAddress, ip?: IpAddress): void {
    this.#rib.withdrawMac(macVrf, mac, ip);
  }

  /**
   * Adds or changes a local Ethernet segment: route type 4, and type 1 for the segment and for each of its MAC-VRFs, are
   * originated. Throws `SpeakerError` (`invalid-option`).
   */
  setEthernetSegment(segment: RibEthernetSegment): void {
    this.#rib.setEthernetSegment(segment);
  }

  /** Removes a local Ethernet segment and withdraws its routes, that for the segment as a whole first. */
  removeEthernetSegment(esi: EthernetSegmentId): void {
    this.#rib.removeEthernetSegment(esi);
  }

  /** Tells what VRFs import, in batches; returns the way to stop that. The listener may call the speaker. */
  onVrfRoutes(listener: VrfRoutesListener): () => void {
    this.#vrfListeners.add(listener);
    return () => this.#vrfListeners.delete(listener);
  }

  /** Tells what MAC-VRFs import, in batches; returns the way to stop that. The listener may call the speaker. */
  onMacVrfChanges(listener: MacVrfListener): () => void {
    this.#macVrfListeners.add(listener);
    return () => this.#macVrfListeners.delete(listener);
  }

  /**
   * Calls once when all neighbours have told their routes since the start, or `deferralTime` is over, and the other
   * listeners have heard the result: only now is a route that nobody told of known to be gone.
   */
  onConverged(listener: ConvergedListener): void {
    this.#convergedListeners.add(listener);
    if (this.#convergence.ended) this.#work.wake();
  }

  /** The state of the speaker and of each neighbour, in the order of their addresses. */
  summary(): BgpSummary {
    const { asn, routerId, clusterId } = this.#settings;
    return {
      asn,
      routerId,
      clusterId,
      converged: this.#convergence.ended,
      listening: this.#listeners.endpoints,
      table: this.#rib.counts(),
      neighbors: [...this.#peers.values()]
        .sort((a, b) => compareIp(a.settings.address, b.settings.address))
        .map(neighborSummary),
    };
  }

  /** One neighbour in every detail; undefined when it is not configured. */
  neighbor(address: IpAddress): NeighborDetail | undefined {
    const peer = this.#peers.get(address);
    return peer === undefined ? undefined : neighborDetail(peer, this.#settings);
  }

  /** Routes of the table as plain values. */
  routes(filter: RouteFilter = {}): EvpnRouteView[] {
    return [...this.#rib.routes(filter)];
  }

  /** A part of the table, in the order in which prefixes were first heard of; see rib/route-page.ts. */
  routePage(filter: RouteFilter, range: PageRange): RoutePage {
    return this.#rib.routePage(filter, range);
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
      ? this.#rib.routePage({ ...filter, peer: peer.id }, range)
      : this.#rib.advertisedPage(peer.id, filter, range);
  }

  /** Gives a known neighbour settings that need no new session. */
  #change(peer: SpeakerPeer, settings: NeighborSettings): void {
    const wasShutDown = peer.settings.shutdown !== undefined;
    peer.settings = settings;
    const { shutdown } = settings;
    if (shutdown === undefined) {
      if (wasShutDown && this.#phase === "running") peer.start();
    } else if (!wasShutDown) {
      peer.remove(administrativeShutdown(shutdown));
      this.#convergence.settle(peer);
    }
  }

  #requirePeer(address: IpAddress): SpeakerPeer {
    const peer = this.#peers.get(address);
    if (peer !== undefined) return peer;
    throw new SpeakerError("unknown-neighbor", `no neighbour has the address ${address}`);
  }

  /** Route target memberships: the own import route targets, and what the neighbours have announced (RFC 4684). */
  routeTargetMemberships(): RouteTargetMembershipView[] {
    return [...this.#rib.memberships()];
  }

  /**
   * One that restarts and passes routes on does not know yet what is wanted of it: until it has heard its neighbours out
   * it asks for everything, or it would announce less than before.
   */
  #askForRoutes(): void {
    const { asn, restarting } = this.#settings;
    const passesOn = [...this.#peers.values()].some(
      ({ settings }) => settings.reflectorClient || settings.asn !== asn,
    );
    this.#rib.askForAll(restarting && !this.#convergence.ended && passesOn);
    this.#rib.tellMemberships();
  }

  #isStopped(): boolean {
    return this.#phase === "stopped";
  }

  #accept(connection: Connection): void {
    const { address } = connection.remote;
    const peer = this.#phase === "running" ? this.#peerFrom(address) : undefined;
    if (peer === undefined) connection.destroy();
    else peer.neighbor.accept(connection);
  }

  /** The neighbour of that address; a new one when it is in a range. */
  #peerFrom(address: IpAddress): SpeakerPeer | undefined {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const admission = this.#ranges.admit(address);
    if (admission.kind === "refused") {
      this.#logRefusal(address, admission.reason);
      return undefined;
    }
    const peer = this.#addPeer(admission.settings);
    this.#convergence.expect(peer);
    this.#askForRoutes();
    peer.start();
    return peer;
  }

  #addPeer(settings: NeighborSettings): SpeakerPeer {
    const peer = new SpeakerPeer(
      settings,
      this.#neighborContext,
      this.#rib,
      this.#peerEvents,
      this.#settings.policies,
      this.#monitoring,
    );
    this.#peers.set(settings.address, peer);
    return peer;
  }

  #removePeer(address: IpAddress, reason: SessionReset): void {
    const peer = this.#peers.get(address);
    if (peer === undefined) return;
    this.#peers.delete(address);
    this.#ranges.forget(address);
    peer.remove(reason);
    this.#convergence.settle(peer);
    this.#askForRoutes();
  }

  /** A neighbour out of a range goes when nothing is left of it; one that is configured stays. */
  #dropUnused(peer: SpeakerPeer): void {
    if (!peer.settings.dynamic) return;
    const { address } = peer.settings;
    this.#settings.clock.schedule(0, () => {
      if (this.#peers.get(address) === peer && peer.isUnused)
        this.#removePeer(address, DECONFIGURED);
    });
  }

  #logRefusal(address: IpAddress, reason: string): void {
    const suppressed = this.#refusalLog.admit();
    if (suppressed === undefined) return;
    this.#settings.log.warn({ address, suppressed }, `connection refused: ${reason}`);
  }

  #reportPolicy(peer: RibPeer | undefined, error: unknown): void {
    const suppressed = this.#policyLog.admit();
    if (suppressed === undefined) return;
    this.#settings.log.error(
      { neighbor: peer?.address ?? "local", error: String(error), suppressed },
      "a route policy failed; the route is refused",
    );
  }

  #send(id: PeerId, bytes: Uint8Array, messages: number): "continue" | "blocked" {
    return this.#peerById.get(id)?.neighbor.send(bytes, messages) ?? "continue";
  }

  #setPeerId(id: PeerId, peer: SpeakerPeer | undefined): void {
    if (peer === undefined) this.#peerById.delete(id);
    else this.#peerById.set(id, peer);
  }

  #step(): boolean {
    const more = this.#rib.work();
    // Told after the RIB has returned, so that a listener may call the speaker.
    const told = this.#vrfChanges;
    const toldOfMacs = this.#macVrfChanges;
    if (told.length === 0 && toldOfMacs.length === 0) return more;
    this.#vrfChanges = [];
    this.#macVrfChanges = [];
    for (const { vrf, changes } of told) {
      for (const listener of this.#vrfListeners) {
        if (!this.#isStopped()) listener(vrf, changes);
      }
    }
    for (const { macVrf, changes } of toldOfMacs) {
      for (const listener of this.#macVrfListeners) {
        if (!this.#isStopped()) listener(macVrf, changes);
      }
    }
    return this.#rib.hasWork;
  }

  #onIdle(): void {
    if (!this.#convergence.ended || this.#convergedListeners.size === 0) return;
    const listeners = [...this.#convergedListeners];
    this.#convergedListeners.clear();
    for (const listener of listeners) listener();
  }
}
