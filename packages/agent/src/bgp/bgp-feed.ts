/**
 * Feeds the speaker with what this host has to say, and restarts it when the host's own identity in BGP
 * changes. Holds no routes of its own: neighbours, VRFs and local routes are read from the tables of the
 * stages before it, so that a new speaker is told the same as the old one was.
 */
import {
  type MacVrfChange,
  type RemoteMacChange,
  Speaker,
  SpeakerError,
  type SpeakerOptions,
  type VrfRouteChange,
} from "@selvedge/bgp-evpn";
import type { MacAddress } from "@selvedge/net";
import { Backoff } from "../backoff.ts";
import type { AgentConfig } from "../config.ts";
import type { BridgeDomainIntent } from "../intent/bridge-domain-intent.ts";
import type { NeighborIntent } from "../intent/neighbor-intent.ts";
import type { IntentTable, RowChange } from "../intent/table.ts";
import type { VrfIntent } from "../intent/vrf-intent.ts";
import type { Logger } from "../log.ts";
import { sessionOptions } from "../session-options.ts";
import type { LocalMac, LocalMacChange, LocalMacTable } from "./local-macs.ts";
import type { LocalRouteChange, LocalRouteTable } from "./local-routes.ts";
import { MacSequences } from "./mac-sequences.ts";
import { isSameIdentity, type SpeakerIdentity } from "./speaker-identity.ts";

const LISTEN_RETRY_FIRST_MS = 250;
const LISTEN_RETRY_LIMIT_MS = 10_000;

/** Where the feed reads from, and whom it tells. */
export interface BgpFeedOptions {
  readonly config: AgentConfig["bgp"];
  /** What the host is called to BMP collectors. */
  readonly host: string;
  readonly neighbors: IntentTable<NeighborIntent>;
  readonly vrfs: IntentTable<VrfIntent>;
  readonly localRoutes: LocalRouteTable;
  readonly localMacs: LocalMacTable;
  /** The remote place of a MAC that counts. */
  readonly placeOf: (bridgeDomain: string, mac: MacAddress) => RemoteMacChange | undefined;
  readonly log: Logger;
  readonly onVrfRoutes: (vrf: string, changes: readonly VrfRouteChange[]) => void;
  readonly onMacVrfChanges: (bridgeDomain: string, changes: readonly MacVrfChange[]) => void;
  /** A speaker has ended: what it had told is said again by the next one, or is gone. */
  readonly onStopped: () => void;
  /** All neighbours have told what they know, or have had the time to. */
  readonly onConverged: () => void;
}

