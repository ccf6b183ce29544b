import { parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import { NetworkNamespace, NftablesSocket } from "@selvedge/netlink";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BRIDGED_TABLES, ROUTED_TABLES } from "../../src/guard/endpoint-guard-tables.ts";
import {
  type EndpointIntent,
  endpointMac,
  hostInterfaceName,
  type VrfIntent,
} from "../../src/index.ts";
import { GATEWAY_MAC } from "../../src/ownership.ts";
import { arp, experimental, icmpv6, sendFrames, tagged, udp } from "./frames.ts";
import { Lab, type LabHost, NOTHING_TO_DO } from "./lab.ts";

const ip = parseIpAddress;
const MAC = endpointMac("red/web-5");
const OTHER_MAC = parseMacAddress("02:00:00:00:00:99");
const OWN = { from: MAC, to: GATEWAY_MAC };
const FORGED = { from: OTHER_MAC, to: GATEWAY_MAC };
const [A4, A6] = [ip("10.1.0.5"), ip("2001:db8:1::5")];
const [B4, B6] = [ip("10.1.0.6"), ip("2001:db8:1::6")];
const [LINK_LOCAL, GATEWAY, NODES] = [ip("fe80::5"), ip("fe80::1"), ip("ff02::1")];
const UNSPECIFIED = ip("::");
const PORTS = { from: 5000, to: 6000 };

/** Frames that pass. */
const HONEST: Readonly<Record<string, Uint8Array>> = {
  "UDP over IPv4": udp(OWN, A4, B4, PORTS),
  "UDP over IPv6": udp(OWN, A6, B6, PORTS),
  "a DHCP client's request": udp(OWN, A4, B4, { from: 68, to: 67 }),
  "an answer to a VXLAN port": udp(OWN, A4, B4, { from: 4789, to: 6000 }),
  "a neighbour solicitation": icmpv6(OWN, A6, GATEWAY, 135, GATEWAY),
  "duplicate address detection": icmpv6(OWN, UNSPECIFIED, NODES, 135, A6),
  "a neighbour advertisement of its own address": icmpv6(OWN, A6, GATEWAY, 136, A6),
  "one of its link-local address": icmpv6(OWN, LINK_LOCAL, GATEWAY, 136, LINK_LOCAL),
  "a multicast listener report": icmpv6(OWN, LINK_LOCAL, NODES, 143),
  "an ARP request": arp(OWN, MAC, A4, B4),
  "an ARP probe": arp(OWN, MAC, ip("0.0.0.0"), A4),
};

/** Frames that do not, by the comment of the rule that says so. */
const FORGERIES: Readonly<Record<string, readonly [rule: string, frame: Uint8Array]>> = {
  "IPv4 from another's address": ["spoofed", udp(OWN, B4, A4, PORTS)],
  "IPv6 from another's address": ["spoofed", udp(OWN, B6, A6, PORTS)],
  "its own IPv4 address from another MAC": ["spoofed", udp(FORGED, A4, B4, PORTS)],
  "its own IPv6 address from another MAC": ["spoofed", udp(FORGED, A6, B6, PORTS)],
  "a link-local address from another MAC": [
    "spoofed",
    icmpv6(FORGED, LINK_LOCAL, GATEWAY, 135, GATEWAY),
  ],
  "an unspecified IPv4 source": ["spoofed", udp(OWN, ip("0.0.0.0"), B4, { from: 68, to: 67 })],
  "answers of a DHCP server": ["DHCP server", udp(OWN, A4, B4, { from: 67, to: 68 })],
  "answers of a DHCPv6 server": ["DHCPv6 server", udp(OWN, A6, B6, { from: 547, to: 546 })],
  "one from a link-local address": [
    "DHCPv6 server",
    udp(OWN, LINK_LOCAL, NODES, { from: 547, to: 546 }),
  ],
  "VXLAN over IPv4": ["VXLAN", udp(OWN, A4, B4, { from: 5000, to: 4789 })],
  "VXLAN over IPv6": ["VXLAN", udp(OWN, A6, B6, { from: 5000, to: 4789 })],
  "a router advertisement": ["router advertisement", icmpv6(OWN, LINK_LOCAL, NODES, 134)],
  "a redirect": ["redirect", icmpv6(OWN, LINK_LOCAL, NODES, 137, B6)],
  "a neighbour advertisement of another's address": [
    "advertisement of another's address",
    icmpv6(OWN, A6, GATEWAY, 136, B6),
  ],
  "ARP that names another's address": ["spoofed", arp(OWN, MAC, B4, A4)],
  "ARP that names another MAC": ["spoofed", arp(OWN, OTHER_MAC, A4, B4)],
  "ARP from another MAC": ["spoofed", arp(FORGED, MAC, A4, B4)],
};

