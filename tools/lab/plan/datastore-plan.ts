/**
 * Where a lab keeps its resources: in a SQLite file that all agents share, or in etcd members of its own. Members are
 * reached over a management network beside the underlay, as operators have one: it carries no tenant's traffic and no
 * BGP, and cutting it cuts the agents off from the datastore alone. Pure.
 */
import {
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parseIpPrefix,
  prefixContains,
} from "@selvedge/net";
import type { LabPlan, PlannedNode } from "./lab-plan.ts";
import type { UnderlayInterface } from "./underlay-routes.ts";

/** What the user asks for. */
export type DatastoreChoice =
  | { readonly kind: "sqlite" }
  | { readonly kind: "etcd"; readonly members: number };

export interface PlannedMember {
  /** Name of the member and of its node. */
  readonly name: string;
  readonly namespace: string;
  readonly address: IpAddress;
}

export type PlannedDatastore =
  | { readonly kind: "sqlite" }
  | {
      readonly kind: "etcd";
      readonly members: readonly PlannedMember[];
      /** The namespace in the middle of the management network, from which every member is reached. */
      readonly managementNamespace: string;
    };

/** Members that Raft can use: more cost latency and bring nothing in a lab. */
export const MOST_MEMBERS = 7;

/** RFC 2544's range for tests: no topology of tenants or underlays should use it. */
const MANAGEMENT: IpPrefix = parseIpPrefix("198.18.0.0/16");
const MANAGEMENT_NODE = "mgmt";
const INTERFACE = "mgmt";
/** Of the link of each node: 198.18.N.1 is the network's end, 198.18.N.2 the node's. */
const LINK_LENGTH = 30;
/** The third octet. */
const MOST_LINKS = 255;

export type DatastorePlanOutcome =
  | { readonly kind: "plan"; readonly plan: LabPlan }
  | { readonly kind: "refused"; readonly message: string };

/** Adds to a plan what the datastore of the user's choice needs. */
export function planDatastore(plan: LabPlan, choice: DatastoreChoice): DatastorePlanOutcome {
  if (choice.kind === "sqlite") return { kind: "plan", plan };
  const names = Array.from({ length: choice.members }, (_, index) => `etcd${index + 1}`);
  const message = conflictOf(plan, names);
  if (message !== undefined) return { kind: "refused", message };

  const managed = plan.nodes.filter((node) => node.kind === "host");
  const ends = [...managed.map(({ name }) => name), ...names].map(managementLink);
  const members: PlannedMember[] = [];
  const memberNodes: PlannedNode[] = [];
  for (const [index, name] of names.entries()) {
    const end = ends[managed.length + index];
    if (end === undefined) throw new Error(`${name} has no link to the management network`);
    const namespace = `${plan.lab}-${name}`;
    members.push({ name, namespace, address: end.nodeAddress });
    memberNodes.push({
      name,
      namespace,
      kind: "datastore",
      interfaces: [nodeEnd(end)],
      routes: [managementRoute(end)],
    });
  }
  const managementNamespace = `${plan.lab}-${MANAGEMENT_NODE}`;
  const center: PlannedNode = {
    name: MANAGEMENT_NODE,
    namespace: managementNamespace,
    kind: "management",
    interfaces: ends.map(networkEnd),
    routes: [],
  };
  const hosts = plan.nodes.map((node) => {
    const end = ends.find((candidate) => candidate.node === node.name);
    if (end === undefined) return node;
    return {
      ...node,
      interfaces: [...node.interfaces, nodeEnd(end)],
      routes: [...node.routes, managementRoute(end)],
    };
  });
  return {
    kind: "plan",
    plan: {
      ...plan,
      nodes: [...hosts, center, ...memberNodes],
      datastore: { kind: "etcd", members, managementNamespace },
    },
  };
}

function conflictOf(plan: LabPlan, members: readonly string[]): string | undefined {
  const taken = plan.nodes.find(({ name }) => name === MANAGEMENT_NODE || members.includes(name));
  if (taken !== undefined) {
    return `a lab on etcd has a node ${taken.name} of its own; give the topology's another name`;
  }
  const overlapping = plan.nodes
    .flatMap(({ interfaces }) => interfaces)
    .find(({ address }) => prefixContains(MANAGEMENT, address));
  if (overlapping !== undefined) {
    return `a lab on etcd uses ${MANAGEMENT} for its management network, which holds ${overlapping.address} of the topology; use other addresses`;
  }
  const links = members.length + plan.nodes.filter(({ kind }) => kind === "host").length;
  return links > MOST_LINKS
    ? `a lab on etcd has at most ${MOST_LINKS} hosts and members, not ${links}`
    : undefined;
}

interface ManagementLink {
  readonly node: string;
  /** Name of the interface at the network's end. */
  readonly port: string;
  readonly nodeAddress: IpAddress;
  readonly networkAddress: IpAddress;
  readonly subnet: IpPrefix;
}

function managementLink(node: string, index: number): ManagementLink {
  const base = `198.18.${index + 1}`;
  return {
    node,
    port: `port${index + 1}`,
    nodeAddress: parseIpAddress(`${base}.2`),
    networkAddress: parseIpAddress(`${base}.1`),
    subnet: parseIpPrefix(`${base}.0/${LINK_LENGTH}`),
  };
}

function nodeEnd({ subnet, nodeAddress, networkAddress }: ManagementLink): UnderlayInterface {
  return {
    name: INTERFACE,
    address: nodeAddress,
    length: LINK_LENGTH,
    subnet,
    peer: MANAGEMENT_NODE,
    peerAddress: networkAddress,
  };
}

function networkEnd(link: ManagementLink): UnderlayInterface {
  const { node, port, subnet, nodeAddress, networkAddress } = link;
  return {
    name: port,
    address: networkAddress,
    length: LINK_LENGTH,
    subnet,
    peer: node,
    peerAddress: nodeAddress,
  };
}

function managementRoute({ networkAddress }: ManagementLink): PlannedNode["routes"][number] {
  return { destination: MANAGEMENT, gateway: networkAddress, interfaceName: INTERFACE };
}
