import type {
  AgentOperations,
  AttachRequest,
  EndpointStatusDocument,
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

/** Answers with fixed documents and keeps what it was asked. */
export class FakeAgent implements AgentOperations {
  readonly queries: EvpnRouteQuery[] = [];
  readonly attached: AttachRequest[] = [];
  readonly detached: string[] = [];

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

  evpnRoutes: AgentOperations["evpnRoutes"] = (query) => {
    this.queries.push(query);
    return {
      bgpTableVersion: 0,
      bgpLocalRouterId: "10.0.1.1",
      localAS: 65000,
      routeDistinguishers: [],
      numPrefix: 0,
      numPaths: 0,
    };
  };

  vrfs: AgentOperations["vrfs"] = () => ({ vrfs: [] });

  endpoints: AgentOperations["endpoints"] = () => ({ endpoints: [endpoint] });

  attach: AgentOperations["attach"] = async (request) => {
    this.attached.push(request);
    return { endpoint, elapsedMilliseconds: 4 };
  };

  detach: AgentOperations["detach"] = async (name) => {
    this.detached.push(name);
  };
}
