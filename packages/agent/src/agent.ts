/**
 * One host's agent: puts the stages in a row. Resources become intents, intents become desired state of
 * the dataplane and of BGP, what BGP imports becomes desired state of the dataplane. Each arrow carries
 * changes only; see docs/architecture.md.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ApiServer,
  type AuditLog,
  IpamThread,
  openAuditLog,
  ResourceAccess,
  serveApi,
} from "@selvedge/api";
import { primeThreadPool } from "@selvedge/netlink";
import { resourceKey } from "@selvedge/resources";
import { Dataplane, overlayMtu } from "@selvedge/vxlan-dataplane";
import { Attacher } from "./attach-endpoint.ts";
import { AttachmentStore } from "./attachments.ts";
import { BgpFeed } from "./bgp/bgp-feed.ts";
import { ContestedMacs } from "./bgp/contested-macs.ts";
import { LocalMacTable } from "./bgp/local-macs.ts";
import { LocalRouteTable } from "./bgp/local-routes.ts";
import { MacImport, macImportSite } from "./bgp/mac-import.ts";
import { RouteImport } from "./bgp/route-import.ts";
import { speakerIdentity } from "./bgp/speaker-identity.ts";
import { ClusterMember } from "./cluster/cluster-member.ts";
import type { AgentConfig } from "./config.ts";
import { DatastoreFollower, type FollowedChanges } from "./datastore-follower.ts";
import { concernsHost } from "./intent/host-concern.ts";
import { HostIntent, type IntentChanges } from "./intent/host-intent.ts";
import type { RowChange } from "./intent/table.ts";
import type { VrfIntent } from "./intent/vrf-intent.ts";
import { DataplaneLoop } from "./kernel/dataplane-loop.ts";
import { observeKernel } from "./kernel/observe-kernel.ts";
import { underlayMtu } from "./kernel/underlay-mtu.ts";
import { UnderlayPaths } from "./kernel/underlay-paths.ts";
import type { Logger } from "./log.ts";
import { AgentOperator } from "./operations.ts";
import { isRestart, markStarted } from "./restart-marker.ts";

const ENDPOINTS = "endpoints/";

/** `tenant/endpoint`. */
function endpointOf(key: string): string {
  return key.slice(ENDPOINTS.length);
}

/** A running agent; disposing of it leaves the kernel and the peers as they are. */
export class Agent implements AsyncDisposable {
  readonly #config: AgentConfig;
  readonly #log: Logger;
  readonly #intent: HostIntent;
  readonly #dataplane: Dataplane;
  readonly #loop: DataplaneLoop;
  readonly #paths: UnderlayPaths;
  readonly #localRoutes = new LocalRouteTable();
  readonly #localMacs = new LocalMacTable();
  readonly #routeImport: RouteImport;
  readonly #macImport: MacImport;
  readonly #contested: ContestedMacs;
  readonly #bgp: BgpFeed;
  readonly #attacher: Attacher;
  readonly #follower: DatastoreFollower;
  readonly #member: ClusterMember;
  readonly #resources: ResourceAccess;
  /** The kernel and the peers still have what an agent before this one told them. */
  #continues: boolean;
  readonly #audit: AuditLog;
  #api: ApiServer | undefined;
  /** Changes of identity, one after the other. */
  #identityChange: Promise<void> = Promise.resolve();

