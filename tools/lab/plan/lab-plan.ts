/**
 * Topology and resources put together: every namespace, interface, address, agent and workload of
 * the lab by name. Pure; whatever builds, checks or draws the lab reads this and nothing else.
 */
import type { IpAddress } from "@selvedge/net";
import type { PlannedDatastore } from "./datastore-plan.ts";
import type { DeclaredEndpoint, DeclaredHost, Intent } from "./intent.ts";
import type { Check, Topology } from "./topology.ts";
import { checkTopology, workloadName } from "./topology-rules.ts";
import {
  type UnderlayInterface,
  type UnderlayRoute,
  underlayInterfaces,
  underlayRoutes,
} from "./underlay-routes.ts";
import type { Issue } from "./yaml-source.ts";

export interface PlannedNode {
  readonly name: string;
  readonly namespace: string;
  readonly interfaces: readonly UnderlayInterface[];
  readonly routes: readonly UnderlayRoute[];
  /** A management node joins hosts and datastore members beside the underlay. */
  readonly kind: "router" | "host" | "management" | "datastore";
}

export interface PlannedAgent {
  /** Name of the node and of the Host resource. */
  readonly host: string;
  readonly namespace: string;
  readonly address: IpAddress;
  readonly isReflector: boolean;
  /** The namespaces of its VRFs are named PREFIX.TENANT.VRF. */
  readonly namespacePrefix: string;
  /** How many BGP sessions it is to have: to reflectors, of a reflector to all; else a full mesh. */
  readonly sessions: number;
}

export interface PlannedWorkload {
  /** `tenant/endpoint`. */
  readonly endpoint: string;
  readonly tenant: string;
  readonly vrf: string;
  readonly host: string;
  readonly namespace: string;
  readonly addresses: readonly IpAddress[];
}

export interface LabPlan {
  readonly lab: string;
  readonly nodes: readonly PlannedNode[];
  readonly agents: readonly PlannedAgent[];
  readonly workloads: readonly PlannedWorkload[];
  /** Tenants that have workloads, in the order of their first. */
  readonly tenants: readonly string[];
  readonly checks: readonly Check[];
  readonly datastore: PlannedDatastore;
}

export type PlanOutcome =
  | { readonly kind: "plan"; readonly plan: LabPlan }
  | { readonly kind: "issues"; readonly issues: readonly Issue[] };

/** `lab` is the name to use, which may be another than the topology's. */
export function planLab(lab: string, topology: Topology, intent: Intent): PlanOutcome {
  const interfaces = underlayInterfaces(topology);
  const issues = [
    ...checkTopology(topology),
    ...checkHosts(topology, intent, interfaces),
    ...checkWorkloads(topology, intent),
    ...checkChecks(topology),
  ];
  if (issues.length > 0) return { kind: "issues", issues };

  const namespaceOf = (name: string): string => `${lab}-${name}`;
  const workloads = plannedWorkloads(topology, intent, namespaceOf);
  const plan: LabPlan = {
    lab,
    nodes: Object.entries(topology.nodes).map(([name, { kind }]) => ({
      name,
      kind,
      namespace: namespaceOf(name),
      interfaces: interfaces.get(name) ?? [],
      routes: underlayRoutes(name, topology, interfaces),
    })),
    agents: plannedAgents(topology, intent, namespaceOf),
    workloads,
    tenants: [...new Set(workloads.map((workload) => workload.tenant))],
    checks: topology.checks,
    datastore: { kind: "sqlite" },
  };
  return { kind: "plan", plan };
}

/** Every namespace that the lab makes itself; agents make those of their VRFs. */
export function namespacesOf(plan: LabPlan): string[] {
  return [...plan.nodes, ...plan.workloads].map(({ namespace }) => namespace);
}

/** Name of the namespace in which the workload's host keeps the workload's VRF. */
export function vrfNamespaces(plan: LabPlan, tenant: string): string[] {
  const names = plan.workloads
    .filter((workload) => workload.tenant === tenant)
    .map(({ host, vrf }) => {
      const agent = plan.agents.find((candidate) => candidate.host === host);
      return `${agent?.namespacePrefix}.${tenant}.${vrf}`;
    });
  return [...new Set(names)].sort();
}