/** Frames that have a meaning to a bridge only. */
const BRIDGE_FORGERIES: typeof FORGERIES = {
  "a frame with a VLAN tag": ["spoofed", tagged(udp(OWN, A4, B4, PORTS))],
  "what is neither IP nor ARP": ["spoofed", experimental(udp(OWN, A4, B4, PORTS))],
};

const SUBNETS = {
  routed: {
    tables: ROUTED_TABLES,
    domains: [],
    forgeries: FORGERIES,
    foreign: {
      "its table is deleted": "delete table inet selvedge",
      "the table of ARP is deleted": "delete table arp selvedge",
      "somebody lets everything pass": "insert rule inet selvedge guard accept",
      "somebody takes its addresses": "flush set inet selvedge sources4",
      "a chain is emptied": "flush chain inet selvedge own-udp",
    },
  },
  bridged: {
    tables: BRIDGED_TABLES,
    forgeries: { ...FORGERIES, ...BRIDGE_FORGERIES },
    domains: [
      {
        name: "red/lan",
        l2vni: parseVni(6001),
        prefixes: ["10.1.0.0/24", "2001:db8:1::/64"].map(parseIpPrefix),
        gateways: [ip("10.1.0.1"), ip("2001:db8:1::1")],
        flooding: "disabled",
      },
    ],
    foreign: {
      "its table is deleted": "delete table bridge selvedge",
      "somebody lets everything pass": "insert rule bridge selvedge guard accept",
      "somebody takes its addresses": "flush set bridge selvedge sources4",
      "somebody lets it send ARP": "insert rule bridge selvedge guard ether type arp accept",
      "a chain is emptied": "flush chain bridge selvedge own-udp",
    },
  },
} as const satisfies Record<string, unknown>;

