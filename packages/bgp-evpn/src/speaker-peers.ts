/**
 * The neighbours of a speaker: those that are configured, and those that come out of ranges of addresses; the sockets
 * that listen for them, and who may connect.
 *
 * A neighbour is known by its address. The RIB knows it by a number as long as it holds something of it.
 */

import { compareIp, hostPrefix, type IpAddress, type IpPrefix } from "@selvedge/net";
import type { Monitoring } from "./bmp/monitoring.ts";
import { SpeakerError } from "./errors.ts";
import type { PeerId } from "./rib/peer.ts";
import type { Rib } from "./rib/rib.ts";
import { administrativeShutdown } from "./session/administrative-end.ts";
import type { Connection, Endpoint } from "./session/connection.ts";
import type { Convergence } from "./session/convergence.ts";
import { FailureMemory } from "./session/failure-memory.ts";
import { Listeners } from "./session/listeners.ts";
import { LogLimiter } from "./session/log-limiter.ts";
import type { NeighborContext } from "./session/neighbor-host.ts";
import {
  type NeighborOptions,
  type NeighborSettings,
  needsNewSession,
  neighborSettings,
} from "./session/neighbor-options.ts";
import {
  type Admission,
  type NeighborRangeOptions,
  NeighborRanges,
  neighborRange,
} from "./session/neighbor-range.ts";
import { defaultLocalAddress, type SpeakerSettings } from "./speaker-options.ts";
import { SpeakerPeer, type SpeakerPeerEvents } from "./speaker-peer.ts";
import { CEASE, ERROR } from "./wire/error-code.ts";
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

/** The parts of a speaker that its neighbours work with. */
export interface SpeakerPeersContext {
  readonly settings: SpeakerSettings;
  readonly rib: Rib;
  readonly monitoring: Monitoring | undefined;
  readonly convergence: Convergence<SpeakerPeer>;
  /** Whether nothing may be announced yet: see `SpeakerPeers.askForRoutes`. */
  readonly onMustWait: (mustWait: boolean) => void;
  /** What a neighbour tells comes faster than it is passed on. */
  readonly onCongested: () => void;
}

/** All neighbours of a speaker. */
export class SpeakerPeers {
  readonly #settings: SpeakerSettings;
  readonly #rib: Rib;
  readonly #monitoring: Monitoring | undefined;
  readonly #convergence: Convergence<SpeakerPeer>;
  readonly #neighborContext: NeighborContext;
  readonly #events: SpeakerPeerEvents;
  readonly #listeners: Listeners;
  readonly #ranges = new NeighborRanges();
  /** Of neighbours out of ranges. */
  readonly #failures: FailureMemory;
  readonly #refusalLog: LogLimiter;
  /** One budget for all who come out of ranges: each connection may be a new neighbour. */
  readonly #dynamicLog: LogLimiter;
  readonly #peers = new Map<IpAddress, SpeakerPeer>();
  readonly #peerById = new Map<PeerId, SpeakerPeer>();
  readonly #onMustWait: (mustWait: boolean) => void;
  #isRunning = false;

