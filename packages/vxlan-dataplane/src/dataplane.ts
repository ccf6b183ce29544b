/**
 * Makes the kernel of one host equal to what is wanted of its VRFs.
 *
 * Setters take the desired state in deltas, in any order, and do no I/O. `apply` does all of it:
 * compares with what is known of the kernel, which is a read-back kept up to date, and writes only
 * what differs. Nothing is deleted before `markSynced` has said that all that is wanted is known.
 *
 * Does not: run on its own. Its owner calls `apply` after changes and when told of foreign ones,
 * `retryFailed` now and then while something is wrong, and `resync` every few minutes.
 */
import type { IpAddress, IpPrefix, MacAddress } from "@selvedge/net";
import { type ApplyBudget, startDeadline } from "./budget.ts";
import { Changes } from "./changes.ts";
import type { ApplyReport, DataplaneOptions } from "./dataplane-options.ts";
import { type GuardedVrf, UnderlayGuard } from "./guard/underlay-guard.ts";
import type { EndpointIntent, RemoteRoute, VrfIntent } from "./intent.ts";
import type { Kernel } from "./kernel.ts";
import { removeLeftovers } from "./leftovers.ts";
import { LinuxKernel } from "./linux-kernel.ts";
import type { DataplaneLog } from "./log.ts";
import {
  type EndpointStatus,
  endpointDrops,
  endpointStatus,
  type RemoteMacStatus,
  remoteMacs,
  remoteVteps,
  type UnderlayGuardStatus,
  underlayGuardStatus,
  type VrfStatus,
  vrfStatus,
} from "./status.ts";
import { Vrf } from "./vrf.ts";
import type { VrfPass } from "./vrf-build.ts";

/** The VRFs, endpoints and remote routes of one host. */
export class Dataplane implements Disposable {
  readonly #kernel: Kernel;
  readonly #ownsKernel: boolean;
  readonly #prefix: string;
  readonly #log: DataplaneLog;
  readonly #now: () => number;
  readonly #isGuarded: boolean;
  readonly #underlayGuard: UnderlayGuard;
  readonly #vrfs = new Map<string, Vrf>();
  readonly #vrfOfEndpoint = new Map<string, string>();
  /** VRFs to look at, in the order of their turns. */
  readonly #dirty = new Set<Vrf>();
  #isSynced = false;
  /** There may be namespaces of ours that no VRF wants. */
  #mayHaveLeftovers = true;
  #onDirty: (() => void) | undefined;
  #watch: { close(): void } | undefined;

