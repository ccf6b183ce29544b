/**
 * From the declared resources to what one host has to do: its sessions, its VRFs and its endpoints. It
 * follows changes; a change costs what it touches, not what is declared. It does no I/O and decides
 * nothing about the kernel or BGP beyond the rows of its tables.
 */
import type { IpAddress } from "@selvedge/net";
import {
  type Endpoint,
  type Host,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  resourceKey,
  type Subnet,
  type Vrf,
} from "@selvedge/resources";
import { type EndpointIntent, endpointIntent } from "./endpoint-intent.ts";
import { type NeighborIntent, neighborIntents } from "./neighbor-intent.ts";
import { IntentTable, type RowChange } from "./table.ts";
import { type VrfIntent, vrfIntent } from "./vrf-intent.ts";

/** A change of what is declared. */
export type ResourceChange =
  | { readonly kind: "put"; readonly resource: Resource }
  | { readonly kind: "delete"; readonly key: ResourceKey };

/** What changes of resources change for this host. */
export interface IntentChanges {
  readonly neighbors: readonly RowChange<NeighborIntent>[];
  readonly vrfs: readonly RowChange<VrfIntent>[];
  readonly endpoints: readonly RowChange<EndpointIntent>[];
  /** VTEPs of the other hosts by the name of their Host. */
  readonly vteps: readonly RowChange<IpAddress>[];
}

/** Whose intent it is. */
export interface HostIntentOptions {
  /** Name of this host's Host resource. */
  readonly host: string;
  /** First part of the name of each VRF's network namespace. */
  readonly namespacePrefix: string;
}

/** What one host has to do, kept up to date change by change. */
export class HostIntent {
  readonly neighbors: IntentTable<NeighborIntent> = new IntentTable();
  readonly vrfs: IntentTable<VrfIntent> = new IntentTable();
  readonly endpoints: IntentTable<EndpointIntent> = new IntentTable();
  readonly vteps: IntentTable<IpAddress> = new IntentTable();

  readonly #options: HostIntentOptions;
  readonly #hosts = new Map<string, Host>();
  readonly #vrfs = new Map<string, Vrf>();
  readonly #subnets = new Map<string, Subnet>();
  /** Endpoints of this host only. */
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #subnetsOfVrf = new Map<string, Set<string>>();
  readonly #endpointsOfSubnet = new Map<string, Set<string>>();

  constructor(options: HostIntentOptions) {
    this.#options = options;
  }

  /** This host's own resource; until it is declared there is nothing to do. */
  get self(): Host | undefined {
    return this.#hosts.get(this.#options.host);
  }

  /** Whether an endpoint (`tenant/endpoint`) is declared for this host, whatever else it lacks. */
  declaresEndpoint(name: string): boolean {
    return this.#endpoints.has(name);
  }

  /** Takes changes in any order and returns what they change for this host. */
  follow(changes: readonly ResourceChange[]): IntentChanges {
    const touched: Touched = { hosts: false, self: false, vrfs: new Set(), endpoints: new Set() };
    for (const change of changes) {
      if (change.kind === "put") {
        this.#followResource(resourceKey(change.resource), change.resource, touched);
      } else {
        this.#followResource(change.key, undefined, touched);
      }
    }
    this.#recompute(touched);
    return {
      neighbors: this.neighbors.takeChanges(),
      vrfs: this.vrfs.takeChanges(),
      endpoints: this.endpoints.takeChanges(),
      vteps: this.vteps.takeChanges(),
    };
  }

  #followResource(key: ResourceKey, resource: Resource | undefined, touched: Touched): void {
    const parts = parseResourceKey(key);
    if (parts === undefined) return;
    const qualified = `${parts.namespace}/${parts.name}`;
    switch (parts.kind) {
      case "Tenant":
        break;
      case "Host":
        this.#followHost(parts.name, asKind(resource, "Host"), touched);
        break;
      case "Vrf":
        store(this.#vrfs, qualified, asKind(resource, "Vrf"));
        touched.vrfs.add(qualified);
        break;
      case "Subnet":
        this.#followSubnet(qualified, asKind(resource, "Subnet"), touched);
        break;
      case "Endpoint":
        this.#followEndpoint(qualified, asKind(resource, "Endpoint"), touched);
        break;
      default:
        parts.kind satisfies never;
    }
  }

