/**
 * One VRF of this host: what is wanted of it, what is known of its namespace, and the passes that
 * make the second equal to the first. What has to be looked at is marked; marking does no I/O.
 *
 * `prepare` opens, reads and removes what is in the way; `build` puts what is missing and then
 * removes the rest. All VRFs are prepared before any is built, because one may have to give up what
 * another needs: a VNI, or the interface of an endpoint that has changed its VRF.
 */
import type { IpAddress } from "@selvedge/net";
import type { MonitorEvent, NftEvent } from "@selvedge/netlink";
import { Attempts } from "./attempts.ts";
import { wrongDevices } from "./bridge/bridge-devices.ts";
import { RemoteDomains } from "./bridge/remote-domains.ts";
import type { RemoteStations } from "./bridge/remote-stations.ts";
import type { Changes } from "./changes.ts";
import { judgeVxlan, vrfVxlan } from "./device-plan.ts";
import type { DataplaneError } from "./errors.ts";
import { foreignChanges } from "./foreign-changes.ts";
import { EndpointGuard } from "./guard/endpoint-guard.ts";
import { hasBridgeDomains, placeOf, type VrfIntent } from "./intent.ts";
import type { Kernel, KernelNamespace } from "./kernel.ts";
import type { DataplaneLog } from "./log.ts";
import { loopbackAlias } from "./ownership.ts";
import { RemoteRoutes } from "./remote-routes.ts";
import { Repairs } from "./repairs.ts";
import { deletions, removeDevices } from "./teardown.ts";
import { buildVrf, firstMarks, type VrfMarks, type VrfPass } from "./vrf-build.ts";
import { VrfEndpoints } from "./vrf-endpoints.ts";
import { VrfEvents } from "./vrf-events.ts";
import { VrfNamespace } from "./vrf-namespace.ts";
import { readVrf, remoteRoutes, type VrfState, vxlanIndex } from "./vrf-state.ts";
import { unreachableVteps } from "./vtep-family.ts";

/** What a VRF works with. */
export interface VrfOptions {
  readonly kernel: Kernel;
  /** Prefix of the names of VRF namespaces. */
  readonly prefix: string;
  /** Whether endpoints are held to their own addresses. */
  readonly isGuarded: boolean;
  readonly log: DataplaneLog;
  /** Called when an event of the kernel makes work. */
  readonly onDirty: () => void;
}

/** A VRF of this host. */
export class Vrf {
  readonly name: string;
  readonly endpoints: VrfEndpoints = new VrfEndpoints();
  readonly routes: RemoteRoutes = new RemoteRoutes();
  /** What other hosts have of its bridge domains. */
  readonly remote: RemoteDomains = new RemoteDomains();
  readonly #options: VrfOptions;
  readonly #attempts: Attempts;
  readonly #events = new VrfEvents();
  readonly #marks: VrfMarks = firstMarks();
  #intent: VrfIntent | undefined;
  #namespace: VrfNamespace | undefined;
  #state: VrfState | undefined;
  #guard: EndpointGuard | undefined;
  readonly #repairs: Repairs;
  #isWatching = false;

  constructor(name: string, options: VrfOptions) {
    this.name = name;
    this.#options = options;
    this.#attempts = new Attempts(name);
    this.#repairs = new Repairs(name, options.log);
  }

  /** What is wanted; `undefined` when the VRF is not. */
  get intent(): VrfIntent | undefined {
    return this.#intent;
  }

  /** The VXLAN device, once there is one. */
  get device(): VrfState["vxlan"] {
    return this.#state?.vxlan;
  }

  /** Holds the endpoints to their own addresses, while the namespace is held. */
  get guard(): EndpointGuard | undefined {
    return this.#guard;
  }

  /** What is wrong with the VRF itself, as of the last attempt. */
  get failures(): readonly DataplaneError[] {
    return this.#attempts.failures;
  }

  /** Objects of it that others have changed and that have been put right. */
  get repairs(): number {
    return this.#repairs.total;
  }

  /** Whether nothing is wanted of it any more. */
  get isForgettable(): boolean {
    return (
      this.#intent === undefined &&
      this.endpoints.isEmpty &&
      this.routes.isEmpty &&
      this.remote.isEmpty
    );
  }

  /** Whether a pass would do something, as far as is known. */
  get hasWork(): boolean {
    if (this.#intent === undefined || this.#attempts.hasFailed("namespace")) {
      return false;
    }
    const { table } = this.routes;
    const { surplus, guardSurplus, ...marks } = this.#marks;
    const hasDevice = this.#state === undefined || vxlanIndex(this.#state) !== undefined;
    return (
      Object.values(marks).some((mark) => mark) ||
      this.#events.hasWork ||
      this.endpoints.hasWork ||
      guardSurplus ||
      (table.settled ? surplus : hasDevice)
    );
  }

