import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { beforeEach, describe, expect, it } from "vitest";
import type { PeerId } from "../../src/rib/peer.ts";
import { Rib } from "../../src/rib/rib.ts";
import type { IpPrefixRoute } from "../../src/wire/evpn/ip-prefix.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { eadPerEs, eadPerEvi, macIp, SEGMENT } from "./model/mac-routes.ts";
import { announcement, macVrf, type RouteOptions, type5, vrf } from "./model/make.ts";
import type { Announcement } from "./model/reference-rib.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";

const SLOT = sessionSlot("reflector", "10.0.0.11");
const GATEWAY = "10.0.0.9";
const MAC = "02:00:00:00:01:01";
const PREFIX = "10.9.0.0/16";
const [LOW, HIGH] = ["192.0.2.11", "192.0.2.12"] as const;

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
        const via = hops.map((hop) => ` ${hop.vtep}/${hop.vni}/${hop.routerMac.slice(-5)}`);
        told.push(`${change.prefix}${via.join("")}`);
      }
    },
  });
  peer = rib.addPeer(SLOT.peer);
  rib.local.setMacVrf(macVrf("blue"));
  rib.local.setVrf({ ...vrf("red"), macVrfs: ["blue"] });
});

/** RFC 9136 table 1: label zero, and what differs. */
function overlay(
  prefix: string,
  index: Partial<Pick<IpPrefixRoute, "esi" | "gateway">>,
  options: RouteOptions = {},
): Announcement {
  const more = { label: 0, routerMac: null, ...options };
  return { ...announcement(prefix, more), route: { ...type5(prefix, more), ...index } };
}

const byGateway = (prefix: string, gateway = GATEWAY): Announcement =>
  overlay(prefix, { gateway: parseIpAddress(gateway) });

function announce(...announcements: readonly Announcement[]): string[] {
  announceOnly(...announcements);
  return changes();
}

function announceOnly(...announcements: readonly Announcement[]): void {
  for (const { attributes, nextHop, route } of announcements) {
    const announced = [
      { carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] } as const,
    ];
    receive({ withdrawn: [], attributes, announced });
  }
}

function withdraw(...announcements: readonly Announcement[]): string[] {
  withdrawOnly(...announcements);
  return changes();
}

function withdrawOnly(...announcements: readonly Announcement[]): void {
  for (const { route } of announcements) {
    const withdrawn = [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [route] } as const];
    receive({ withdrawn, attributes: [], announced: [] });
  }
}

function receive(fields: Parameters<typeof encodeUpdate>[0]): void {
  const bytes = encodeUpdate(fields, SLOT.context);
  const scan = new UpdateScan();
  expect(scanUpdate(bytes, 0, bytes.length, SLOT.context, scan)).toBeUndefined();
  rib.receive(peer, scan);
}

function changes(): string[] {
  while (rib.work());
  const all = told.sort();
  told = [];
  return all;
}

describe("a gateway in a MAC-VRF of the VRF", () => {
  const host = (options: Parameters<typeof macIp>[1] = {}): Announcement =>
    macIp(MAC, { ip: GATEWAY, ...options });

  it("resolves prefixes that came before and after it, and takes them away with it", () => {
    expect(announce(byGateway(PREFIX))).toEqual([]);
    expect(announce(host())).toEqual([`${PREFIX} ${LOW}/100/01:01`]);
    expect(announce(byGateway("10.8.0.0/16"))).toEqual([`10.8.0.0/16 ${LOW}/100/01:01`]);
    expect(withdraw(host())).toEqual(["10.8.0.0/16", PREFIX]);
    expect(announce(host())).toHaveLength(2);
    expect(withdraw(byGateway(PREFIX))).toEqual([PREFIX]);
    expect(withdraw(host())).toEqual(["10.8.0.0/16"]);
  });

  it("takes its prefixes along when it moves, and when it is another MAC", () => {
    announce(byGateway(PREFIX), host());
    expect(announce(host({ vtep: HIGH, sequence: 1 }))).toEqual([`${PREFIX} ${HIGH}/100/01:01`]);
    expect(announce(macIp("02:00:00:00:01:02", { ip: GATEWAY, sequence: 2 }))).toEqual([
      `${PREFIX} ${LOW}/100/01:02`,
    ]);
  });

  it("is another one when the prefix says so", () => {
    announce(byGateway(PREFIX), host(), macIp("02:00:00:00:01:03", { ip: "10.0.0.10" }));
    expect(announce(byGateway(PREFIX, "10.0.0.10"))).toEqual([`${PREFIX} ${LOW}/100/01:03`]);
    expect(withdraw(host())).toEqual([]);
    expect(announce(announcement(PREFIX))).toEqual([`${PREFIX} ${LOW}/5001/00:0b`]);
  });

  it("yields to its next place at once when its prefixes are looked at before its withdrawal", () => {
    announce(byGateway(PREFIX), host({ vtep: LOW }), host({ vtep: HIGH }));
    announceOnly(overlay(PREFIX, { gateway: parseIpAddress(GATEWAY) }, { localPreference: 200 }));
    withdrawOnly(host({ vtep: LOW }));
    expect(rib.work(1)).toBe(true);
    expect(changes()).toEqual([`${PREFIX} ${HIGH}/100/01:01`]);
  });

  it("does not count once the VRF has no such MAC-VRF, or it is removed", () => {
    announce(byGateway(PREFIX), host());
    rib.local.setVrf(vrf("red"));
    expect(changes()).toEqual([PREFIX]);
    rib.local.setVrf({ ...vrf("red"), macVrfs: ["blue"] });
    expect(changes()).toHaveLength(1);
    rib.local.removeMacVrf("blue");
    expect(changes()).toEqual([PREFIX]);
  });

  it("that is local resolves nothing: its owner knows the way", () => {
    announce(byGateway(PREFIX));
    const entry = { mac: parseMacAddress(MAC), ip: parseIpAddress(GATEWAY) };
    rib.local.originateMac("blue", entry);
    expect(changes()).toEqual([]);
    expect(announce(host())).toEqual([]);
    rib.local.withdrawMac("blue", entry.mac, entry.ip);
    expect(changes()).toEqual([`${PREFIX} ${LOW}/100/01:01`]);
  });
});