  /**
   * Starts an agent and returns once its API answers; the datastore and the peers may come later.
   * @throws RefusedError when another agent has the runtime directory.
   * @throws TlsListenerError when the address of the API cannot be listened on.
   * @throws NetlinkError when the kernel refuses even a socket (not root, no network namespaces).
   */
  static async start(config: AgentConfig, log: Logger): Promise<Agent> {
    const { runtimeDirectory } = config;
    await mkdir(runtimeDirectory, { recursive: true, mode: 0o755 });
    // Before the first setns, so that no thread of the pool starts its life in a VRF.
    await primeThreadPool();
    const { store, unreadable } = await AttachmentStore.open(join(runtimeDirectory, "attachments"));
    for (const { path, reason } of unreadable) {
      log.error({ path, reason }, "an attachment cannot be read; its endpoint is not attached");
    }
    const agent = new Agent(config, log, store, await isRestart(runtimeDirectory));
    try {
      await agent.#serve();
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
    return agent;
  }

  private constructor(
    config: AgentConfig,
    log: Logger,
    attachments: AttachmentStore,
    restart: boolean,
  ) {
    this.#config = config;
    this.#log = log;
    this.#continues = restart;
    this.#intent = new HostIntent({ host: config.host, namespacePrefix: config.namespacePrefix });
    const { vrfs, neighbors, endpoints } = this.#intent;
    const dataplane = new Dataplane({
      namespacePrefix: config.namespacePrefix,
      guards: config.guards,
      log: log.child({ part: "dataplane" }),
    });
    this.#dataplane = dataplane;
    const loop = new DataplaneLoop({ dataplane, log, onApplied: () => this.#followKernel() });
    this.#loop = loop;
    const { pathProbe } = config;
    this.#paths = new UnderlayPaths({
      dataplane,
      interval: pathProbe.enabled ? pathProbe.interval * 1000 : undefined,
      log: log.child({ part: "underlay" }),
    });
    this.#routeImport = new RouteImport({ sink: dataplane, site: (vrf) => vrfs.get(vrf), log });
    this.#macImport = new MacImport({
      sink: dataplane,
      site: (bridgeDomain) => macImportSite(vrfs.values(), bridgeDomain),
      onRemoteMac: (bridgeDomain, mac, vtep) => {
        if (this.#localMacs.has(bridgeDomain, mac))
          this.#contested.claimed(bridgeDomain, mac, vtep);
      },
      onRemoteMacGone: (bridgeDomain, mac) => this.#bgp.remoteMacGone(bridgeDomain, mac),
      log,
    });
    this.#contested = new ContestedMacs({
      isContested: (bridgeDomain, mac) =>
        this.#localMacs.has(bridgeDomain, mac) &&
        this.#macImport.placeOf(bridgeDomain, mac) !== undefined,
      announce: (bridgeDomain, mac) => this.#bgp.announceMac(bridgeDomain, mac),
      log,
    });
    this.#bgp = new BgpFeed({
      config: config.bgp,
      host: config.host,
      neighbors,
      vrfs,
      localRoutes: this.#localRoutes,
      localMacs: this.#localMacs,
      placeOf: (bridgeDomain, mac) => this.#macImport.placeOf(bridgeDomain, mac),
      log,
      onVrfRoutes: (vrf, changes) => {
        this.#routeImport.follow(vrf, changes);
        loop.wake();
      },
      onMacVrfChanges: (bridgeDomain, changes) => {
        this.#macImport.follow(bridgeDomain, changes);
        loop.wake();
      },
      onStopped: () => {
        this.#routeImport.markStale();
        this.#macImport.markStale();
      },
      onConverged: () => this.#onConverged(),
    });
    this.#attacher = new Attacher({
      host: config.host,
      attachments,
      endpoint: (name) => endpoints.get(name),
      dataplane,
      applyNow: () => loop.applyNow(),
      nextTurn,
      wake: () => loop.wake(),
      onProblem: (error) => log.error({ err: error }, "an attachment cannot be written"),
    });
    this.#resources = new ResourceAccess(config.datastore);
    this.#audit = openAuditLog(config.api.audit, (error, entries) =>
      log.error({ err: error, entries }, "entries are missing in the audit log"),
    );
    this.#follower = new DatastoreFollower({
      location: config.datastore,
      log: log.child({ part: "datastore" }),
      concerns: (key, value) =>
        concernsHost(config.host, key, value) || this.#attacher.isAttached(endpointOf(key)),
      onChanges: (followed) => this.#followResources(followed),
    });
    const { enabled, interval, grace, keepRevisions } = config.garbageCollection;
    this.#member = new ClusterMember({
      host: config.host,
      location: config.datastore,
      timeToLive: config.liveness.timeToLive,
      collection: enabled
        ? { interval: interval * 1000, grace: grace * 1000, keepRevisions }
        : undefined,
      observe: () => observeKernel(dataplane),
      log: log.child({ part: "cluster" }),
    });
  }

  /** Begins the audit log anew, and looks at the files of certificates and tokens now. */
  async hangUp(): Promise<void> {
    this.#audit.reopen();
    await this.#api?.reload();
  }

  /** Stops the process's part; the kernel keeps forwarding, the peers keep the routes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api?.[Symbol.asyncDispose]();
    await this.#audit[Symbol.asyncDispose]();
    await this.#resources[Symbol.asyncDispose]();
    await this.#member[Symbol.asyncDispose]();
    await this.#follower[Symbol.asyncDispose]();
    await this.#identityChange;
    this.#contested[Symbol.dispose]();
    await this.#bgp[Symbol.asyncDispose]();
    this.#loop[Symbol.dispose]();
    this.#paths[Symbol.dispose]();
    this.#dataplane.close();
  }

  async #serve(): Promise<void> {
    const { runtimeDirectory, api } = this.#config;
    const onProblem = (message: string) => this.#log.warn(message);
    this.#api = await serveApi({
      tls: api.tls === undefined ? undefined : { ...api.tls, onProblem },
      audit: this.#audit,
      socketPath: join(runtimeDirectory, "api.sock"),
      operations: new AgentOperator({
        host: this.#config.host,
        intent: this.#intent,
        dataplane: this.#dataplane,
        loop: this.#loop,
        paths: this.#paths,
        bgp: this.#bgp,
        follower: this.#follower,
        member: this.#member,
        attacher: this.#attacher,
      }),
      resources: () => this.#resources.resources(),
      ipam: new IpamThread(this.#config.datastore),
      onChange: ({ who, verb, key }) =>
        this.#log.info({ who: who.name, verb, key }, "a resource was changed through the API"),
      onInternalError: (error, path) => this.#log.error({ err: error, path }, "a request failed"),
    });
    await markStarted(runtimeDirectory);
    this.#dataplane.startMonitoring(() => this.#loop.wake());
    this.#follower.start();
    this.#member.start();
    const { socketPath: socket, tlsAddress: tls } = this.#api;
    this.#log.info({ socket, tls, restart: this.#continues }, "agent started");
  }

  #followResources(followed: FollowedChanges): void {
    const intents = this.#intent.follow(followed.changes);
    this.#followIntents(intents);
    this.#attacher.forget(this.#undeclared(followed)).catch((error: unknown) => {
      this.#log.error({ err: error }, "an attachment of an undeclared endpoint cannot be removed");
    });
    this.#identityChange = this.#identityChange
      .then(() => this.#followIdentity())
      .catch((error: unknown) => this.#log.error({ err: error }, "BGP cannot be started"));
  }

  /**
   * Attached endpoints that have been deleted or are declared for another host; of those that are attached ahead, the deleted
   * ones.
   */
  #undeclared({ changes, snapshot }: FollowedChanges): string[] {
    const touched = new Set<string>(
      changes.map((change) => (change.kind === "put" ? resourceKey(change.resource) : change.key)),
    );
    const declared = new Set<string>(
      changes.flatMap((change) => (change.kind === "put" ? resourceKey(change.resource) : [])),
    );
    return this.#attacher.attached().flatMap(({ endpoint: name, ahead }) => {
      const key = `${ENDPOINTS}${name}`;
      const isKnown = snapshot === undefined ? touched.has(key) : !snapshot.invalid.has(key);
      const isExpected = ahead === true && declared.has(key);
      return isKnown && !isExpected && !this.#intent.declaresEndpoint(name) ? [name] : [];
    });
  }

  #followIntents({ neighbors, vrfs, endpoints, vteps }: IntentChanges): void {
    // A host may take over the VTEP of one that goes.
    for (const { before } of vteps) if (before !== undefined) this.#dataplane.removeHost(before);
    for (const change of vteps) if (change.kind === "set") this.#dataplane.addHost(change.row);
    // Removals first: a new VRF may have the VNI of one that goes.
    for (const change of vrfs) this.#forgetBridgeDomains(change);
    for (const change of vrfs) if (change.kind === "removed") this.#removeVrf(change.key);
    this.#setVrfs(vrfs.flatMap((change) => (change.kind === "set" ? [change.row] : [])));
    for (const change of endpoints) {
      this.#attacher.follow(change.key, change.kind === "set" ? change.row : undefined);
    }
    this.#bgp.followNeighbors(neighbors);
    this.#bgp.followVrfs(vrfs);
    this.#loop.wake();
  }

  #setVrfs(vrfs: readonly VrfIntent[]): void {
    const [first] = vrfs;
    if (first === undefined) return;
    // All VRFs of a host have its one VTEP.
    const underlay = underlayMtu(first.vtep);
    const mtu = overlayMtu(underlay, first.vtep);
    for (const vrf of vrfs) {
      const { importRouteTargets: _targets, importVnis: _vnis, ...exported } = vrf;
      const { rd: _rd, exportRouteTargets: _exports, bridgeDomains, ...device } = exported;
      const domains = bridgeDomains.map(
        ({ rd: _domainRd, routeTarget: _target, ...domain }) => domain,
      );
      this.#dataplane.setVrf({ ...device, bridgeDomains: domains, mtu });
    }
    this.#paths.measureFrom({ address: first.vtep, underlayMtu: underlay });
  }

  #forgetBridgeDomains(change: RowChange<VrfIntent>): void {
    const kept = change.kind === "set" ? change.row.bridgeDomains : [];
    for (const { name } of change.before?.bridgeDomains ?? []) {
      if (!kept.some((domain) => domain.name === name)) this.#macImport.forget(name);
    }
  }

  #removeVrf(name: string): void {
    this.#dataplane.removeVrf(name);
    this.#routeImport.forget(name);
  }

  /** The speaker starts when what is attached is wired, so that its first words are complete. */
  async #followIdentity(): Promise<void> {
    const { self } = this.#intent;
    await this.#loop.settled();
    const identity = self === undefined ? undefined : speakerIdentity(self);
    const restarting = this.#continues;
    if (identity !== undefined) this.#continues = false;
    await this.#bgp.setIdentity(identity, restarting);
  }

  /** Tells BGP and the other hosts which endpoints are attached now. */
  #followKernel(): void {
    const endpoints = this.#dataplane.endpoints();
    const routes = this.#localRoutes.follow(endpoints);
    const macs = this.#localMacs.follow(endpoints);
    if (routes.length === 0 && macs.length === 0) return;
    this.#bgp.followLocalRoutes(routes);
    this.#bgp.followLocalMacs(macs);
    this.#member.kernelChanged();
  }

  #onConverged(): void {
    this.#routeImport.sweepStale();
    this.#macImport.sweepStale();
    this.#dataplane.markSynced();
    this.#loop.wake();
    this.#log.info("the desired state is complete: what nobody wants any more is removed");
  }
}