function plannedAgents(
  topology: Topology,
  intent: Intent,
  namespaceOf: (name: string) => string,
): PlannedAgent[] {
  const hosts = hostNodes(topology)
    .map((name) => findHost(intent, name))
    .filter((host) => host !== undefined);
  const reflectors = hosts.filter((host) => host.isReflector);
  return hosts.map(({ name, address, isReflector }) => {
    const namespace = namespaceOf(name);
    const isMesh = isReflector || reflectors.length === 0;
    const sessions = isMesh ? hosts.length - 1 : reflectors.length;
    return { host: name, namespace, address, isReflector, namespacePrefix: namespace, sessions };
  });
}

function plannedWorkloads(
  topology: Topology,
  intent: Intent,
  namespaceOf: (name: string) => string,
): PlannedWorkload[] {
  return topology.workloads.flatMap((workload) => {
    const declared = findEndpoint(intent, workload.endpoint);
    if (declared === undefined) return [];
    const { name: endpoint, ...rest } = declared;
    return [{ ...rest, endpoint, namespace: namespaceOf(workloadName(workload)) }];
  });
}

function* checkHosts(
  topology: Topology,
  intent: Intent,
  interfaces: ReadonlyMap<string, readonly UnderlayInterface[]>,
): Iterable<Issue> {
  for (const name of hostNodes(topology)) {
    const path = ["nodes", name];
    const host = findHost(intent, name);
    if (host === undefined) {
      yield { path, message: `the resources have no Host ${name}` };
      continue;
    }
    const ends = interfaces.get(name) ?? [];
    if (ends.length > 0 && !ends.some((end) => end.address === host.address)) {
      const message = `the address of Host ${name}, ${host.address}, is on none of the node's links`;
      yield { path, message };
    }
  }
}

function* checkWorkloads(topology: Topology, intent: Intent): Iterable<Issue> {
  for (const [index, workload] of topology.workloads.entries()) {
    const path = ["workloads", index, "endpoint"];
    const endpoint = findEndpoint(intent, workload.endpoint);
    if (endpoint === undefined) {
      yield { path, message: `the resources have no Endpoint ${workload.endpoint}` };
    } else if (topology.nodes[endpoint.host]?.kind !== "host") {
      const message = `Endpoint ${workload.endpoint} is on host ${endpoint.host}, which is no host of this topology`;
      yield { path, message };
    }
  }
}

function* checkChecks(topology: Topology): Iterable<Issue> {
  const endpoints = topology.workloads.map((workload) => workload.endpoint);
  const tenants = new Set(endpoints.map((endpoint) => endpoint.slice(0, endpoint.indexOf("/"))));
  for (const [index, check] of topology.checks.entries()) {
    const path = ["checks", index];
    switch (check.kind) {
      case "reachable":
        if (!tenants.has(check.tenant)) {
          yield { path: [...path, "tenant"], message: `tenant ${check.tenant} has no workloads` };
        }
        break;
      case "isolated":
        for (const tenant of check.tenants.filter((name) => !tenants.has(name))) {
          yield { path: [...path, "tenants"], message: `tenant ${tenant} has no workloads` };
        }
        break;
      case "survives-agent-death":
        if (topology.nodes[check.host]?.kind !== "host") {
          yield { path: [...path, "host"], message: `${check.host} is no host of this topology` };
        }
        for (const end of ["from", "to"] as const) {
          if (!endpoints.includes(check[end])) {
            yield { path: [...path, end], message: `${check[end]} has no workload` };
          }
        }
        break;
      case "first-reply":
        break;
      default:
        check satisfies never;
    }
  }
}

function hostNodes(topology: Topology): string[] {
  return Object.keys(topology.nodes).filter((name) => topology.nodes[name]?.kind === "host");
}

function findHost(intent: Intent, name: string): DeclaredHost | undefined {
  return intent.hosts.find((host) => host.name === name);
}

function findEndpoint(intent: Intent, name: string): DeclaredEndpoint | undefined {
  return intent.endpoints.find((endpoint) => endpoint.name === name);
}
