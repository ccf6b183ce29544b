import { parseIpAddress, parseMacAddress, parseRouteDistinguisher } from "@selvedge/net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { dropMovedHosts } from "../../src/rib/host-route.ts";
import { LocRib } from "../../src/rib/loc-rib.ts";
import { NlriBatch } from "../../src/rib/nlri-batch.ts";
import type { PeerId } from "../../src/rib/peer.ts";
import { LOCAL_PEER, PeerTable } from "../../src/rib/peer-table.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { ExtendedCommunity } from "../../src/wire/attribute/extended-community.ts";
import { encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { type MacOptions, macIp, SEGMENT } from "./model/mac-routes.ts";
import { announcement, vrf } from "./model/make.ts";
import type { Announcement } from "./model/reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";

const SLOT = sessionSlot("reflector", "10.0.0.11");
const MAC = "02:00:00:00:01:01";
const [LOW, HIGH] = ["192.0.2.11", "192.0.2.12"] as const;

const routerMac = (mac: string): ExtendedCommunity => ({
  kind: "router-mac",
  mac: parseMacAddress(mac),
});

/** A route type 2 for symmetric IRB, in the targets of L2VNI 100 and of the VRF. */
const hostRoute = (ip: string, options: MacOptions & { mac?: string } = {}): Announcement =>
  macIp(options.mac ?? MAC, {
    ip,
    l3Label: 5001,
    targets: ["65000:100", "65000:1"],
    communities: [routerMac("02:00:0a:00:00:0b")],
    ...options,
  });

let rib: Rib;
let peer: PeerId;
let told: string[];

beforeEach(() => {
  told = [];
  rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onVrfRoutes: (_, changes) => {
      for (const change of changes) {
        const hops = change.kind === "reachable" ? change.nextHops : [];
        const via = hops.map((hop) => ` ${hop.vtep}/${hop.vni}`).join("");
        told.push(`${change.prefix}${via}`);
      }
    },
  });
  peer = rib.addPeer(SLOT.peer);
  rib.local.setVrf(vrf("red"));
});

function announce(...announcements: readonly Announcement[]): string[] {
  for (const { attributes, nextHop, route } of announcements) {
    const announced = [
      { carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] } as const,
    ];
    receive({ withdrawn: [], attributes, announced });
  }
  return changes();
}

function withdraw({ route }: Announcement): string[] {
  const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [route] } as const];
  receive({ withdrawn, attributes: [], announced: [] });
  return changes();
}

function receive(fields: Parameters<typeof encodeUpdate>[0]): void {
  const bytes = encodeUpdate(fields, SLOT.context);
  const scan = new UpdateScan();
  expect(scanUpdate(bytes, 0, bytes.length, SLOT.context, scan)).toBeUndefined();
  rib.receive(peer, scan);
}

function changes(): string[] {
  while (rib.work());
  const all = told;
  told = [];
  return all;
}

describe("a route type 2 with two labels and a Router's MAC", () => {
  it("is a host route in the VRF that imports its target, by the second label", () => {
    expect(announce(hostRoute("10.0.0.1"))).toEqual([`10.0.0.1/32 ${LOW}/5001`]);
    expect(announce(hostRoute("2001:db8::1"))).toEqual([`2001:db8::1/128 ${LOW}/5001`]);
    expect(withdraw(hostRoute("10.0.0.1"))).toEqual(["10.0.0.1/32"]);
  });

  it.each<[string, Announcement]>([
    [
      "with one label",
      macIp(MAC, {
        ip: "10.0.0.1",
        targets: ["65000:1"],
        communities: [routerMac("02:00:0a:00:00:0b")],
      }),
    ],
    ["without Router's MAC", hostRoute("10.0.0.1", { communities: [] })],
    [
      "without IP address",
      macIp(MAC, {
        l3Label: 5001,
        targets: ["65000:1"],
        communities: [routerMac("02:00:0a:00:00:0b")],
      }),
    ],
    ["with a second label of zero", hostRoute("10.0.0.1", { l3Label: 0 })],
    ["with the target of the L2VNI alone", hostRoute("10.0.0.1", { targets: ["65000:100"] })],
    ["with a link-local address", hostRoute("fe80::1")],
    ["with a multicast address", hostRoute("224.0.0.1")],
    ["with a loopback address", hostRoute("127.0.0.1")],
    ["for MPLS", hostRoute("10.0.0.1", { encapsulation: "mpls" })],
  ])("but %s is not", (_, route) => {
    expect(announce(route)).toEqual([]);
    expect([...rib.view.routes()]).toHaveLength(1);
  });

  it("is not imported when its Router's MAC is that of the VRF, which may change", () => {
    const own = { ...vrf("red"), routerMac: parseMacAddress("02:00:0a:00:00:0b") };
    rib.local.setVrf(own);
    expect(announce(hostRoute("10.0.0.1"), announcement("10.1.0.0/24"))).toEqual([]);
    rib.local.setVrf(vrf("red"));
    expect(changes()).toHaveLength(2);
    rib.local.setVrf(own);
    expect(changes().sort()).toEqual(["10.0.0.1/32", "10.1.0.0/24"]);
  });

  it("is not imported while its segment is a local one", () => {
    expect(announce(hostRoute("10.0.0.1", { esi: SEGMENT }))).toHaveLength(1);
    const segment = {
      esi: SEGMENT,
      rd: parseRouteDistinguisher("10.0.0.1:9"),
      vtep: parseIpAddress("192.0.2.1"),
      macVrfs: [],
    };
    rib.local.setEthernetSegment(segment);
    expect(changes()).toEqual(["10.0.0.1/32"]);
    rib.local.removeEthernetSegment("00:00");
    rib.local.removeEthernetSegment(SEGMENT);
    expect(changes()).toEqual([`10.0.0.1/32 ${LOW}/5001`]);
  });
});