/** The speaker of this host, fed from the tables of the stages before it. */
export class BgpFeed implements AsyncDisposable {
  readonly #options: BgpFeedOptions;
  readonly #sequences = new MacSequences();
  readonly #retry = new Backoff(LISTEN_RETRY_FIRST_MS, LISTEN_RETRY_LIMIT_MS);
  #speaker: Speaker | undefined;
  #identity: SpeakerIdentity | undefined;
  #listenError: string | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(options: BgpFeedOptions) {
    this.#options = options;
  }

  get speaker(): Speaker | undefined {
    return this.#speaker;
  }

  get identity(): SpeakerIdentity | undefined {
    return this.#identity;
  }

  /** Why the speaker does not listen yet. */
  get listenError(): string | undefined {
    return this.#listenError;
  }

  /** Starts the speaker, or replaces one of another identity; `restarting` as RFC 4724 means it. */
  async setIdentity(identity: SpeakerIdentity | undefined, restarting: boolean): Promise<void> {
    const before = this.#identity;
    if (before === identity) return;
    if (before !== undefined && identity !== undefined && isSameIdentity(before, identity)) return;
    this.#identity = identity;
    const old = this.#speaker;
    this.#speaker = undefined;
    clearTimeout(this.#retryTimer);
    await old?.stop({ notify: true });
    if (old !== undefined) this.#options.onStopped();
    if (identity !== undefined) await this.#start(identity, restarting);
  }

  followNeighbors(changes: readonly RowChange<NeighborIntent>[]): void {
    if (this.#speaker === undefined) return;
    for (const change of changes) {
      if (change.kind === "set") this.#setNeighbor(this.#speaker, change.row);
      else this.#speaker.removeNeighbor(change.before.address);
    }
  }

  followVrfs(changes: readonly RowChange<VrfIntent>[]): void {
    if (this.#speaker === undefined) return;
    // Removals first: a new VRF may have the route distinguisher of one that goes.
    for (const change of changes) this.#removeBridgeDomains(this.#speaker, change);
    for (const change of changes)
      if (change.kind === "removed") this.#speaker.removeVrf(change.key);
    for (const change of changes)
      if (change.kind === "set") this.#setVrf(this.#speaker, change.row);
  }

  followLocalRoutes(changes: readonly LocalRouteChange[]): void {
    if (this.#speaker === undefined) return;
    for (const { kind, vrf, prefix } of changes) {
      const intent = this.#options.vrfs.get(vrf);
      // The routes of a VRF that is no more went with it.
      if (intent === undefined) continue;
      if (kind === "withdraw") {
        this.#speaker.withdraw(vrf, prefix);
      } else {
        this.#originate(this.#speaker, intent, prefix);
      }
    }
  }

  followLocalMacs(changes: readonly LocalMacChange[]): void {
    for (const { kind, local } of changes) {
      if (kind === "withdraw" && local.ip === undefined) {
        this.#sequences.forget(local.bridgeDomain, local.mac);
      }
    }
    if (this.#speaker === undefined) return;
    for (const { kind, local } of changes) {
      // The routes of a bridge domain that is no more went with it.
      if (!this.#hasBridgeDomain(local.bridgeDomain)) continue;
      if (kind === "withdraw") this.#speaker.withdrawMac(local.bridgeDomain, local.mac, local.ip);
      else this.#originateMac(this.#speaker, local);
    }
  }

  /** Says of a MAC of this host that it has moved to here, wherever else it is announced from. */
  announceMac(bridgeDomain: string, mac: MacAddress): void {
    if (this.#speaker === undefined || !this.#hasBridgeDomain(bridgeDomain)) return;
    for (const local of this.#options.localMacs.of(bridgeDomain)) {
      if (local.mac === mac) this.#originateMac(this.#speaker, local);
    }
  }

  /** A MAC is sticky elsewhere no longer: it is announced if that was all that kept it from it. */
  remoteMacGone(bridgeDomain: string, mac: MacAddress): void {
    if (this.#sequences.isWithheld(bridgeDomain, mac)) this.announceMac(bridgeDomain, mac);
  }

  /** Ends the sessions without a NOTIFICATION: peers keep the routes for the restart time. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retryTimer);
    await this.#speaker?.stop({ notify: false });
  }

  async #start(identity: SpeakerIdentity, restarting: boolean): Promise<void> {
    const { config, host, log, neighbors, vrfs, onConverged } = this.#options;
    const options: SpeakerOptions = {
      asn: identity.asn,
      routerId: identity.routerId,
      listen: [{ address: identity.address, port: config.port }],
      restarting,
      monitoring: config.monitoring,
      systemName: host,
      // All neighbours are declared by the operator of the hosts: eBGP here is a fabric, not the Internet.
      ebgpRequiresPolicy: false,
      log: log.child({ part: "bgp" }),
    };
    const speaker = new Speaker(options);
    this.#speaker = speaker;
    speaker.onVrfRoutes((vrf, changes) => this.#options.onVrfRoutes(vrf, changes));
    speaker.onMacVrfChanges((name, changes) => this.#options.onMacVrfChanges(name, changes));
    speaker.onConverged(() => {
      if (this.#speaker === speaker) onConverged();
    });
    for (const vrf of vrfs.values()) this.#setVrf(speaker, vrf);
    for (const neighbor of neighbors.values()) this.#setNeighbor(speaker, neighbor);
    try {
      for (const neighbor of config.neighbors) this.#setConfiguredNeighbor(speaker, neighbor);
      for (const range of config.ranges) this.#setConfiguredRange(speaker, range);
      await speaker.start();
      this.#listenError = undefined;
      this.#retry.reset();
    } catch (error) {
      if (!(error instanceof SpeakerError)) throw error;
      this.#retryStart(identity, restarting, error);
    }
  }

  /** The address may come later, with the underlay; until then there is no speaker. */
  #retryStart(identity: SpeakerIdentity, restarting: boolean, error: SpeakerError): void {
    if (this.#listenError !== error.message) {
      this.#options.log.error({ code: error.code }, error.message);
    }
    this.#listenError = error.message;
    this.#retryTimer = setTimeout(() => {
      if (this.#identity !== identity) return;
      this.#start(identity, restarting).catch((fault: unknown) => {
        this.#options.log.error({ err: fault }, "the speaker cannot be started");
      });
    }, this.#retry.next());
  }

  #setNeighbor(speaker: Speaker, neighbor: NeighborIntent): void {
    const { config } = this.#options;
    const { port, holdTime, connectRetry } = config;
    speaker.setNeighbor({
      ...neighbor,
      ...sessionOptions(config),
      port,
      holdTime,
      connectRetry,
    });
  }

  #setConfiguredNeighbor(
    speaker: Speaker,
    neighbor: AgentConfig["bgp"]["neighbors"][number],
  ): void {
    const { config } = this.#options;
    const { holdTime, connectRetry } = config;
    const { localAddress, description, ...required } = neighbor;
    speaker.setNeighbor({
      ...sessionOptions(config),
      ...required,
      holdTime,
      connectRetry,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(description === undefined ? {} : { description }),
    });
  }

  #setConfiguredRange(speaker: Speaker, range: AgentConfig["bgp"]["ranges"][number]): void {
    const { config } = this.#options;
    const { description, ...required } = range;
    speaker.setNeighborRange({
      ...sessionOptions(config),
      ...required,
      holdTime: config.holdTime,
      ...(description === undefined ? {} : { description }),
    });
  }

  #setVrf(speaker: Speaker, vrf: VrfIntent): void {
    const { name, rd, importRouteTargets, importVnis, exportRouteTargets, l3vni: vni } = vrf;
    speaker.setVrf({ name, rd, importRouteTargets, importVnis, exportRouteTargets, vni });
    for (const prefix of this.#options.localRoutes.of(name)) this.#originate(speaker, vrf, prefix);
    for (const domain of vrf.bridgeDomains) this.#setBridgeDomain(speaker, vrf, domain);
  }

  #setBridgeDomain(speaker: Speaker, vrf: VrfIntent, domain: BridgeDomainIntent): void {
    const { name, rd, routeTarget, l2vni: vni, flooding } = domain;
    const { vtep, l3vni, exportRouteTargets, routerMac } = vrf;
    speaker.setMacVrf({
      ...{ name, rd, vni, vtep },
      importRouteTargets: [routeTarget],
      importVnis: [],
      exportRouteTargets: [routeTarget],
      flooding: flooding === "disabled" ? "none" : "ingress-replication",
      l3vni: { vni: l3vni, exportRouteTargets, routerMac },
    });
    for (const local of this.#options.localMacs.of(name)) this.#originateMac(speaker, local);
  }

  #removeBridgeDomains(speaker: Speaker, change: RowChange<VrfIntent>): void {
    const kept = change.kind === "set" ? change.row.bridgeDomains : [];
    for (const { name } of change.before?.bridgeDomains ?? []) {
      if (!kept.some((domain) => domain.name === name)) speaker.removeMacVrf(name);
    }
  }

  #hasBridgeDomain(name: string): boolean {
    return [...this.#options.vrfs.values()].some(({ bridgeDomains }) =>
      bridgeDomains.some((domain) => domain.name === name),
    );
  }

  /** Where the datastore says that a MAC is, it has moved to, wherever else it is announced from. */
  #originateMac(speaker: Speaker, { bridgeDomain, mac, ip }: LocalMac): void {
    const place = this.#options.placeOf(bridgeDomain, mac);
    const verdict = this.#sequences.next(bridgeDomain, mac, place);
    if (verdict.kind === "sticky-elsewhere") {
      const { vtep } = verdict;
      this.#options.log.warn(
        { bridgeDomain, mac, vtep },
        "the MAC of an endpoint is announced by another VTEP as one that does not move; it is not announced here",
      );
      return;
    }
    const { sequence } = verdict;
    speaker.originateMac(bridgeDomain, { mac, sequence, ...(ip === undefined ? {} : { ip }) });
  }

  #originate(speaker: Speaker, vrf: VrfIntent, prefix: LocalRouteChange["prefix"]): void {
    const { name, l3vni: vni, vtep: nextHop, routerMac } = vrf;
    speaker.originate(name, { prefix, vni, nextHop, routerMac });
  }
}