describe("a gateway in no MAC-VRF", () => {
  const host = (options: Parameters<typeof macIp>[1] = {}): Announcement =>
    macIp(MAC, {
      ip: GATEWAY,
      l3Label: 5001,
      targets: ["65000:1"],
      communities: [{ kind: "router-mac", mac: parseMacAddress("02:00:0a:00:00:0b") }],
      ...options,
    });

  it("leads where its host route leads, and goes with it", () => {
    expect(announce(byGateway(PREFIX), host())).toEqual([
      `${GATEWAY}/32 ${LOW}/5001/00:0b`,
      `${PREFIX} ${LOW}/5001/00:0b`,
    ]);
    expect(announce(host({ vtep: HIGH, sequence: 1 }))).toEqual([
      `${GATEWAY}/32 ${HIGH}/5001/00:0b`,
      `${PREFIX} ${HIGH}/5001/00:0b`,
    ]);
    withdraw(host());
    expect(withdraw(host({ vtep: HIGH }))).toEqual([`${GATEWAY}/32`, PREFIX]);
  });

  it("is not resolved by a prefix of type 5, nor by the prefix itself, which would be a loop", () => {
    expect(announce(byGateway(`${GATEWAY}/32`))).toEqual([]);
    expect(
      announce(byGateway(PREFIX), announcement(`${GATEWAY}/32`, { rd: "10.0.0.12:1" })),
    ).toEqual([`${GATEWAY}/32 ${LOW}/5001/00:0b`]);
    expect(rib.hasWork).toBe(false);
  });
});

describe("an Ethernet segment as overlay index", () => {
  const prefix = overlay(PREFIX, { esi: SEGMENT }, { routerMac: "02:00:00:00:0a:0a" });

  it("leads to the routers that announce it, with the Router's MAC of the prefix", () => {
    expect(announce(prefix, eadPerEvi({ vtep: LOW }), eadPerEvi({ vtep: HIGH }))).toEqual([]);
    expect(announce(eadPerEs({ vtep: LOW }))).toEqual([`${PREFIX} ${LOW}/100/0a:0a`]);
    expect(announce(eadPerEs({ vtep: HIGH }))).toEqual([
      `${PREFIX} ${LOW}/100/0a:0a ${HIGH}/100/0a:0a`,
    ]);
    expect(withdraw(eadPerEs({ vtep: LOW }))).toEqual([`${PREFIX} ${HIGH}/100/0a:0a`]);
    expect(withdraw(eadPerEvi({ vtep: HIGH }))).toEqual([PREFIX]);
  });

  it("leads to as many routers as the VRF wants at most", () => {
    const discovery = [LOW, HIGH].flatMap((vtep) => [eadPerEvi({ vtep }), eadPerEs({ vtep })]);
    announce(prefix, ...discovery);
    rib.local.setVrf({ ...vrf("red"), macVrfs: ["blue"], maximumPaths: 1 });
    expect(changes()).toEqual([`${PREFIX} ${LOW}/100/0a:0a`]);
  });

  it("without Router's MAC leads nowhere", () => {
    announce(overlay(PREFIX, { esi: SEGMENT }), eadPerEvi(), eadPerEs());
    expect(changes()).toEqual([]);
    expect([...rib.view.routes({ routeType: 5 })]).toHaveLength(1);
  });
});

it("a prefix whose index does not resolve leaves those that do alone", () => {
  announce(announcement(PREFIX));
  expect(
    announce(
      overlay(
        PREFIX,
        { gateway: parseIpAddress(GATEWAY) },
        { rd: "10.0.0.12:1", localPreference: 200 },
      ),
    ),
  ).toEqual([]);
  expect(announce(macIp(MAC, { ip: GATEWAY }))).toEqual([`${PREFIX} ${LOW}/100/01:01`]);
});