describe("a host that moves", () => {
  it("has one next hop, by the sequence number, and not two of equal cost", () => {
    announce(hostRoute("10.0.0.1"));
    expect(announce(hostRoute("10.0.0.1", { vtep: HIGH, sequence: 1 }))).toEqual([
      `10.0.0.1/32 ${HIGH}/5001`,
    ]);
  });

  it("is at the lower VTEP when both say the same number", () => {
    expect(announce(hostRoute("10.0.0.1", { vtep: HIGH }), hostRoute("10.0.0.1"))).toEqual([
      `10.0.0.1/32 ${LOW}/5001`,
    ]);
  });

  it("has all routers of its segment, and of an address that several hosts have all", () => {
    const both = [LOW, HIGH].map((vtep) => hostRoute("10.0.0.1", { vtep, esi: SEGMENT }));
    expect(announce(...both)).toEqual([`10.0.0.1/32 ${LOW}/5001 ${HIGH}/5001`]);
    const anycast = [
      hostRoute("10.0.0.2", { vtep: LOW }),
      hostRoute("10.0.0.2", { vtep: HIGH, mac: "02:00:00:00:01:02" }),
    ];
    expect(announce(...anycast)).toEqual([`10.0.0.2/32 ${LOW}/5001 ${HIGH}/5001`]);
  });
});

it("the address of a gateway has all routers that announce it as such, and no host that takes its MAC", () => {
  const gateways = [LOW, HIGH].map((vtep, sequence) =>
    hostRoute("10.0.0.1", { vtep, sequence, defaultGateway: true }),
  );
  const both = [`10.0.0.1/32 ${LOW}/5001 ${HIGH}/5001`];
  expect(announce(...gateways)).toEqual(both);
  const thief = hostRoute("10.0.0.1", { vtep: "192.0.2.13", sequence: 9, sticky: true });
  expect(announce(thief)).toEqual([]);
  expect(withdraw(thief)).toEqual([]);
});

describe("a route type 5 for the same address", () => {
  const prefix = (localPreference: number): Announcement =>
    announcement("10.0.0.1/32", { rd: "10.0.0.12:1", vtep: HIGH, localPreference });

  it("yields to the host route that is equal in cost, and wins when it is better", () => {
    expect(announce(prefix(100))).toEqual([`10.0.0.1/32 ${HIGH}/5001`]);
    expect(announce(hostRoute("10.0.0.1"))).toEqual([`10.0.0.1/32 ${LOW}/5001`]);
    expect(announce(prefix(200))).toEqual([`10.0.0.1/32 ${HIGH}/5001`]);
    expect(withdraw(prefix(200))).toEqual([`10.0.0.1/32 ${LOW}/5001`]);
    expect(withdraw(hostRoute("10.0.0.1"))).toEqual(["10.0.0.1/32"]);
  });
});

it("hosts that contend for an address under many MACs are compared about as often as they are many", () => {
  const table = new LocRib(
    new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 }),
    new PeerTable(1),
  );
  const empty = table.attributes.intern(new Uint8Array(1), 1);
  const batch = new NlriBatch();
  const count = 512;
  for (let n = 0; n < count; n++) {
    const octets = n.toString(16).padStart(4, "0");
    const mac = `02:00:00:00:${octets.slice(0, 2)}:${octets.slice(2)}`;
    const bytes = encodeEvpnRoute(hostRoute("10.0.0.9", { mac }).route);
    batch.read(bytes, 0, bytes.length);
    table.announce(table.peers.get(LOCAL_PEER), batch, 0, empty, 0);
  }
  const candidates = Array.from({ length: count }, (_, i) => i + 1);
  const looks = vi.spyOn(table, "nlriBytes");
  dropMovedHosts(table, candidates);
  expect(candidates).toHaveLength(count);
  expect(looks.mock.calls.length).toBeLessThan(64 * count);
});