  constructor(context: SpeakerPeersContext) {
    const { settings, rib, monitoring, convergence, onCongested, onMustWait } = context;
    const { asn, clock, log, random, restarting, restartTime, routerId, transport } = settings;
    this.#settings = settings;
    this.#rib = rib;
    this.#monitoring = monitoring;
    this.#convergence = convergence;
    this.#onMustWait = onMustWait;
    const isRestarting = (): boolean => restarting && !convergence.isSelecting;
    const local = { asn, routerId, restartTime, continues: restarting, isRestarting };
    this.#neighborContext = { clock, random, transport, log, local };
    this.#events = {
      onPeerId: (id, peer) => this.#setPeerId(id, peer),
      onRestarted: (peer) => convergence.yieldTo(peer),
      onSettled: (peer) => convergence.settle(peer),
      onUnused: (peer) => this.#dropUnused(peer),
      onCongested,
    };
    this.#failures = new FailureMemory(clock);
    this.#refusalLog = new LogLimiter(clock);
    this.#dynamicLog = new LogLimiter(clock);
    this.#listeners = new Listeners(transport, {
      onConnection: (connection) => this.#accept(connection),
      onRefused: (address, reason) => this.#logRefusal(address, reason),
    });
  }

  /** Where is listened. */
  get listening(): Endpoint[] {
    return this.#listeners.endpoints;
  }

  /** In the order of their addresses. */
  get all(): readonly SpeakerPeer[] {
    return [...this.#peers.values()].sort((a, b) =>
      compareIp(a.settings.address, b.settings.address),
    );
  }

  get(address: IpAddress): SpeakerPeer | undefined {
    return this.#peers.get(address);
  }

  /** Throws `SpeakerError` (`unknown-neighbor`). */
  require(address: IpAddress): SpeakerPeer {
    const peer = this.#peers.get(address);
    if (peer !== undefined) return peer;
    throw new SpeakerError("unknown-neighbor", `no neighbour has the address ${address}`);
  }

  /** The peer that the RIB knows by this number. */
  byId(id: PeerId): SpeakerPeer | undefined {
    return this.#peerById.get(id);
  }

  /** Listens, or rejects with `SpeakerError` and listens on none of the addresses. */
  listen(): Promise<void> {
    return this.#listeners.open(this.#settings.listen);
  }

  closeListeners(): Promise<void> {
    return this.#listeners.close();
  }

  /** Starts the sessions; neighbours that are set later start at once. */
  start(): void {
    this.#isRunning = true;
    for (const peer of this.#peers.values()) peer.start();
  }

  /** Ends all sessions for good; see `Speaker.stop`. */
  stop(notify: boolean): void {
    this.#isRunning = false;
    for (const peer of this.#peers.values()) {
      if (notify) peer.remove(SHUTDOWN);
      else peer.abandon();
    }
    this.#peers.clear();
  }

  /** See `Speaker.setNeighbor`. */
  set(options: NeighborOptions): void {
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
    const peer = this.#add(settings);
    // Before the one that it replaces is no longer waited for, which may have been the last.
    if (shutdown === undefined) this.#convergence.expect(peer);
    if (known !== undefined) this.#convergence.settle(known);
    this.askForRoutes();
    if (this.#isRunning) peer.start();
  }

  /** See `Speaker.removeNeighbor`. */
  remove(address: IpAddress): void {
    this.#drop(address, DECONFIGURED);
    this.#listeners.removePeer(hostPrefix(address));
  }

  /** See `Speaker.setNeighborRange`. */
  setRange(options: NeighborRangeOptions): void {
    const range = neighborRange(options, this.#settings.asn);
    this.#listeners.setPeer(range.prefix, range.template.socket);
    const { members, needsNewSessions } = this.#ranges.set(range);
    const { shutdown } = range.template;
    for (const address of members) {
      const peer = this.#peers.get(address);
      if (shutdown !== undefined) this.#drop(address, administrativeShutdown(shutdown));
      else if (needsNewSessions) this.#drop(address, RECONFIGURED);
      else if (peer !== undefined) this.#change(peer, { ...range.template, address });
    }
  }

  /** See `Speaker.removeNeighborRange`. */
  removeRange(prefix: IpPrefix): void {
    for (const address of this.#ranges.remove(prefix)) this.#drop(address, DECONFIGURED);
    this.#listeners.removePeer(prefix);
  }

  /**
   * Tells the neighbours which route targets are wanted. A speaker that restarts and passes routes on does not know
   * that yet: until it has heard its neighbours out it asks for everything, and announces nothing, or it would announce
   * less than before. One that has only routes of its own to announce does so at once, and is not forgotten by a
   * neighbour that restarts at the same time and is heard out sooner.
   */
  askForRoutes(): void {
    const { asn, restarting } = this.#settings;
    const passesOn = [...this.#peers.values()].some(
      ({ settings }) => settings.reflectorClient || settings.asn !== asn,
    );
    const mustWait = restarting && !this.#convergence.isSelecting && passesOn;
    this.#rib.askForAll(mustWait);
    this.#onMustWait(mustWait);
    this.#rib.tellMemberships();
  }

  /** Gives a known neighbour settings that need no new session. */
  #change(peer: SpeakerPeer, settings: NeighborSettings): void {
    const wasShutDown = peer.settings.shutdown !== undefined;
    peer.settings = settings;
    const { shutdown } = settings;
    if (shutdown === undefined) {
      if (wasShutDown && this.#isRunning) peer.start();
    } else if (!wasShutDown) {
      peer.remove(administrativeShutdown(shutdown));
      this.#convergence.settle(peer);
    }
  }

  #accept(connection: Connection): void {
    const peer = this.#isRunning ? this.#peerFrom(connection.remote.address) : undefined;
    if (peer === undefined) connection.destroy();
    else peer.neighbor.accept(connection);
  }

  /** The neighbour of that address; a new one when it is in a range. */
  #peerFrom(address: IpAddress): SpeakerPeer | undefined {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const admission = this.#admit(address);
    if (admission.kind !== "admitted") {
      this.#logRefusal(address, admission.reason);
      return undefined;
    }
    const peer = this.#add(admission.settings);
    this.#convergence.expect(peer);
    this.askForRoutes();
    peer.start(this.#failures.take(address));
    return peer;
  }

  /**
   * Who is there counts more than what is kept, as a last resort, of one that is gone: in a full range that has been
   * away for longest makes room.
   */
  #admit(address: IpAddress): Admission {
    const admission = this.#ranges.admit(address);
    if (admission.kind !== "full") return admission;
    const gone = admission.members
      .flatMap((member) => this.#peers.get(member) ?? [])
      .filter(({ restartPhase }) => restartPhase === "long-lived")
      .sort((a, b) => (a.restartRemainingMs ?? 0) - (b.restartRemainingMs ?? 0))[0];
    if (gone === undefined) return admission;
    this.#settings.log.warn(
      { neighbor: gone.settings.address, for: address },
      "neighbour is away, and another one needs its place in the range; its routes are dropped",
    );
    this.#drop(gone.settings.address, DECONFIGURED);
    return this.#ranges.admit(address);
  }

  #add(settings: NeighborSettings): SpeakerPeer {
    const context = this.#neighborContext;
    const peer = new SpeakerPeer(
      settings,
      settings.dynamic ? { ...context, malformedLog: this.#dynamicLog } : context,
      this.#rib,
      this.#events,
      this.#settings.policies,
      this.#monitoring,
    );
    this.#peers.set(settings.address, peer);
    return peer;
  }

  #drop(address: IpAddress, reason: SessionReset): void {
    const peer = this.#peers.get(address);
    if (peer === undefined) return;
    this.#peers.delete(address);
    this.#ranges.forget(address);
    peer.remove(reason);
    this.#convergence.settle(peer);
    this.askForRoutes();
  }

  /** A neighbour out of a range goes when nothing is left of it; one that is configured stays. */
  #dropUnused(peer: SpeakerPeer): void {
    if (!peer.settings.dynamic) return;
    const { address } = peer.settings;
    this.#settings.clock.schedule(0, () => {
      if (this.#peers.get(address) !== peer || !peer.isUnused) return;
      this.#failures.note(address, peer.neighbor.failures);
      this.#drop(address, DECONFIGURED);
    });
  }

  #logRefusal(address: IpAddress, reason: string): void {
    const suppressed = this.#refusalLog.admit();
    if (suppressed === undefined) return;
    this.#settings.log.warn({ address, suppressed }, `connection refused: ${reason}`);
  }

  #setPeerId(id: PeerId, peer: SpeakerPeer | undefined): void {
    if (peer === undefined) this.#peerById.delete(id);
    else this.#peerById.set(id, peer);
  }
}
