/** What a topology must satisfy beyond its shape: names that exist, subnets that fit. */
import { compareIp, type IpAddress, type IpPrefix, prefixesOverlap } from "@selvedge/net";
import type { Topology } from "./topology.ts";
import type { Issue } from "./yaml-source.ts";

/** Everything wrong with the nodes and links of a topology. */
export function checkTopology(topology: Topology): Issue[] {
  return [...checkLinks(topology), ...checkNodes(topology), ...checkWorkloadNames(topology)];
}

function* checkLinks(topology: Topology): Iterable<Issue> {
  const users = new Map<IpAddress, string>();
  const subnets: { readonly subnet: IpPrefix; readonly index: number }[] = [];
  for (const [index, link] of topology.links.entries()) {
    for (const [node, end] of Object.entries(link)) {
      const path = ["links", index, node];
      if (!Object.hasOwn(topology.nodes, node)) {
        yield { path, message: `there is no node ${node}` };
      }
      const user = users.get(end.address);
      if (user !== undefined) yield { path, message: `${end.address} is already used by ${user}` };
      users.set(end.address, node);
    }
    const [one, other] = Object.values(link);
    if (one === undefined || other === undefined) continue;
    const path = ["links", index];
    if (one.subnet !== other.subnet) {
      yield {
        path,
        message: `the ends are in different subnets, ${one.subnet} and ${other.subnet}`,
      };
      continue;
    }
    const overlapping = subnets.find(({ subnet }) => prefixesOverlap(subnet, one.subnet));
    if (overlapping !== undefined) {
      const message = `${one.subnet} overlaps with ${overlapping.subnet} of links[${overlapping.index}]`;
      yield { path, message };
    }
    subnets.push({ subnet: one.subnet, index });
  }
}

function* checkNodes(topology: Topology): Iterable<Issue> {
  for (const name of Object.keys(topology.nodes)) {
    if (!topology.links.some((link) => Object.hasOwn(link, name))) {
      yield { path: ["nodes", name], message: "no link leads to this node" };
    }
  }
}

/** Nodes and workloads share one set of namespace names. */
function* checkWorkloadNames(topology: Topology): Iterable<Issue> {
  const users = new Map(Object.keys(topology.nodes).map((name) => [name, `node ${name}`]));
  const endpoints = new Set<string>();
  for (const [index, workload] of topology.workloads.entries()) {
    const name = workloadName(workload);
    const path = ["workloads", index];
    const user = users.get(name);
    if (user !== undefined) {
      yield { path, message: `the namespace name ${name} is already that of ${user}` };
    }
    users.set(name, `workload ${workload.endpoint}`);
    if (endpoints.has(workload.endpoint)) {
      yield { path, message: `${workload.endpoint} has a workload already` };
    }
    endpoints.add(workload.endpoint);
  }
}

/** Name of a workload's namespace less the lab's prefix: `red-a` for `red/a` unless it is given. */
export function workloadName(workload: Topology["workloads"][number]): string {
  return workload.namespace ?? workload.endpoint.replace("/", "-");
}

/** Addresses in the order of their numbers, IPv4 first. */
export function sortedAddresses(addresses: Iterable<IpAddress>): IpAddress[] {
  return [...new Set(addresses)].sort(compareIp);
}
