/**
 * The Linux kernel, through @selvedge/netlink.
 *
 * Does not: decide anything.
 */
import { mkdirSync, watch } from "node:fs";
import {
  type Address,
  type BatchOutcome,
  type FdbEntry,
  type Link,
  type MonitorEvent,
  type MonitorGroup,
  type Neighbour,
  NetlinkError,
  NetworkNamespace,
  type Nexthop,
  NftablesMonitor,
  NftablesSocket,
  type NftEvent,
  type Route,
  type RouteFilter,
  RouteMonitor,
  type RouteProgramOptions,
  type RouteRequest,
  RouteSocket,
} from "@selvedge/netlink";
import type { VxlanDevice } from "./device-plan.ts";
import type {
  FilteringNamespace,
  Kernel,
  KernelNamespace,
  OutgoingFrame,
  PacketFilter,
  RouteWriter,
  VethPair,
} from "./kernel.ts";
import { transmitFrames } from "./packet-socket.ts";
import { LOOPBACK_INDEX } from "./vrf-objects.ts";

const DIRECTORY = "/run/netns";

const MONITOR_GROUPS: readonly MonitorGroup[] = [
  "link",
  "address",
  "route",
  "neighbour",
  "nexthop",
];

/** The kernel of this host; VXLAN devices get their UDP sockets in `underlay`. */
export class LinuxKernel implements Kernel {
  readonly underlay: FilteringNamespace;
  readonly #underlay: RouteSocket;
  readonly #filters: LinuxFilters;

  /** Without `underlay` that is the namespace of the process. */
  constructor(underlay: NetworkNamespace | undefined) {
    this.#underlay = RouteSocket.open(underlay);
    this.#filters = new LinuxFilters(underlay);
    this.underlay = this.#filters;
  }

  list(): string[] {
    return NetworkNamespace.list();
  }

  open(pathOrName: string): KernelNamespace {
    return new LinuxNamespace(NetworkNamespace.open(pathOrName), this.#underlay);
  }

  create(name: string, loopbackAlias: string): KernelNamespace {
    const created = NetworkNamespace.create(name, () => {
      using socket = RouteSocket.open();
      socket.executeOne({ kind: "link.set", index: LOOPBACK_INDEX, alias: loopbackAlias });
    });
    return new LinuxNamespace(created, this.#underlay);
  }

  delete(name: string): void {
    NetworkNamespace.delete(name);
  }

  identify(name: string): string | undefined {
    try {
      using namespace = NetworkNamespace.open(name);
      return namespace.id;
    } catch (error) {
      if (error instanceof NetlinkError) {
        return undefined;
      }
      throw error;
    }
  }

  watch(onChange: (name: string) => void): { close(): void } {
    mkdirSync(DIRECTORY, { recursive: true });
    const watcher = watch(DIRECTORY, { persistent: false }, (_event, name) => {
      if (name !== null) {
        onChange(name);
      }
    });
    return watcher;
  }

  close(): void {
    this.#underlay.close();
    this.#filters.close();
  }
}

/** The packet filters of a namespace, by default that of the process. Its socket is opened by the first use. */
class LinuxFilters implements FilteringNamespace {
  readonly #namespace: NetworkNamespace | undefined;
  #socket: NftablesSocket | undefined;

  constructor(namespace: NetworkNamespace | undefined) {
    this.#namespace = namespace;
  }

  get filter(): PacketFilter {
    this.#socket ??= NftablesSocket.open(this.#namespace);
    return this.#socket;
  }

  monitorFilter(onEvent: (event: NftEvent) => void): { close(): void } {
    return NftablesMonitor.open(this.#namespace, onEvent);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** A namespace with the sockets that were opened in it. All are held until it is closed. */
class LinuxNamespace implements KernelNamespace {
  readonly id: string;
  readonly #namespace: NetworkNamespace;
  readonly #underlay: RouteSocket;
  readonly #socket: RouteSocket;
  readonly #filters: LinuxFilters;

  constructor(namespace: NetworkNamespace, underlay: RouteSocket) {
    this.id = namespace.id;
    this.#namespace = namespace;
    this.#underlay = underlay;
    this.#filters = new LinuxFilters(namespace);
    try {
      this.#socket = RouteSocket.open(namespace);
    } catch (error) {
      namespace.close();
      throw error;
    }
  }

  get filter(): PacketFilter {
    return this.#filters.filter;
  }

  monitorFilter(onEvent: (event: NftEvent) => void): { close(): void } {
    return this.#filters.monitorFilter(onEvent);
  }

  execute(requests: readonly RouteRequest[]): BatchOutcome {
    return this.#socket.execute(requests);
  }

  routeWriter(options: RouteProgramOptions): RouteWriter {
    return this.#socket.routeProgram(options);
  }

  createVxlan({ name, mac, mtu, vni, local, port, ttl }: VxlanDevice): void {
    this.#underlay.executeOne({
      kind: "link.create",
      name,
      link: { kind: "vxlan", vni, local, port, learning: false, ttl, udpChecksum: true },
      mac,
      mtu,
      namespace: this.#namespace,
    });
  }

  createVeth({ name, mac, peerName, peerMac, mtu }: VethPair, workload: KernelNamespace): void {
    if (!(workload instanceof LinuxNamespace)) {
      throw new TypeError("both ends of a veth pair are in namespaces of the same kernel");
    }
    this.#socket.executeOne({
      kind: "link.create",
      name,
      link: { kind: "veth", peerName, peerNamespace: workload.#namespace, peerMac },
      mac,
      mtu,
    });
  }

  links(): Link[] {
    return this.#socket.links();
  }

  addresses(): Address[] {
    return this.#socket.addresses();
  }

  routes(filter?: RouteFilter): Route[] {
    return this.#socket.routes(filter);
  }

  neighbours(): Neighbour[] {
    return this.#socket.neighbours();
  }

  fdb(): FdbEntry[] {
    return this.#socket.fdb();
  }

  nexthops(): Nexthop[] {
    return this.#socket.nexthops();
  }

  transmit(frames: readonly OutgoingFrame[]): void {
    transmitFrames(this.#namespace, frames);
  }

  getSysctl(path: string): string {
    return this.#namespace.getSysctl(path);
  }

  setSysctl(path: string, value: string): void {
    this.#namespace.setSysctl(path, value);
  }

  monitor(onEvent: (event: MonitorEvent) => void): { close(): void } {
    return RouteMonitor.open(this.#namespace, MONITOR_GROUPS, onEvent);
  }

  close(): void {
    this.#socket.close();
    this.#filters.close();
    this.#namespace.close();
  }
}
