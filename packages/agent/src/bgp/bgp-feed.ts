/**
 * Feeds the speaker with what this host has to say, and restarts it when the host's own identity in BGP
 * changes. Holds no routes of its own: neighbours, VRFs and local routes are read from the tables of the
 * stages before it, so that a new speaker is told the same as the old one was.
 */
import {
  Speaker,
  SpeakerError,
  type SpeakerOptions,
  type VrfRouteChange,
} from "@selvedge/bgp-evpn";
import { Backoff } from "../backoff.ts";
import type { AgentConfig } from "../config.ts";
import type { NeighborIntent } from "../intent/neighbor-intent.ts";
import type { IntentTable, RowChange } from "../intent/table.ts";
import type { VrfIntent } from "../intent/vrf-intent.ts";
import type { Logger } from "../log.ts";
import { sessionOptions } from "../session-options.ts";
import type { LocalRouteChange, LocalRouteTable } from "./local-routes.ts";
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
  readonly log: Logger;
  readonly onVrfRoutes: (vrf: string, changes: readonly VrfRouteChange[]) => void;
  /** A speaker has ended: what it had told is said again by the next one, or is gone. */
  readonly onStopped: () => void;
  /** All neighbours have told what they know, or have had the time to. */
  readonly onConverged: () => void;
}

/** The speaker of this host, fed from the tables of the stages before it. */
export class BgpFeed implements AsyncDisposable {
  readonly #options: BgpFeedOptions;
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

  /** Ends the sessions without a NOTIFICATION: peers keep the routes for the restart time. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retryTimer);
    await this.#speaker?.stop({ notify: false });
  }

  async #start(identity: SpeakerIdentity, restarting: boolean): Promise<void> {
    const { config, host, log, neighbors, vrfs, onVrfRoutes, onConverged } = this.#options;
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
    speaker.onVrfRoutes((vrf, changes) => onVrfRoutes(vrf, changes));
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
  }

  #originate(speaker: Speaker, vrf: VrfIntent, prefix: LocalRouteChange["prefix"]): void {
    const { name, l3vni: vni, vtep: nextHop, routerMac } = vrf;
    speaker.originate(name, { prefix, vni, nextHop, routerMac });
  }
}