  /** Opens a socket in the underlay's namespace. Throws NetlinkError. */
  constructor({ underlay, namespacePrefix, guards, log, now, kernel }: DataplaneOptions) {
    this.#kernel = kernel ?? new LinuxKernel(underlay);
    this.#ownsKernel = kernel === undefined;
    this.#prefix = namespacePrefix ?? "vrf";
    this.#log = log;
    this.#now = now ?? (() => performance.now());
    this.#isGuarded = guards?.endpoints ?? true;
    this.#underlayGuard = new UnderlayGuard({
      underlay: this.#kernel.underlay,
      prefix: this.#prefix,
      isEnabled: guards?.underlay ?? true,
      log,
    });
  }

  /**
   * Wants a VRF, or wants it otherwise. Throws RangeError when its namespace's name does not start
   * with the prefix, because it could not be found again after a restart.
   */
  setVrf(intent: VrfIntent): void {
    if (!intent.namespace.startsWith(`${this.#prefix}.`)) {
      throw new RangeError(
        `the namespace of VRF ${intent.name} is named ${intent.namespace}, which does not start with ${this.#prefix}.`,
      );
    }
    this.#vrf(intent.name).setIntent(intent);
    this.#underlayGuard.mark();
  }

  /** Wants a VRF no more. Its routes are forgotten; its endpoints wait until it is wanted again. */
  removeVrf(name: string): void {
    this.#vrfs.get(name)?.removeIntent();
    this.#mayHaveLeftovers = true;
    this.#underlayGuard.mark();
  }

  /** Another host has this VTEP: VXLAN packets from there are accepted, also before a route leads there. */
  addHost(vtep: IpAddress): void {
    this.#underlayGuard.addHost(vtep);
  }

  /** No other host has this VTEP any more. */
  removeHost(vtep: IpAddress): void {
    this.#underlayGuard.removeHost(vtep);
  }

  /** Wants an endpoint, or wants it otherwise, maybe in another VRF. */
  setEndpoint(intent: EndpointIntent): void {
    const previous = this.#vrfOfEndpoint.get(intent.name);
    if (previous !== undefined && previous !== intent.vrf) {
      this.removeEndpoint(intent.name);
    }
    this.#vrfOfEndpoint.set(intent.name, intent.vrf);
    this.#vrf(intent.vrf).endpoints.set(intent);
  }

  /** The next `apply` compares an endpoint with the kernel, both ends of it, though nothing was told of it. */
  checkEndpoint(name: string): void {
    const vrf = this.#vrfOfEndpoint.get(name);
    if (vrf !== undefined) {
      this.#vrf(vrf).endpoints.markEndpoint(name);
    }
  }

  /** Wants an endpoint no more. */
  removeEndpoint(name: string): void {
    const vrf = this.#vrfOfEndpoint.get(name);
    if (vrf !== undefined) {
      this.#vrfOfEndpoint.delete(name);
      this.#vrf(vrf).removeEndpoint(name);
    }
  }

  /**
   * Wants a route to other hosts in a VRF, or wants it otherwise. Next hops are the VTEPs of other
   * hosts; a route through this host's own would circle until its TTL ends.
   */
  setRoute(vrf: string, route: RemoteRoute): void {
    this.#vrf(vrf).routes.set(route);
  }

  /** Wants a route no more. */
  removeRoute(vrf: string, prefix: IpPrefix): void {
    this.#vrf(vrf).routes.remove(prefix);
  }

  /**
   * A MAC of a bridge domain is behind another host. Nothing is known of it at a VTEP that cannot be
   * reached, which is one with an address of the other family than this host's.
   */
  setRemoteMac(vrf: string, bridgeDomain: string, mac: MacAddress, vtep: IpAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).setMac(mac, vtep);
  }

  /** A MAC of a bridge domain is behind no other host any more. */
  removeRemoteMac(vrf: string, bridgeDomain: string, mac: MacAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).removeMac(mac);
  }

  /** An IP address of a bridge domain belongs to a MAC that is behind another host. */
  setRemoteNeighbour(vrf: string, bridgeDomain: string, address: IpAddress, mac: MacAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).setNeighbour(address, mac);
  }

  /** An IP address of a bridge domain is on no other host any more. */
  removeRemoteNeighbour(vrf: string, bridgeDomain: string, address: IpAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).removeNeighbour(address);
  }

  /** A VTEP takes part in a bridge domain and gets copies of what is flooded, unless its flooding is disabled. */
  addFloodVtep(vrf: string, bridgeDomain: string, vtep: IpAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).addFloodVtep(vtep);
  }

  /** A VTEP takes part in a bridge domain no more. */
  removeFloodVtep(vrf: string, bridgeDomain: string, vtep: IpAddress): void {
    this.#vrf(vrf).stationsOf(bridgeDomain).removeFloodVtep(vtep);
  }

  /** All that is wanted has been set. From now on what is not wanted is removed. */
  markSynced(): void {
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#underlayGuard.mark();
      this.#mark(this.#vrfs.values(), (vrf) => vrf.markSynced());
    }
  }

  /** The next `apply` reads everything from the kernel and compares. */
  resync(): void {
    this.#mayHaveLeftovers = true;
    this.#underlayGuard.resync();
    this.#mark(this.#vrfs.values(), (vrf) => vrf.resync());
  }

  /** The next `apply` tries again what failed. */
  retryFailed(): void {
    this.#mayHaveLeftovers = true;
    if (this.#underlayGuard.failure !== undefined) {
      this.#underlayGuard.resync();
    }
    this.#mark(this.#vrfs.values(), (vrf) => vrf.retryFailed());
  }

  /**
   * Makes the kernel equal to what is wanted, as far as the budget goes; at least one step. A step
   * takes a millisecond or two, but reading a VRF with 100,000 routes back takes a tenth of a second.
   */
  apply(budget?: ApplyBudget): ApplyReport {
    const changes = new Changes();
    const deadline = startDeadline(budget, this.#now);
    const pass: VrfPass = { changes, deadline, mayRemove: this.#isSynced };
    this.#guardUnderlay(pass);
    if (this.#prepare(pass)) {
      this.#build(pass);
    }
    const { operations, failures } = changes;
    const more = this.#dirty.size > 0 || (this.#isSynced && this.#mayHaveLeftovers);
    return { operations, failures, more };
  }

  /**
   * Listens to the kernel. `onDirty` is called, from the event loop, when somebody else has changed
   * something that the next `apply` would repair.
   */
  startMonitoring(onDirty: () => void): void {
    this.#onDirty = onDirty;
    this.#mark(this.#vrfs.values(), (vrf) => vrf.startMonitoring());
    this.#underlayGuard.startMonitoring(onDirty);
    this.#watch ??= this.#kernel.watch((name) => this.#onNamespace(name));
  }

  /** How the VRFs are. */
  vrfs(): VrfStatus[] {
    return [...this.#vrfs.values()].flatMap((vrf) => vrfStatus(vrf) ?? []);
  }

  /** How the endpoints are. */
  endpoints(): EndpointStatus[] {
    return [...this.#vrfs.values()].flatMap((vrf) =>
      [...vrf.endpoints.entries()].map((entry) => endpointStatus(entry, vrf)),
    );
  }

  /** Remote VTEPs that routes lead to, with the names of the VRFs whose routes do. */
  remoteVteps(): Map<IpAddress, string[]> {
    return remoteVteps(this.#vrfs.values());
  }

  /** What is known of the bridge domains on other hosts. */
  remoteMacs(): RemoteMacStatus[] {
    return [...this.#vrfs.values()].flatMap(remoteMacs);
  }

  /** How the underlay guard is, and what it has dropped. */
  underlayGuard(): UnderlayGuardStatus {
    return underlayGuardStatus(this.#underlayGuard);
  }

  /** Packets that the endpoint guard has dropped, by name of the endpoint; of guarded ones only. */
  endpointDrops(): Map<string, number> {
    return endpointDrops(this.#vrfs.values());
  }

  /**
   * Removes everything of ours from the kernel, wanted or not, and forgets what is wanted. For
   * uninstalling: an agent that just ends leaves everything in place.
   */
  cleanup(): ApplyReport {
    const changes = new Changes();
    for (const vrf of this.#vrfs.values()) {
      vrf.close();
    }
    this.#vrfs.clear();
    this.#vrfOfEndpoint.clear();
    this.#dirty.clear();
    this.#underlayGuard.remove(changes);
    this.#removeLeftovers({
      changes,
      deadline: startDeadline(undefined, this.#now),
      mayRemove: true,
    });
    return { operations: changes.operations, failures: changes.failures, more: false };
  }

  /** Closes all sockets and stops listening. The kernel keeps everything and goes on forwarding. */
  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
    this.#underlayGuard.close();
    for (const vrf of this.#vrfs.values()) {
      vrf.close();
    }
    if (this.#ownsKernel) {
      this.#kernel.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The VRF of this name, to be changed. */
  #vrf(name: string): Vrf {
    let vrf = this.#vrfs.get(name);
    if (vrf === undefined) {
      vrf = new Vrf(name, {
        kernel: this.#kernel,
        prefix: this.#prefix,
        isGuarded: this.#isGuarded,
        log: this.#log,
        onDirty: () => this.#onVrfDirty(name),
      });
      if (this.#onDirty !== undefined) {
        vrf.startMonitoring();
      }
      this.#vrfs.set(name, vrf);
    }
    this.#dirty.add(vrf);
    return vrf;
  }

  #mark(vrfs: Iterable<Vrf>, mark: (vrf: Vrf) => void): void {
    for (const vrf of vrfs) {
      mark(vrf);
      this.#dirty.add(vrf);
    }
  }

  #onVrfDirty(name: string): void {
    const vrf = this.#vrfs.get(name);
    if (vrf !== undefined) {
      this.#dirty.add(vrf);
      this.#onDirty?.();
    }
  }

  /** A name in /run/netns appeared or vanished. */
  #onNamespace(name: string): void {
    for (const vrf of this.#vrfs.values()) {
      const isOwn = vrf.intent?.namespace === name;
      if (isOwn) {
        vrf.markIdentity();
      }
      if (vrf.endpoints.markWorkload(name) || isOwn) {
        this.#onVrfDirty(vrf.name);
      }
    }
  }

  /** Before a route leads to a VTEP, packets from there are accepted. */
  #guardUnderlay({ mayRemove, changes }: VrfPass): void {
    for (const vrf of this.#dirty) {
      if (vrf.takeVtepsChanged()) {
        this.#underlayGuard.mark();
        vrf.reportUnreachable(changes);
      }
    }
    if (this.#underlayGuard.isDue) {
      const vrfs = [...this.#vrfs.values()].flatMap((vrf): GuardedVrf[] =>
        vrf.intent === undefined ? [] : [{ intent: vrf.intent, vteps: vrf.vteps() }],
      );
      this.#underlayGuard.build(vrfs, mayRemove, changes);
    }
  }

  /** Opens, reads, and frees what is not wanted. Returns whether that is finished. */
  #prepare(pass: VrfPass): boolean {
    for (const vrf of this.#dirty) {
      if (vrf.letGo(pass)) {
        this.#mayHaveLeftovers = true;
      }
    }
    if (this.#mayHaveLeftovers && pass.mayRemove) {
      this.#removeLeftovers(pass);
    }
    for (const vrf of this.#dirty) {
      if (vrf.prepare(pass) && pass.deadline.exhausted()) {
        return false;
      }
    }
    return true;
  }

  #build(pass: VrfPass): void {
    for (const vrf of [...this.#dirty]) {
      vrf.build(pass);
      this.#dirty.delete(vrf);
      if (vrf.hasWork) {
        // To the end of the queue: every VRF gets its turn.
        this.#dirty.add(vrf);
      } else if (vrf.isForgettable) {
        this.#vrfs.delete(vrf.name);
      }
      if (pass.deadline.exhausted()) {
        return;
      }
    }
  }

  #removeLeftovers(pass: VrfPass): void {
    const vrfs = [...this.#vrfs.values()];
    const wanted = new Set(vrfs.flatMap(({ intent }) => intent?.namespace ?? []));
    const site = { kernel: this.#kernel, prefix: this.#prefix, log: this.#log };
    this.#mayHaveLeftovers = !removeLeftovers(site, wanted, pass);
  }
}
