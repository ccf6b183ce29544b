import type {
  AgentOperations,
  AttachRequest,
  BgpClearRequest,
  EndpointStatusDocument,
  EvpnPageRange,
  EvpnRoutePage,
  EvpnRouteQuery,
} from "../src/index.ts";

const endpoint: EndpointStatusDocument = {
  name: "red/web-1",
  vrf: "red/main",
  subnet: "red/web",
  addresses: ["10.1.0.11", "2001:db8:1::11"],
  mac: "02:00:00:00:00:11",
  state: "Attached",
  hostInterface: "c0123456789",
  workloadNamespace: "w1",
  workloadInterface: "eth0",
};

/** A page of routes, each with one path, given as `rd prefix`. */
export function page(routes: readonly string[], next?: number): EvpnRoutePage {
  return {
    bgpTableVersion: 7,
    bgpLocalRouterId: "10.0.1.1",
    localAS: 65000,
    routes: routes.map((text) => {
      const [rd = "", prefix = ""] = text.split(" ");
      return { rd, prefix, routeType: 5, paths: [PATH] };
    }),
    ...(next === undefined ? {} : { next }),
  };
}

const PATH: EvpnRoutePage["routes"][number]["paths"][number] = {
  valid: true,
  bestpath: true,
  multipath: false,
  stale: false,
  pathFrom: "internal",
  peerId: "10.0.9.1",
  nexthop: "10.0.2.1",
  path: "",
  origin: "IGP",
  extendedCommunity: "RT:65000:5001",
};

/** Answers with fixed documents and keeps what it was asked. */
export class FakeAgent implements AgentOperations {
  readonly queries: (EvpnRouteQuery & EvpnPageRange)[] = [];
  /** What it was asked about neighbours. */
  readonly asked: string[] = [];
  /** The table, in pages: the first begins at 1, the second at 2. */
  pages: EvpnRoutePage[] = [];
  readonly attached: AttachRequest[] = [];
  readonly attachedAhead: AttachRequest[] = [];
  readonly detached: string[] = [];
  readonly cleared: BgpClearRequest[] = [];

  status: AgentOperations["status"] = () => ({
    host: "h1",
    version: "0.1.0",
    pid: 1,
    ready: true,
    parts: [{ part: "bgp", ready: true, message: "1 of 1 sessions established" }],
  });

  bgpSummary: AgentOperations["bgpSummary"] = () => ({
    l2VpnEvpn: {
      routerId: "10.0.1.1",
      as: 65000,
      tableVersion: 0,
      ribCount: 0,
      ribMemory: 0,
      peerCount: 0,
      peers: {},
    },
  });

  bgpMemberships: AgentOperations["bgpMemberships"] = () => ({
    memberships: [
      {
        routeTarget: "65000:5001",
        prefixLength: 96,
        originAs: 65000,
        wantedBy: [{ neighbor: "local", best: true, stale: false }],
      },
    ],
  });

  bgpNeighbors: AgentOperations["bgpNeighbors"] = (address) => {
    this.asked.push(address ?? "all");
    return { neighbors: {} };
  };

  clearBgp: AgentOperations["clearBgp"] = (request) => {
    this.cleared.push(request);
    return { neighbors: [{ kind: "cleared", address: request.neighbor }] };
  };

  evpnRoutes: AgentOperations["evpnRoutes"] = (query, range) => {
    this.queries.push({ ...query, ...range });
    return this.pages[(range.from ?? 1) - 1] ?? page([]);
  };

  neighborRoutes: AgentOperations["neighborRoutes"] = (address, direction, query, range) => {
    this.asked.push(`${direction} ${address}`);
    return this.evpnRoutes(query, range);
  };

  vrfs: AgentOperations["vrfs"] = () => ({ vrfs: [] });

  vteps: AgentOperations["vteps"] = () => ({ vteps: [] });

  macs: AgentOperations["macs"] = () => ({ macs: [] });

  endpoints: AgentOperations["endpoints"] = () => ({ endpoints: [endpoint], ahead: [] });

  attach: AgentOperations["attach"] = async (request) => {
    this.attached.push(request);
    return { endpoint, elapsedMilliseconds: 4 };
  };

  attachAhead: AgentOperations["attachAhead"] = async (request) => {
    this.attachedAhead.push(request);
  };

  detach: AgentOperations["detach"] = async (name) => {
    this.detached.push(name);
  };
}
