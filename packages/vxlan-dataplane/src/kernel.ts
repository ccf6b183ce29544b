/**
 * What this package needs of a kernel: network namespaces, and in each of them the objects of
 * rtnetlink. The Linux kernel is one implementation (linux-kernel.ts); the tests have another one in
 * memory.
 *
 * Everything is synchronous and throws NetlinkError when the kernel refuses.
 */
import type { MacAddress } from "@selvedge/net";
import type {
  Address,
  BatchOutcome,
  FdbEntry,
  Link,
  MonitorEvent,
  Neighbour,
  Nexthop,
  NftablesSocket,
  NftEvent,
  Route,
  RouteFilter,
  RouteProgram,
  RouteProgramOptions,
  RouteRequest,
} from "@selvedge/netlink";
import type { VxlanDevice } from "./device-plan.ts";

/** A veth pair between a VRF's namespace and a workload's. Both ends are made down. */
export interface VethPair {
  /** Name of the host end. */
  readonly name: string;
  readonly mac: MacAddress;
  /** Name of the workload end. */
  readonly peerName: string;
  readonly peerMac: MacAddress;
  /** Octets, of both ends. */
  readonly mtu: number;
}

/** A frame, its Ethernet header in front, and the index of the device that it leaves by. */
export interface OutgoingFrame {
  readonly link: number;
  readonly frame: Uint8Array;
}

/** Many routes of one kind, programmed without an object for each. */
export type RouteWriter = Pick<RouteProgram, "replace" | "remove" | "finish">;

/** The packet filters of a namespace; their elements, rules and tables as in `NftablesSocket`. */
export type PacketFilter = Pick<
  NftablesSocket,
  "execute" | "generation" | "tables" | "chains" | "rules" | "sets" | "elements"
>;

/** A namespace whose packets can be filtered. */
export interface FilteringNamespace {
  readonly filter: PacketFilter;
  /** Reports changes of packet filters, whoever makes them, until closed. */
  monitorFilter(onEvent: (event: NftEvent) => void): { close(): void };
}

/** An open network namespace. */
export interface KernelNamespace extends FilteringNamespace {
  /** Equal for two objects of the same namespace, different after it was deleted and made again. */
  readonly id: string;
  execute(requests: readonly RouteRequest[]): BatchOutcome;
  routeWriter(options: RouteProgramOptions): RouteWriter;
  /** Creates the device in here with its UDP socket in the underlay's namespace. */
  createVxlan(device: VxlanDevice): void;
  /** Creates the pair with its host end in here and its workload end in `workload`. */
  createVeth(pair: VethPair, workload: KernelNamespace): void;
  links(): Link[];
  addresses(): Address[];
  routes(filter?: RouteFilter): Route[];
  neighbours(): Neighbour[];
  fdb(): FdbEntry[];
  nexthops(): Nexthop[];
  /** Puts frames on the wires of devices. */
  transmit(frames: readonly OutgoingFrame[]): void;
  getSysctl(path: string): string;
  setSysctl(path: string, value: string): void;
  /** Reports changes of kernel state, whoever makes them, until closed. */
  monitor(onEvent: (event: MonitorEvent) => void): { close(): void };
  close(): void;
}

/** The namespaces of a host. */
export interface Kernel {
  /** Where VXLAN packets go. */
  readonly underlay: FilteringNamespace;
  /** Names in /run/netns. */
  list(): string[];
  /** By name, or by path when it contains a slash. */
  open(pathOrName: string): KernelNamespace;
  /** Its `lo` has the alias from the first moment on, so that it can be told whose it is. */
  create(name: string, loopbackAlias: string): KernelNamespace;
  /** Deletes a name; the namespace ends when nothing holds it any more. */
  delete(name: string): void;
  /** Identity of the namespace that has the name now. */
  identify(name: string): string | undefined;
  /** Reports names that appear in or vanish from /run/netns, until closed. */
  watch(onChange: (name: string) => void): { close(): void };
  /** Lets go of the kernel, not of namespaces that are open. */
  close(): void;
}