  setIntent(intent: VrfIntent): void {
    const previous = this.#intent;
    if (JSON.stringify(intent) === JSON.stringify(previous)) {
      return;
    }
    this.#intent = intent;
    this.#guard?.setBridged(hasBridgeDomains(intent));
    if (previous === undefined || placeOf(previous) !== placeOf(intent)) {
      this.resync();
      // Other devices are looked for than before.
      this.#marks.uncertain = true;
      return;
    }
    const marks = this.#marks;
    marks.leftovers = true;
    marks.settings = true;
    marks.objects = true;
    marks.bridges = true;
    const isSameSubnets =
      JSON.stringify(previous.bridgeDomains) === JSON.stringify(intent.bridgeDomains);
    if (previous.mtu !== intent.mtu || !isSameSubnets) {
      // Addresses and default routes in bridged subnets follow from the subnets.
      this.endpoints.markAll();
    }
  }

  /** The VRF is not wanted any more. Its endpoints are kept; they wait for it. */
  removeIntent(): void {
    this.#intent = undefined;
    this.routes.clear();
    this.remote.clear();
  }

  /** What other hosts have of a bridge domain, to be changed. */
  stationsOf(bridgeDomain: string): RemoteStations {
    this.#marks.bridges = true;
    return this.remote.of(bridgeDomain);
  }

  /** VTEPs that routes or MACs lead to, or that get copies of what is flooded. */
  vteps(): Set<IpAddress> {
    const ofRoutes = [...this.routes.nextHops.vteps()].map(({ vtep }) => vtep);
    return new Set([...ofRoutes, ...this.remote.vteps()]);
  }

  /** Whether another set of VTEPs is in use than at the last call. */
  takeVtepsChanged(): boolean {
    const isChanged = this.remote.takeVtepsChanged();
    return this.routes.nextHops.takeVtepsChanged() || isChanged;
  }

  /** Tells of VTEPs in use that this host's cannot send to. */
  reportUnreachable(changes: Changes): void {
    const { name: vrf } = this;
    const local = this.#intent?.vtep;
    const unreachable = local === undefined ? [] : unreachableVteps(local, this.vteps());
    for (const [vtep, message] of unreachable) {
      changes.fail("unsupported-next-hop", vtep, message, { vrf });
    }
  }

  removeEndpoint(name: string): void {
    this.endpoints.remove(name);
    this.#marks.leftovers = true;
    this.#marks.bridges = true;
  }

  /** The first full desired state is here: what was held back is looked at again. */
  markSynced(): void {
    const marks = this.#marks;
    marks.leftovers = true;
    marks.settings = true;
    marks.objects = true;
    marks.bridges = true;
    marks.guardSurplus = true;
    this.endpoints.markAll();
    this.routes.table.requeue();
  }

  /** Everything is to be read from the kernel and compared. */
  resync(): void {
    this.#marks.reading = true;
    this.markIdentity();
  }

  /** What failed is to be tried again. */
  retryFailed(): void {
    if (this.#attempts.failures.length > 0) {
      this.resync();
    }
    this.endpoints.markFailed();
  }

  /** The name of the VRF's namespace may have appeared or vanished. */
  markIdentity(): void {
    this.#marks.identity = true;
    this.#attempts.forget("namespace");
  }

  /** From the next pass on, foreign changes are noticed. */
  startMonitoring(): void {
    if (!this.#isWatching) {
      this.#isWatching = true;
      this.#marks.reading = true;
    }
  }

