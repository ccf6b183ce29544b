/**
 * The underlay of a lab and the empty namespaces of its workloads: network namespaces, veth pairs,
 * addresses, static routes. Built through netlink; everything is in the journal before it exists.
 */
import { NetlinkError, NetworkNamespace, type RouteRequest, RouteSocket } from "@selvedge/netlink";
import { LabError } from "../lab-error.ts";
import { type LabPlan, namespacesOf, type PlannedNode } from "../plan/lab-plan.ts";
import type { Journal } from "../state/journal.ts";

/** The namespaces of a lab by name, held open while the lab runs. */
export class Fabric implements Disposable {
  readonly #namespaces: ReadonlyMap<string, NetworkNamespace>;

  private constructor(namespaces: ReadonlyMap<string, NetworkNamespace>) {
    this.#namespaces = namespaces;
  }

  /** @throws LabError when somebody else has one of the names; nothing was made then. */
  static create(plan: LabPlan, journal: Journal): Fabric {
    refuseTakenNames(plan);
    const namespaces = new Map<string, NetworkNamespace>();
    for (const name of namespacesOf(plan)) namespaces.set(name, createNamespace(name, journal));
    for (const namespace of namespaces.values()) setLoopbackUp(namespace);
    return new Fabric(namespaces);
  }

  namespace(name: string): NetworkNamespace {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) throw new Error(`the lab has no namespace ${name}`);
    return namespace;
  }

  /** Makes the links of the nodes, with their addresses and routes; returns how many links. */
  connect(plan: LabPlan): number {
    const made = new Set<string>();
    for (const node of plan.nodes) {
      for (const end of node.interfaces) {
        const peer = plan.nodes.find(({ name }) => name === end.peer);
        const peerEnd = peer?.interfaces.find(({ address }) => address === end.peerAddress);
        if (peer === undefined || peerEnd === undefined || made.has(end.subnet)) continue;
        made.add(end.subnet);
        using socket = RouteSocket.open(this.namespace(node.namespace));
        socket.executeOne({
          kind: "link.create",
          name: end.name,
          link: {
            kind: "veth",
            peerName: peerEnd.name,
            peerNamespace: this.namespace(peer.namespace),
          },
        });
      }
    }
    for (const node of plan.nodes) this.#configure(node);
    return made.size;
  }

  #configure(node: PlannedNode): void {
    const namespace = this.namespace(node.namespace);
    const forwards = node.kind === "router" || node.kind === "management";
    if (forwards) {
      namespace.setSysctl("net/ipv4/ip_forward", "1");
      namespace.setSysctl("net/ipv6/conf/all/forwarding", "1");
    }
    using socket = RouteSocket.open(namespace);
    const links = socket.links();
    const indexOf = (name: string): number => {
      const link = links.find((candidate) => candidate.name === name);
      if (link === undefined) throw new Error(`${name} vanished from ${node.namespace}`);
      return link.index;
    };
    const ends = node.interfaces.map((end) => ({ ...end, index: indexOf(end.name) }));
    const requests: RouteRequest[] = [
      ...ends.map(({ index }) => ({ kind: "link.set", index, up: true }) as const),
      ...ends.map(
        ({ index, address, length }) =>
          ({ kind: "address.replace", link: index, address, length, noDad: true }) as const,
      ),
    ];
    for (const request of requests) socket.executeOne(request);
    for (const { destination, gateway, interfaceName } of node.routes) {
      socket.executeOne({
        kind: "route.replace",
        destination,
        via: { kind: "gateway", address: gateway, link: indexOf(interfaceName), onlink: false },
      });
    }
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#namespaces.values()) namespace.close();
  }
}

function createNamespace(name: string, journal: Journal): NetworkNamespace {
  journal.append({ kind: "namespace", name });
  try {
    const namespace = NetworkNamespace.create(name);
    journal.append({ kind: "namespace-made", name, id: namespace.id });
    return namespace;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === "EEXIST") {
      journal.append({ kind: "namespace-refused", name });
    }
    throw error;
  }
}

function setLoopbackUp(namespace: NetworkNamespace): void {
  using socket = RouteSocket.open(namespace);
  socket.executeOne({ kind: "link.set", name: "lo", up: true });
}

/** Looks at all names before the first is made, so that a refusal leaves nothing half built. */
function refuseTakenNames(plan: LabPlan): void {
  const names = new Set(namespacesOf(plan));
  const prefixes = plan.agents.map((agent) => `${agent.namespacePrefix}.`);
  const taken = NetworkNamespace.list().filter(
    (name) => names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  if (taken.length === 0) return;
  throw new LabError(
    `these network namespaces exist already, and no lab made them: ${taken.join(", ")}.\n` +
      "Give the lab another name (--name NAME), or remove them: " +
      taken.map((name) => `ip netns delete ${name}`).join("; "),
  );
}
