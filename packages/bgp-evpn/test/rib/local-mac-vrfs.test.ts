import {
  parseIpAddress,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import { beforeEach, describe, expect, it, test } from "vitest";
import { makeEsi } from "../../src/evpn/ethernet-segment-id.ts";
import type { MacIpEntry, RibEthernetSegment } from "../../src/rib/mac-vrf.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { EvpnRouteView } from "../../src/rib/route-view.ts";
import type { AttributeOf } from "../../src/wire/attribute/path-attribute.ts";
import { vectors } from "../wire/vectors.ts";
import { macVrf } from "./model/make.ts";
import { OWN_ASN, OWN_ROUTER_ID } from "./model/sessions.ts";

const MAC = parseMacAddress("02:00:00:00:03:01");
const OTHER_MAC = parseMacAddress("02:00:00:00:03:02");
const IP = parseIpAddress("192.168.100.13");
const ESI = makeEsi({ kind: "lacp", systemMac: parseMacAddress("02:00:00:00:0e:51"), portKey: 1 });

const L3VNI = {
  vni: parseVni(5000),
  exportRouteTargets: [parseRouteTarget("65000:5000")],
  routerMac: parseMacAddress("02:00:00:00:50:03"),
};
const BLUE = macVrf("blue", { rd: "10.99.0.3:100", vtep: "10.99.0.3", l3vni: L3VNI });
const SEGMENT: RibEthernetSegment = {
  esi: ESI,
  rd: parseRouteDistinguisher("10.99.0.3:1"),
  vtep: parseIpAddress("10.99.0.3"),
  macVrfs: ["blue"],
};

let rib: Rib;
beforeEach(() => {
  rib = new Rib({ asn: OWN_ASN, routerId: OWN_ROUTER_ID, send: () => "continue" });
});

/** The local routes by type, after all work. */
function local(routeType?: number): EvpnRouteView[] {
  while (rib.work());
  return [...rib.view.routes({ peer: "local", ...(routeType === undefined ? {} : { routeType }) })];
}

/** The one local route of a type as people see it: what follows the route distinguisher. */
function one(routeType: number): EvpnRouteView {
  const [route, ...others] = local(routeType);
  expect(others).toEqual([]);
  if (route === undefined) throw new Error(`there is no route of type ${routeType}`);
  return route;
}

const attribute = <Kind extends "extended-communities" | "pmsi-tunnel">(
  route: EvpnRouteView,
  kind: Kind,
) => route.attributes.find((one): one is AttributeOf<Kind> => one.kind === kind);

const communities = (route: EvpnRouteView) =>
  attribute(route, "extended-communities")?.communities ?? [];

const summary = (): string[] =>
  local()
    .map(({ route }) => `${route.routeType} ${"rd" in route ? route.rd : ""}`)
    .sort();

describe("a local route has what GoBGP 3.10 sends for the same", () => {
  const entry: MacIpEntry = { mac: MAC, ip: IP };
  const cases: readonly (readonly [string, number, MacIpEntry | undefined])[] = [
    ["GoBGP type 3 with PMSI_TUNNEL", 3, undefined],
    ["GoBGP type 2, MAC only", 2, { mac: MAC }],
    ["GoBGP type 2, MAC and IPv4 with two labels", 2, entry],
    [
      "GoBGP type 2 with an ESI",
      2,
      { mac: OTHER_MAC, ip: parseIpAddress("192.168.100.33"), esi: ESI },
    ],
    ["GoBGP type 1 per EVPN instance", 1, undefined],
    ["GoBGP type 1 per Ethernet segment, with ESI label", 1, undefined],
    ["GoBGP type 4 with ES-import", 4, undefined],
  ];

  it.each(cases)("%s", (name, routeType, mac) => {
    const vector = vectors("update-evpn").find((each) => each.name === name);
    if (vector?.value.kind !== "update") throw new Error(`${name} is not an UPDATE`);
    const [announced] = vector.value.announced;
    if (announced === undefined || !("routes" in announced) || !("nextHop" in announced)) {
      throw new Error(`${name} announces nothing`);
    }
    const kinds = ["extended-communities", "pmsi-tunnel"];
    rib.local.setMacVrf(BLUE);
    rib.local.setEthernetSegment(SEGMENT);
    if (mac !== undefined) rib.local.originateMac("blue", mac);
    const tag = (view: EvpnRouteView) => "ethernetTag" in view.route && view.route.ethernetTag;
    const [expected] = announced.routes;
    const wanted = expected !== undefined && "ethernetTag" in expected && expected.ethernetTag;
    const view = local(routeType).find((each) => tag(each) === wanted);
    expect(view?.route).toEqual(expected);
    expect(view?.nextHop).toBe(announced.nextHop);
    expect(view?.attributes.filter(({ kind }) => kinds.includes(kind))).toEqual(
      vector.value.attributes.filter(({ kind }) => kinds.includes(kind)),
    );
  });
});

describe("a MAC", () => {
  beforeEach(() => rib.local.setMacVrf(BLUE));

  it("has the second label, targets and Router's MAC of the VRF only with an address to route to", () => {
    rib.local.originateMac("blue", { mac: MAC, ip: parseIpAddress("fe80::1") });
    expect(one(2).route).toMatchObject({ ip: "fe80::1", labels: [100] });
    expect(communities(one(2))).toEqual([
      { kind: "route-target", target: "65000:100" },
      { kind: "encapsulation", tunnelType: "vxlan" },
    ]);
    rib.local.withdrawMac("blue", MAC, parseIpAddress("fe80::1"));
    rib.local.originateMac("blue", { mac: MAC, ip: parseIpAddress("2001:db8::1") });
    expect(one(2).route).toMatchObject({ ip: "2001:db8::1", labels: [100, 5000] });
  });

  it.each<[Partial<MacIpEntry>, object]>([
    [{ sequence: 7 }, { kind: "mac-mobility", sticky: false, sequence: 7 }],
    [{ sticky: true }, { kind: "mac-mobility", sticky: true, sequence: 0 }],
    [{ defaultGateway: true }, { kind: "default-gateway" }],
    [
      { arpNd: { router: true, override: true, immutable: false } },
      { kind: "arp-nd", router: true, override: true, immutable: false },
    ],
  ])("with %j has its community", (more, community) => {
    rib.local.originateMac("blue", { mac: MAC, ip: IP, ...more });
    expect(communities(one(2)).at(-1)).toEqual(community);
  });

  it("with the sequence number 0 has no community of mobility", () => {
    rib.local.originateMac("blue", { mac: MAC, sequence: 0, sticky: false });
    expect(communities(one(2)).map(({ kind }) => kind)).not.toContain("mac-mobility");
  });

  it("alone and with addresses are routes that come and go by themselves", () => {
    rib.local.originateMac("blue", { mac: MAC });
    rib.local.originateMac("blue", { mac: MAC, ip: IP });
    rib.local.originateMac("blue", { mac: MAC, ip: IP, sequence: 1 });
    expect(local(2)).toHaveLength(2);
    rib.local.withdrawMac("blue", MAC);
    expect(one(2).route).toMatchObject({ ip: IP });
    rib.local.withdrawMac("blue", MAC, parseIpAddress("192.168.100.99"));
    rib.local.withdrawMac("blue", MAC, IP);
    expect(local(2)).toEqual([]);
  });
});

describe("a MAC-VRF", () => {
  it("with an IPv6 VTEP has it as next hop, originator and end of the tunnel", () => {
    rib.local.setMacVrf(macVrf("blue", { vtep: "2001:db8::1", vni: 0xffffff }));
    expect(one(3)).toMatchObject({ nextHop: "2001:db8::1", route: { originator: "2001:db8::1" } });
    expect(attribute(one(3), "pmsi-tunnel")).toMatchObject({
      label: 0xffffff,
      endpoint: "2001:db8::1",
    });
  });

  it("without flooding has no route type 3; what is changed is announced and withdrawn", () => {
    rib.local.setMacVrf(macVrf("blue", { flooding: "none" }));
    expect(local(3)).toEqual([]);
    rib.local.setMacVrf(macVrf("blue"));
    expect(local(3)).toHaveLength(1);
    rib.local.setMacVrf(macVrf("blue", { vtep: "192.0.2.9" }));
    expect(one(3).route).toMatchObject({ originator: "192.0.2.9" });
    rib.local.setMacVrf(macVrf("blue", { flooding: "none" }));
    expect(local(3)).toEqual([]);
  });

  it("takes its routes along when its distinguisher changes, and away when it goes", () => {
    rib.local.setMacVrf(BLUE);
    rib.local.setEthernetSegment(SEGMENT);
    rib.local.originateMac("blue", { mac: MAC });
    const rd = parseRouteDistinguisher("10.99.0.3:77");
    expect(summary()).toEqual([
      "1 10.99.0.3:1",
      "1 10.99.0.3:100",
      "2 10.99.0.3:100",
      "3 10.99.0.3:100",
      "4 10.99.0.3:1",
    ]);
    rib.local.setMacVrf({ ...BLUE, rd });
    expect(summary()).toEqual([
      "1 10.99.0.3:1",
      "1 10.99.0.3:77",
      "2 10.99.0.3:77",
      "3 10.99.0.3:77",
      "4 10.99.0.3:1",
    ]);
    rib.local.removeMacVrf("blue");
    expect(summary()).toEqual(["4 10.99.0.3:1"]);
    rib.local.removeEthernetSegment(ESI);
    expect(summary()).toEqual([]);
    expect(rib.view.counts()).toMatchObject({ paths: 0, attributeSets: 0 });
  });

  it("announces its MACs again when its targets or its VRF change", () => {
    rib.local.setMacVrf(BLUE);
    rib.local.originateMac("blue", { mac: MAC, ip: IP });
    rib.local.setMacVrf({ ...BLUE, exportRouteTargets: [parseRouteTarget("65000:7")] });
    expect(communities(one(2))).toContainEqual({ kind: "route-target", target: "65000:7" });
    rib.local.setMacVrf(macVrf("blue", { rd: "10.99.0.3:100", vtep: "10.99.0.3" }));
    expect(one(2).route).toMatchObject({ labels: [100] });
  });
});

describe("an Ethernet segment", () => {
  beforeEach(() => {
    rib.local.setMacVrf(BLUE);
    rib.local.setMacVrf(macVrf("red", { rd: "10.99.0.3:200", target: "65000:200", vni: 200 }));
    rib.local.setEthernetSegment({ ...SEGMENT, macVrfs: ["blue", "red"] });
  });

  it("has the targets of all of its MAC-VRFs in its route type 1, and follows when one leaves", () => {
    const targets = (): string[] =>
      local(1)
        .filter(({ route }) => "rd" in route && route.rd === SEGMENT.rd)
        .flatMap((route) => communities(route))
        .flatMap((each) => (each.kind === "route-target" ? [each.target] : []));
    expect(targets()).toEqual(["65000:100", "65000:200"]);
    expect(local(1)).toHaveLength(3);
    rib.local.setEthernetSegment(SEGMENT);
    expect(targets()).toEqual(["65000:100"]);
    expect(local(1)).toHaveLength(2);
    rib.local.removeMacVrf("blue");
    expect(local(1)).toEqual([]);
  });

  it("says single-active and what it asks for in the election of the DF", () => {
    const dfElection = { algorithm: 2, capabilities: 0x8000, preference: 50_000 };
    rib.local.setEthernetSegment({ ...SEGMENT, singleActive: true, dfElection });
    expect(communities(one(4)).at(-1)).toEqual({ kind: "df-election", ...dfElection });
    expect(local(1).flatMap(communities)).toContainEqual({
      kind: "esi-label",
      singleActive: true,
      label: 0,
    });
  });

  it("is another route type 4 when its VTEP changes", () => {
    rib.local.setEthernetSegment({ ...SEGMENT, vtep: parseIpAddress("10.99.0.4") });
    expect(one(4).route).toMatchObject({ originator: "10.99.0.4" });
  });
});

describe("what cannot be", () => {
  const refusal = (code: string): unknown =>
    expect.objectContaining({ name: "SpeakerError", code });
  const before = (): void => {
    rib.local.setMacVrf(BLUE);
    rib.local.setEthernetSegment(SEGMENT);
  };

  it("is refused for MAC-VRFs, before anything changes", () => {
    before();
    const routes = summary();
    for (const wrong of [
      macVrf("red", { rd: "10.99.0.3:100", vni: 200 }),
      macVrf("red", { vni: 100 }),
      macVrf("", { vni: 200 }),
      macVrf("red", { vni: 200, vtep: "239.1.1.1" }),
      macVrf("red", { vni: 5000, l3vni: L3VNI }),
      macVrf("red", {
        vni: 200,
        l3vni: { ...L3VNI, routerMac: parseMacAddress("01:00:5e:00:00:01") },
      }),
    ]) {
      expect(() => rib.local.setMacVrf(wrong)).toThrow(refusal("invalid-option"));
    }
    expect(summary()).toEqual(routes);
  });

  test.each<MacIpEntry>([
    { mac: parseMacAddress("ff:ff:ff:ff:ff:ff") },
    { mac: parseMacAddress("00:00:00:00:00:00") },
    { mac: MAC, ip: parseIpAddress("0.0.0.0") },
    { mac: MAC, ip: parseIpAddress("ff02::1") },
    { mac: MAC, sequence: -1 },
    { mac: MAC, sequence: 2 ** 32 },
    { mac: MAC, esi: "03:00" },
  ])("is refused for MACs: %j", (entry) => {
    before();
    expect(() => rib.local.originateMac("blue", entry)).toThrow(refusal("invalid-option"));
    expect(local(2)).toEqual([]);
  });

  it("is refused for segments", () => {
    before();
    for (const wrong of [
      { ...SEGMENT, esi: "00:00:00:00:00:00:00:00:00:00" },
      { ...SEGMENT, esi: "ff:ff:ff:ff:ff:ff:ff:ff:ff:ff" },
      { ...SEGMENT, rd: BLUE.rd },
      { ...SEGMENT, vtep: parseIpAddress("::") },
      { ...SEGMENT, dfElection: { algorithm: 32, capabilities: 0, preference: 0 } },
      { ...SEGMENT, dfElection: { algorithm: 2, capabilities: 0, preference: 65536 } },
    ]) {
      expect(() => rib.local.setEthernetSegment(wrong)).toThrow(refusal("invalid-option"));
    }
  });

  it("is refused for MACs of a MAC-VRF that has not been set", () => {
    expect(() => rib.local.originateMac("blue", { mac: MAC })).toThrow(refusal("unknown-mac-vrf"));
    expect(() => rib.local.withdrawMac("blue", MAC)).toThrow(refusal("unknown-mac-vrf"));
  });
});