  /**
   * Lets go of a namespace that is not wanted, or not under this name, so that it can be removed.
   * Returns whether there was one.
   */
  letGo(pass: VrfPass): boolean {
    const held = this.#namespace;
    if (held === undefined || held.name === this.#intent?.namespace) {
      return false;
    }
    if (!held.isCurrent(this.#options.kernel)) {
      // Nobody finds it again by its name.
      this.#removeDevicesOf(held, pass);
    }
    this.close();
    return true;
  }

  /** Opens and reads the namespace, and removes what is in the way of others. Returns whether that was due. */
  prepare(pass: VrfPass): boolean {
    const intent = this.#intent;
    const marks = this.#marks;
    const isDue = marks.identity || marks.reading || marks.leftovers || this.#events.hasWork;
    if (intent === undefined || !isDue || this.#attempts.hasFailed("namespace")) {
      return false;
    }
    this.#letGoOfDeleted(pass);
    this.#attempts.run("namespace", pass.changes, () => {
      const namespace = this.#hold(intent, pass);
      this.#lookAtEvents();
      if (marks.reading) {
        this.#read(intent, namespace);
      }
    });
    if (marks.leftovers && pass.mayRemove) {
      this.#attempts.run("removal", pass.changes, () => this.#removeLeftovers(intent, pass));
    }
    marks.leftovers = false;
    return true;
  }

  /** Puts what is missing and removes what is too much, until that is done or the time is over. */
  build(pass: VrfPass): void {
    const { kernel, prefix, log } = this.#options;
    const { endpoints, routes, remote } = this;
    const [intent, namespace, state] = [this.#intent, this.#namespace?.handle, this.#state];
    const [guard, marks, attempts] = [this.#guard, this.#marks, this.#attempts];
    if (intent && namespace && state && guard) {
      const wanted = { intent, prefix, endpoints, routes, remote };
      const repairs = this.#repairs;
      buildVrf({ ...wanted, kernel, namespace, state, guard, log, marks, attempts, repairs, pass });
      repairs.countRoutes(routes.table.takeRepaired());
      if (!this.hasWork && attempts.failures.length === 0) {
        repairs.settle();
      }
    }
  }

  /** Lets go of the namespace; the kernel keeps everything. */
  close(): void {
    this.#namespace?.close();
    this.#namespace = undefined;
    this.#state = undefined;
    this.#guard = undefined;
    this.#marks.reading = true;
    this.#events.clear();
    this.#attempts.forgetAll();
    this.endpoints.forget();
  }

  /** Lets go of the namespace if somebody has deleted its name; it would live on and forward. */
  #letGoOfDeleted(pass: VrfPass): void {
    const held = this.#namespace;
    const isChecked = this.#marks.identity;
    this.#marks.identity = false;
    if (!isChecked || held === undefined || held.isCurrent(this.#options.kernel)) {
      return;
    }
    const { name: namespace } = held;
    this.#repairs.find([`namespace ${namespace}`]);
    this.#removeDevicesOf(held, pass);
    this.close();
  }

  /** At once, because the VNI and the workloads' interfaces are needed for another one. */
  #removeDevicesOf({ handle }: VrfNamespace, { changes, mayRemove }: VrfPass): void {
    if (mayRemove) {
      this.#attempts.run("removal", changes, () =>
        removeDevices(handle, changes, { vrf: this.name }),
      );
    }
  }

  #hold(intent: VrfIntent, { changes }: VrfPass): KernelNamespace {
    const { kernel, prefix, isGuarded } = this.#options;
    const alias = loopbackAlias(intent.name, prefix);
    const namespace =
      this.#namespace ?? VrfNamespace.open(kernel, intent.namespace, alias, changes);
    this.#namespace = namespace;
    if (this.#isWatching) {
      namespace.watch(
        (event) => this.#onEvent(event),
        isGuarded ? (event) => this.#onFilterEvent(event) : undefined,
      );
    }
    this.#guard ??= new EndpointGuard(namespace.handle, isGuarded);
    this.#guard.setBridged(hasBridgeDomains(intent));
    return namespace.handle;
  }

  #read(intent: VrfIntent, namespace: KernelNamespace): void {
    const { state, routes } = readVrf(namespace, intent);
    const known = this.#marks.uncertain ? undefined : this.#state;
    if (known !== undefined) {
      this.#repairs.find(foreignChanges(known, state));
    }
    this.#marks.uncertain = false;
    this.#state = state;
    this.#guard?.forget();
    this.#events.clear();
    this.routes.table.readBack(remoteRoutes(routes), known !== undefined);
    const marks = this.#marks;
    marks.reading = false;
    marks.leftovers = true;
    marks.settings = true;
    marks.objects = true;
    marks.bridges = true;
    marks.guard = true;
    this.endpoints.markAll();
  }

  /** Deletes devices that are not wanted, or have to be made anew. */
  #removeLeftovers(intent: VrfIntent, { changes }: VrfPass): void {
    const [namespace, state] = [this.#namespace?.handle, this.#state];
    if (namespace === undefined || state === undefined) {
      return;
    }
    const verdict = judgeVxlan(vrfVxlan(intent), state.vxlan);
    const own = [
      ...state.staleVxlans,
      ...(verdict.kind === "wrong" ? [verdict.link.index] : []),
      ...state.staleBridgeDevices,
      ...wrongDevices(intent, state.bridges),
    ];
    const hosts = [...state.hosts].filter(([name]) => !this.endpoints.wantsHostEnd(name));
    const requests = deletions([...own, ...hosts.map(([, { index }]) => index)]);
    changes.execute(namespace, requests, { vrf: this.name });
    for (const [host] of hosts) {
      state.hosts.delete(host);
    }
    this.#guard?.forgetPorts((port) => this.endpoints.wantsHostEnd(port));
    this.#marks.guardSurplus = true;
    if (own.length > 0) {
      // With a device the kernel has removed all that lived on it.
      this.#marks.uncertain = true;
      this.#read(intent, namespace);
    }
  }

  #lookAtEvents(): void {
    if (this.#events.hasWork && this.#state !== undefined) {
      const { objects, hosts, mustRead } = this.#events.settle(this.#state, this.endpoints);
      this.#marks.reading ||= mustRead;
      this.#repairs.find(hosts);
      this.#options.log.debug({ vrf: this.name, objects }, "looking at what events have told");
    }
  }

  #onFilterEvent(event: NftEvent): void {
    if (this.#guard?.observe(event) === true) {
      this.#marks.guard = true;
      this.#marks.guardDisturbed = true;
      this.#options.onDirty();
    }
  }

  #onEvent(event: MonitorEvent): void {
    const state = this.#state;
    // What is about to be read anyway needs no event.
    if (state === undefined || this.#marks.reading) {
      return;
    }
    if (this.#events.observe(event, state, this.routes.table)) {
      this.#options.onDirty();
    }
  }
}
