/**
 * A kernel in memory: network namespaces with the objects that the dataplane makes, what the real
 * kernel does to them behind one's back, and a count of everything that was written.
 */
import { constants } from "node:os";
import { type IpFamily, prefixFromBytes } from "@selvedge/net";
import {
  type Address,
  type BatchOutcome,
  type FdbEntry,
  type Link,
  type MonitorEvent,
  type Neighbour,
  NetlinkError,
  type Nexthop,
  type NftEvent,
  type Route,
  type RouteFilter,
  type RouteProgramOptions,
  type RouteProgramOutcome,
  type RouteRequest,
} from "@selvedge/netlink";
import type { VxlanDevice } from "../../src/device-plan.ts";
import type {
  FilteringNamespace,
  Kernel,
  KernelNamespace,
  OutgoingFrame,
  PacketFilter,
  RouteWriter,
  VethPair,
} from "../../src/kernel.ts";
import { ModelFilter } from "./filter.ts";
import { NamespaceObjects, refuse } from "./objects.ts";

const { EEXIST, EINVAL, ENOENT } = constants.errno;

/** A namespace: it lives while it has a name or is held open. */
class Namespace {
  readonly id: string;
  readonly objects: NamespaceObjects;
  readonly listeners = new Set<(event: MonitorEvent) => void>();
  readonly events: MonitorEvent[] = [];
  readonly filter: ModelFilter;
  handles = 0;
  isNamed = true;

  constructor(id: string, filter: ModelFilter) {
    this.id = id;
    this.filter = filter;
    this.objects = new NamespaceObjects((event) => this.events.push(event));
  }
}

/** A kernel in memory. */
export class ModelKernel implements Kernel {
  readonly #names = new Map<string, Namespace | "plain file">();
  readonly #alive = new Set<Namespace>();
  readonly #watchers = new Set<(name: string) => void>();
  readonly #changedNames: string[] = [];
  #nextId = 1;
  /** Everything that was written by the dataplane. */
  writes = 0;
  /** Frames that were put on wires. */
  readonly transmitted: OutgoingFrame[] = [];
  /** Throws to refuse a request; `undefined` lets all pass. */
  veto: ((kind: string, object: string) => void) | undefined;
  /** Whether answers get lost: refusals are not reported, and it is said that this may be so. */
  losesAnswers = false;
  /** Whether it was built without packet filters. */
  lacksFilters = false;
  readonly underlayFilter: ModelFilter = this.#newFilter();
  readonly underlay: FilteringNamespace = this.filtering(this.underlayFilter);