describe.each(["routed", "bridged"] as const)("an endpoint of a %s subnet", (mode) => {
  const { tables, domains, forgeries, foreign: inTables } = SUBNETS[mode];
  let lab: Lab;
  let host: LabHost;
  let workload: string;
  let neighbour: string;
  let namespace: string;

  const vrf = (): VrfIntent => {
    const routed = mode === "routed" ? {} : { gateways: [] };
    return lab.vrf(host, "red/main", { bridgeDomains: domains, ...routed });
  };
  const endpoint = (number: number, namespaceName: string): EndpointIntent => ({
    ...lab.endpoint("red/main", number, namespaceName),
    ...(mode === "routed" ? {} : { bridgeDomain: "red/lan" }),
  });

  const tell = (): void => {
    host.dataplane.setVrf(vrf());
    host.dataplane.setEndpoint(endpoint(5, workload));
    host.dataplane.setEndpoint(endpoint(6, neighbour));
    host.dataplane.markSynced();
    expect(host.dataplane.apply().failures).toEqual([]);
  };

  /** What each rule of the guard has counted since. */
  const counts = (): Map<string, number> => {
    using opened = NetworkNamespace.open(namespace);
    using filter = NftablesSocket.open(opened);
    const found = new Map<string, number>();
    for (const { comment, expressions } of tables.flatMap((table) => filter.rules(table))) {
      for (const expression of expressions) {
        if (comment !== undefined && expression.kind === "counter") {
          found.set(comment, (found.get(comment) ?? 0) + (expression.packets ?? 0));
        }
      }
    }
    return found;
  };

  const drops = (): number => host.dataplane.endpointDrops().get("red/web-5") ?? Number.NaN;

  beforeAll(async () => {
    lab = await Lab.open();
    host = lab.addHosts()[0];
    workload = lab.addWorkload("w5");
    neighbour = lab.addWorkload("w6");
    ({ namespace } = lab.vrf(host, "red/main"));
    tell();
  });
  afterAll(() => lab.close());

  beforeEach(() => {
    // What the kernel does on its own has been done: the workload's link-local address is there.
    expect(lab.ping(workload, "2001:db8:1::6").status).toBe(0);
  });

  describe("may send", () => {
    it.each(Object.entries(HONEST))("%s", (_name, frame) => {
      const before = drops();
      sendFrames(workload, "eth0", [frame, frame]);
      expect(drops() - before).toBe(0);
    });
  });

  describe("may not send", () => {
    it.each(Object.entries(forgeries))("%s", (_name, [rule, frame]) => {
      const [before, dropsBefore] = [counts(), drops()];
      sendFrames(workload, "eth0", [frame, frame]);
      const after = counts();
      expect(drops() - dropsBefore).toBe(2);
      expect([...after].filter(([name, count]) => count !== before.get(name))).toEqual([
        [rule, (before.get(rule) ?? 0) + 2],
      ]);
    });

    it("from an address that it has given itself, in either family", () => {
      lab.command(`ip -n ${workload} address add 10.1.0.77/32 dev eth0`);
      lab.command(`ip -n ${workload} address add 2001:db8:1::77/128 dev eth0 nodad`);
      expect(lab.ping(workload, "10.1.0.6", "-I 10.1.0.77").status).toBe(1);
      expect(lab.ping(workload, "2001:db8:1::6", "-I 2001:db8:1::77").status).toBe(1);
      expect(lab.ping(workload, "10.1.0.6", "-I 10.1.0.5").status).toBe(0);
      lab.command(`ip -n ${workload} address del 10.1.0.77/32 dev eth0`);
      lab.command(`ip -n ${workload} address del 2001:db8:1::77/128 dev eth0`);
    });
  });

  it("has a guard that reads well", () => {
    const listing = lab.command(`ip netns exec ${namespace} nft -s list ruleset`).output;
    for (const line of [
      'iifname != "c*" accept',
      "iifname . ether saddr . ip saddr @sources4 goto own",
      "iifname . ether saddr . arp saddr ether . arp saddr ip @senders accept",
      "icmpv6 type nd-router-advert counter goto refuse",
      `elements = { "${hostInterfaceName("red/web-5")}" counter`,
    ]) {
      expect(listing).toContain(line);
    }
  });

  describe("is guarded whatever happens:", () => {
    const foreign = { "the whole guard is flushed": "flush ruleset", ...inTables };

    it.each(Object.entries(foreign))("%s", async (_name, command) => {
      const woken = Promise.withResolvers<void>();
      host.dataplane.startMonitoring(() => woken.resolve());
      host.dataplane.apply();
      const intact = lab.command(`ip netns exec ${namespace} nft -s list ruleset`).output;
      lab.command(`ip netns exec ${namespace} nft ${command}`);
      await woken.promise;
      const report = host.dataplane.apply();
      expect(report.operations).toBeGreaterThan(0);
      expect(report.failures).toEqual([]);
      const sorted = (text: string): string[] => text.split("\n").sort();
      const repaired = lab.command(`ip netns exec ${namespace} nft -s list ruleset`).output;
      expect(sorted(repaired)).toEqual(sorted(intact));
      expect(host.dataplane.apply()).toEqual(NOTHING_TO_DO);
      lab.restart(host);
      tell();
    });

    it("a restarted agent finds it as it is, and writes nothing", () => {
      lab.restart(host);
      host.dataplane.setVrf(vrf());
      host.dataplane.setEndpoint(endpoint(5, workload));
      host.dataplane.setEndpoint(endpoint(6, neighbour));
      expect(host.dataplane.apply()).toEqual(NOTHING_TO_DO);
      host.dataplane.markSynced();
      expect(host.dataplane.apply()).toEqual(NOTHING_TO_DO);
    });

    it("a restarted agent takes an address away that the endpoint has lost meanwhile", () => {
      lab.restart(host);
      host.dataplane.setVrf(vrf());
      host.dataplane.setEndpoint({ ...endpoint(5, workload), addresses: [A6] });
      host.dataplane.setEndpoint(endpoint(6, neighbour));
      const family = mode === "routed" ? "inet" : "bridge";
      const elements = (): string =>
        lab.command(`ip netns exec ${namespace} nft list set ${family} selvedge sources4`).output;
      host.dataplane.apply();
      expect(elements()).toContain("10.1.0.5");
      host.dataplane.markSynced();
      host.dataplane.apply();
      expect(elements()).not.toContain("10.1.0.5");
      tell();
      expect(elements()).toContain("10.1.0.5");
    });

    it("an endpoint that is wanted no more leaves nothing behind", () => {
      host.dataplane.removeEndpoint("red/web-5");
      expect(host.dataplane.apply().failures).toEqual([]);
      const ruleset = lab.command(`ip netns exec ${namespace} nft list ruleset`).output;
      expect(ruleset).not.toContain(hostInterfaceName("red/web-5"));
      expect(ruleset).toContain(hostInterfaceName("red/web-6"));
      tell();
    });
  });

  it("sends what it likes when its guard is switched off", () => {
    host.dataplane.close();
    host.dataplane = lab.newDataplane(host.number, host.underlay, { endpoints: false });
    tell();
    expect(lab.command(`ip netns exec ${namespace} nft list ruleset`).output).toBe("");
    lab.command(`ip -n ${workload} address replace 2001:db8:1::77/128 dev eth0 nodad`);
    const device = mode === "routed" ? hostInterfaceName("red/web-5") : "br6001";
    lab.command(`ip -n ${namespace} route replace 2001:db8:1::77/128 dev ${device}`);
    expect(lab.ping(workload, "2001:db8:1::6", "-I 2001:db8:1::77").status).toBe(0);
    host.dataplane.close();
    host.dataplane = lab.newDataplane(host.number, host.underlay);
    tell();
    expect(lab.ping(workload, "2001:db8:1::6", "-I 2001:db8:1::77").status).toBe(1);
    expect(lab.ping(workload, "2001:db8:1::6", "-I 2001:db8:1::5").status).toBe(0);
  });
});