  #followHost(name: string, host: Host | undefined, touched: Touched): void {
    store(this.#hosts, name, host);
    touched.hosts = true;
    if (name === this.#options.host) touched.self = true;
    else this.vteps.replace(name, host?.spec.vtep);
  }

  #followSubnet(key: string, subnet: Subnet | undefined, touched: Touched): void {
    const before = this.#subnets.get(key);
    if (before !== undefined) {
      const vrf = vrfOfSubnet(before);
      removeFrom(this.#subnetsOfVrf, vrf, key);
      touched.vrfs.add(vrf);
    }
    store(this.#subnets, key, subnet);
    if (subnet !== undefined) {
      const vrf = vrfOfSubnet(subnet);
      addTo(this.#subnetsOfVrf, vrf, key);
      touched.vrfs.add(vrf);
    }
    for (const endpoint of this.#endpointsOfSubnet.get(key) ?? []) touched.endpoints.add(endpoint);
  }

  #followEndpoint(key: string, endpoint: Endpoint | undefined, touched: Touched): void {
    const local = endpoint?.spec.host === this.#options.host ? endpoint : undefined;
    const before = this.#endpoints.get(key);
    if (before !== undefined) this.#unlinkEndpoint(key, before, touched);
    store(this.#endpoints, key, local);
    if (local !== undefined) {
      const subnet = subnetOfEndpoint(local);
      addTo(this.#endpointsOfSubnet, subnet, key);
      this.#touchVrfOfSubnet(subnet, touched);
    }
    touched.endpoints.add(key);
  }

  #unlinkEndpoint(key: string, endpoint: Endpoint, touched: Touched): void {
    const subnet = subnetOfEndpoint(endpoint);
    removeFrom(this.#endpointsOfSubnet, subnet, key);
    this.#touchVrfOfSubnet(subnet, touched);
  }

  #touchVrfOfSubnet(key: string, touched: Touched): void {
    const subnet = this.#subnets.get(key);
    if (subnet !== undefined) touched.vrfs.add(vrfOfSubnet(subnet));
  }

  #recompute(touched: Touched): void {
    if (touched.hosts) this.#recomputeNeighbors();
    // Those that have just gone are in the second of the two sets only.
    const vrfs = touched.self ? new Set([...this.#vrfs.keys(), ...touched.vrfs]) : touched.vrfs;
    for (const key of vrfs) this.vrfs.replace(key, this.#vrfIntent(key));
    const endpoints = touched.self
      ? new Set([...this.#endpoints.keys(), ...touched.endpoints])
      : touched.endpoints;
    for (const key of endpoints) this.endpoints.replace(key, this.#endpointIntent(key));
  }

  #recomputeNeighbors(): void {
    const wanted = neighborIntents(this.#options.host, this.#hosts.values());
    for (const address of [...this.neighbors.keys()]) {
      if (!wanted.has(address)) this.neighbors.replace(address, undefined);
    }
    for (const [address, neighbor] of wanted) this.neighbors.replace(address, neighbor);
  }

  #vrfIntent(key: string): VrfIntent | undefined {
    const { self } = this;
    const vrf = this.#vrfs.get(key);
    if (self === undefined || vrf === undefined) return undefined;
    const subnets: Subnet[] = [];
    const subnetsInUse: Subnet[] = [];
    for (const name of this.#subnetsOfVrf.get(key) ?? []) {
      const subnet = this.#subnets.get(name);
      if (subnet === undefined) continue;
      subnets.push(subnet);
      if (this.#endpointsOfSubnet.has(name)) subnetsInUse.push(subnet);
    }
    if (subnetsInUse.length === 0) return undefined;
    const { namespacePrefix } = this.#options;
    return vrfIntent({ self, vrf, subnets, subnetsInUse, namespacePrefix });
  }

  #endpointIntent(key: string): EndpointIntent | undefined {
    const endpoint = this.#endpoints.get(key);
    if (endpoint === undefined || this.self === undefined) return undefined;
    const subnet = this.#subnets.get(subnetOfEndpoint(endpoint));
    return subnet === undefined ? undefined : endpointIntent(endpoint, subnet);
  }
}

/** What a batch of changes makes stale. */
interface Touched {
  hosts: boolean;
  self: boolean;
  readonly vrfs: Set<string>;
  readonly endpoints: Set<string>;
}

function asKind<Kind extends Resource["kind"]>(
  resource: Resource | undefined,
  kind: Kind,
): Extract<Resource, { kind: Kind }> | undefined {
  const isOfKind = (candidate: Resource): candidate is Extract<Resource, { kind: Kind }> =>
    candidate.kind === kind;
  return resource !== undefined && isOfKind(resource) ? resource : undefined;
}

function vrfOfSubnet(subnet: Subnet): string {
  return `${subnet.metadata.namespace}/${subnet.spec.vrf}`;
}

function subnetOfEndpoint(endpoint: Endpoint): string {
  return `${endpoint.metadata.namespace}/${endpoint.spec.subnet}`;
}

function store<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function addTo(index: Map<string, Set<string>>, key: string, member: string): void {
  const members = index.get(key);
  if (members === undefined) index.set(key, new Set([member]));
  else members.add(member);
}

function removeFrom(index: Map<string, Set<string>>, key: string, member: string): void {
  const members = index.get(key);
  if (members === undefined) return;
  members.delete(member);
  if (members.size === 0) index.delete(key);
}
