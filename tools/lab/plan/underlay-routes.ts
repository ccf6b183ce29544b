/**
 * Static routes of the underlay: from every node to every subnet along the fewest links, through
 * routers only. A fabric would have BGP or OSPF here; what runs on top cannot tell.
 */
import type { IpAddress, IpPrefix } from "@selvedge/net";
import type { Topology } from "./topology.ts";

/** One end of a link, as its node sees it. */
export interface UnderlayInterface {
  readonly name: string;
  readonly address: IpAddress;
  /** Bits. */
  readonly length: number;
  readonly subnet: IpPrefix;
  readonly peer: string;
  readonly peerAddress: IpAddress;
}

export interface UnderlayRoute {
  readonly destination: IpPrefix;
  readonly gateway: IpAddress;
  readonly interfaceName: string;
}

/** The interfaces of every node, named eth1, eth2, ... in the order of the links. */
export function underlayInterfaces(topology: Topology): Map<string, UnderlayInterface[]> {
  const interfaces = new Map<string, UnderlayInterface[]>(
    Object.keys(topology.nodes).map((name) => [name, []]),
  );
  for (const link of topology.links) {
    const [one, other] = Object.entries(link);
    if (one === undefined || other === undefined) continue;
    for (const [[node, end], [peer, peerEnd]] of [
      [one, other],
      [other, one],
    ] as const) {
      const known = interfaces.get(node) ?? [];
      const name = `eth${known.length + 1}`;
      const { address, length, subnet } = end;
      known.push({ name, address, length, subnet, peer, peerAddress: peerEnd.address });
      interfaces.set(node, known);
    }
  }
  return interfaces;
}

/** The routes that `node` needs to reach every subnet that it is not in. */
export function underlayRoutes(
  node: string,
  topology: Topology,
  interfaces: ReadonlyMap<string, readonly UnderlayInterface[]>,
): UnderlayRoute[] {
  const own = interfaces.get(node) ?? [];
  const known = new Set(own.map((end) => end.subnet));
  const routes: UnderlayRoute[] = [];
  const visited = new Set([node]);
  /** Nodes to look at next, nearest first, with the own interface that leads there. */
  const queue = own.map((via) => ({ at: via.peer, via }));
  for (const { at, via } of queue) {
    if (visited.has(at) || topology.nodes[at]?.kind !== "router") continue;
    visited.add(at);
    for (const end of interfaces.get(at) ?? []) {
      if (!known.has(end.subnet)) {
        known.add(end.subnet);
        const { peerAddress: gateway, name: interfaceName } = via;
        routes.push({ destination: end.subnet, gateway, interfaceName });
      }
      queue.push({ at: end.peer, via });
    }
  }
  return routes;
}