  list(): string[] {
    return [...this.#names.keys()].sort();
  }

  open(pathOrName: string): KernelNamespace {
    const namespace = this.#names.get(pathOrName.replace("/run/netns/", ""));
    if (namespace === undefined || namespace === "plain file") {
      const errno = namespace === undefined ? ENOENT : EINVAL;
      throw new NetlinkError({ errno, request: "namespace.open", object: pathOrName });
    }
    return new Handle(this, namespace, this.#alive);
  }

  create(name: string, loopbackAlias: string): KernelNamespace {
    this.writes += 1;
    this.veto?.("namespace.create", name);
    if (this.#names.has(name)) {
      throw new NetlinkError({ errno: EEXIST, request: "namespace.create", object: name });
    }
    const objects = this.addNamespace(name);
    objects.apply({ kind: "link.set", index: 1, alias: loopbackAlias });
    return this.open(name);
  }

  delete(name: string): void {
    this.writes += 1;
    this.removeName(name);
  }

  identify(name: string): string | undefined {
    const namespace = this.#names.get(name);
    return namespace === undefined || namespace === "plain file" ? undefined : namespace.id;
  }

  watch(onChange: (name: string) => void): { close(): void } {
    this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  close(): void {}

  // What others do.

  addNamespace(name: string): NamespaceObjects {
    const namespace = new Namespace(`model:${this.#nextId++}`, this.#newFilter());
    this.#names.set(name, namespace);
    this.#alive.add(namespace);
    this.#changedNames.push(name);
    return namespace.objects;
  }

  addPlainFile(name: string): void {
    this.#names.set(name, "plain file");
  }

  removeName(name: string): void {
    const namespace = this.#names.get(name);
    if (namespace === undefined) {
      throw new NetlinkError({ errno: ENOENT, request: "namespace.delete", object: name });
    }
    this.#names.delete(name);
    this.#changedNames.push(name);
    if (namespace !== "plain file") {
      namespace.isNamed = false;
      this.endIfUnheld(namespace);
    }
  }

  endIfUnheld(namespace: Namespace): void {
    if (!namespace.isNamed && namespace.handles === 0) {
      this.#alive.delete(namespace);
      for (const index of [...namespace.objects.links.keys()]) {
        namespace.objects.removeLink(index);
      }
    }
  }

  /** The objects of a named namespace. */
  objects(name: string): NamespaceObjects {
    return this.#named(name).objects;
  }

  /** The packet filters of a named namespace. */
  filter(name: string): ModelFilter {
    return this.#named(name).filter;
  }

  /** As a namespace has it, unless the kernel lacks packet filters. */
  filtering(filter: ModelFilter): FilteringNamespace {
    const checked = (): ModelFilter => {
      if (this.lacksFilters) {
        const errno = constants.errno.EPROTONOSUPPORT;
        throw new NetlinkError({ errno, request: "socket.open", object: "netlink socket" });
      }
      return filter;
    };
    return {
      get filter() {
        return checked();
      },
      monitorFilter: (onEvent) => checked().listen(onEvent),
    };
  }

  #named(name: string): Namespace {
    const namespace = this.#names.get(name);
    if (namespace === undefined || namespace === "plain file") {
      throw new Error(`the model has no namespace ${name}`);
    }
    return namespace;
  }

  #newFilter(): ModelFilter {
    return new ModelFilter((requests) => {
      this.writes += requests.length;
      for (const { kind, table } of requests) {
        this.veto?.(kind, table);
      }
    });
  }

  /** How many namespaces live, named or not. */
  get population(): number {
    return this.#alive.size;
  }

  /** Delivers what has happened since the last call, as an event loop would. */
  deliverEvents(): void {
    for (const namespace of this.#alive) {
      for (const event of namespace.events.splice(0)) {
        for (const listener of namespace.listeners) {
          listener(event);
        }
      }
      namespace.filter.deliverEvents();
    }
    this.underlayFilter.deliverEvents();
    for (const name of this.#changedNames.splice(0)) {
      for (const watcher of this.#watchers) {
        watcher(name);
      }
    }
  }
}

/** An open namespace of the model. */
class Handle implements KernelNamespace {
  readonly id: string;
  readonly #kernel: ModelKernel;
  readonly #namespace: Namespace;
  readonly #alive: ReadonlySet<Namespace>;
  #isOpen = true;

  constructor(kernel: ModelKernel, namespace: Namespace, alive: ReadonlySet<Namespace>) {
    this.id = namespace.id;
    this.#kernel = kernel;
    this.#namespace = namespace;
    this.#alive = alive;
    namespace.handles += 1;
  }

  get filter(): PacketFilter {
    return this.#kernel.filtering(this.#namespace.filter).filter;
  }

  monitorFilter(onEvent: (event: NftEvent) => void): { close(): void } {
    return this.#kernel.filtering(this.#namespace.filter).monitorFilter(onEvent);
  }

  execute(requests: readonly RouteRequest[]): BatchOutcome {
    const failures: BatchOutcome["failures"][number][] = [];
    for (const [index, request] of requests.entries()) {
      const error = this.#try(() => this.#change(request));
      if (error !== undefined) {
        failures.push({ index, request, error });
      }
    }
    const applied = requests.length - failures.length;
    return this.#kernel.losesAnswers
      ? { kind: "uncertain", applied: 0, failures: [], uncertain: requests.length }
      : { kind: "complete", applied, failures };
  }

  routeWriter(options: RouteProgramOptions): RouteWriter {
    const failures: RouteProgramOutcome["failures"][number][] = [];
    let count = 0;
    const write = (request: RouteRequest): void => {
      const error = this.#try(() => this.#change(request));
      if (error !== undefined) {
        failures.push({ index: count, error });
      }
      count += 1;
    };
    return {
      replace: (family: IpFamily, bytes, offset, length, id) => {
        const destination = prefixFromBytes(bytes, offset, family, length);
        const via = { kind: "nexthop", id } as const;
        write({ kind: "route.replace", destination, via, ...options });
      },
      remove: (family: IpFamily, bytes, offset, length) => {
        const destination = prefixFromBytes(bytes, offset, family, length);
        write({ kind: "route.delete", destination, ...options });
      },
      finish: () => {
        const refused = failures.splice(0);
        const sent = count;
        count = 0;
        return this.#kernel.losesAnswers
          ? { applied: 0, failures: [], uncertain: sent }
          : { applied: sent - refused.length, failures: refused, uncertain: 0 };
      },
    };
  }

  createVxlan({ name, mac, mtu, vni, local, port, ttl }: VxlanDevice): void {
    this.#kernel.writes += 1;
    this.#kernel.veto?.("link.create", name);
    for (const { objects } of this.#alive) {
      for (const { link } of objects.links.values()) {
        if (link.detail.kind === "vxlan" && link.detail.vni === vni) {
          refuse(EEXIST, "link.create", name);
        }
      }
    }
    const detail = {
      kind: "vxlan",
      vni,
      local,
      port,
      ttl,
      learning: false,
      udpChecksum: true,
    } as const;
    this.#namespace.objects.addLink({ name, detail, mac, mtu });
  }

  createVeth({ name, mac, peerName, peerMac, mtu }: VethPair, workload: KernelNamespace): void {
    if (!(workload instanceof Handle)) {
      throw new TypeError("not a namespace of the model");
    }
    this.#kernel.writes += 1;
    this.#kernel.veto?.("link.create", name);
    const [here, there] = [this.#namespace.objects, workload.#namespace.objects];
    if (there.byName(peerName) !== undefined) {
      refuse(EEXIST, "link.create", peerName);
    }
    const detail = { kind: "veth" } as const;
    const host = here.addLink({ name, detail, mac, mtu });
    const peer = there.addLink({ name: peerName, detail, mac: peerMac, mtu });
    host.link = { ...host.link, peer: peer.link.index };
    peer.link = { ...peer.link, peer: host.link.index };
    host.peer = { objects: there, index: peer.link.index };
    peer.peer = { objects: here, index: host.link.index };
  }

  links(): Link[] {
    return [...this.#objects().links.values()].map(({ link }) => link);
  }

  addresses(): Address[] {
    return [...this.#objects().addresses];
  }

  routes(filter: RouteFilter = {}): Route[] {
    return this.#objects().routes.filter(
      ({ protocol }) => filter.protocol === undefined || protocol === filter.protocol,
    );
  }

  neighbours(): Neighbour[] {
    return [...this.#objects().neighbours];
  }

  fdb(): FdbEntry[] {
    return [...this.#objects().fdb];
  }

  nexthops(): Nexthop[] {
    return [...this.#objects().nexthops];
  }

  transmit(frames: readonly OutgoingFrame[]): void {
    this.#kernel.veto?.("socket.send", "frames");
    this.#kernel.transmitted.push(...frames);
  }

  getSysctl(path: string): string {
    return this.#objects().sysctls.get(path) ?? "default";
  }

  setSysctl(path: string, value: string): void {
    this.#kernel.writes += 1;
    this.#kernel.veto?.("sysctl.set", path);
    this.#objects().sysctls.set(path, value);
  }

  monitor(onEvent: (event: MonitorEvent) => void): { close(): void } {
    const { listeners, events } = this.#namespace;
    // An event from before the monitor is not for it.
    events.length = 0;
    listeners.add(onEvent);
    return { close: () => listeners.delete(onEvent) };
  }

  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#namespace.handles -= 1;
      this.#kernel.endIfUnheld(this.#namespace);
    }
  }

  #objects(): NamespaceObjects {
    if (!this.#isOpen) {
      throw new Error("the namespace is closed");
    }
    return this.#namespace.objects;
  }

  #change(request: RouteRequest): void {
    this.#kernel.writes += 1;
    this.#kernel.veto?.(request.kind, "destination" in request ? String(request.destination) : "");
    this.#objects().apply(request);
  }

  #try(work: () => void): NetlinkError | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      if (error instanceof NetlinkError) {
        return error;
      }
      throw error;
    }
  }
}
