/** Routes of every type and label form from GoBGP through our reflector, octet by octet; and through FRR's. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Capture, unreflected } from "./capture.ts";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { bgpdConfig, gobgpConfig } from "./peer-configs.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const GOBGP = "10.99.0.3";
const CLIENT = "10.99.0.4";

const MAC = "02:00:00:00:03";
const ESI = "LACP 02:00:00:00:0e:51 1";
const LARGEST = 16_777_215;
const PER_SEGMENT = 4_294_967_295;
// GoBGP takes no number above 65535 for an AS in four octets, but the same in two parts.
const WIDE_AS = "64086.59905";
const RED = "rt 65000:5000 encap vxlan router-mac 02:00:00:00:50:03";

/** What GoBGP is told to originate, by what is particular about it. */
const ROUTES: Readonly<Record<string, string>> = {
  "type 1 per EVI": `a-d esi ${ESI} etag 0 label 100 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
  "type 1 per EVI, largest label": `a-d esi ROUTERID 192.0.2.1 10 etag 1 label ${LARGEST} rd 65000:1 rt 65000:100`,
  "type 1, arbitrary ESI": `a-d esi ARBITRARY 11:22:33:44:55:66:77:88:99 etag 0 label 1 rd 65000:1 rt 65000:100`,
  "type 1, ESI of an AS, wide AS in RD and RT": `a-d esi AS 65000 10 etag 1 label 1 rd ${WIDE_AS}:100 rt ${WIDE_AS}:5`,
  "type 1 per ES": `a-d esi ${ESI} etag ${PER_SEGMENT} label 0 rd ${GOBGP}:1 rt 65000:100 encap vxlan esi-label 0`,
  "type 1 per ES with an ESI label": `a-d esi MSTP 02:00:00:00:0e:52 100 etag ${PER_SEGMENT} label 0 rd ${GOBGP}:1 rt 65000:100 esi-label ${LARGEST}`,
  "type 2, MAC alone": `macadv ${MAC}:01 0.0.0.0 etag 0 label 100 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
  "type 2, MAC alone with two labels": `macadv ${MAC}:02 0.0.0.0 etag 7 label 100,200 rd 65000:100 rt 65000:100`,
  "type 2, IPv4, one label": `macadv ${MAC}:03 192.168.100.13 etag 0 label 100 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
  "type 2, IPv4, two labels, ESI": `macadv ${MAC}:04 192.168.100.14 esi ${ESI} etag 0 label 100,5000 rd ${GOBGP}:100 rt 65000:5000 65000:100 encap vxlan router-mac 02:00:00:00:50:03`,
  "type 2, IPv6, two labels": `macadv ${MAC}:05 2001:db8::15 etag 0 label ${LARGEST},1 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
  "type 3, ingress replication": `multicast ${GOBGP} etag 0 rd ${GOBGP}:100 rt 65000:100 encap vxlan pmsi ingress-repl 100 ${GOBGP}`,
  "type 3 without PMSI_TUNNEL": `multicast ${GOBGP} etag 100 rd ${GOBGP}:100 rt 65000:100`,
  "type 4, IPv4": `esi ${GOBGP} esi ${ESI} rd ${GOBGP}:1 encap vxlan`,
  "type 5, IPv4": `prefix 198.51.100.0/24 etag 0 label 5000 rd ${GOBGP}:5000 ${RED}`,
  "type 5, IPv6": `prefix 2001:db8:3::/64 etag 0 label ${LARGEST} rd ${GOBGP}:5000 ${RED}`,
  "type 5, default route, label 0": `prefix 0.0.0.0/0 etag 0 label 0 rd ${GOBGP}:5000 ${RED}`,
  "type 5, IPv4 gateway": `prefix 203.0.113.128/25 gw 192.168.100.13 etag 0 label 0 rd ${GOBGP}:5000 rt 65000:5000 encap vxlan`,
  "type 5, IPv6 gateway": `prefix 2001:db8:9::/48 gw 2001:db8::1 etag 5 label 0 rd ${GOBGP}:5000 rt 65000:5000`,
  "type 5, ESI": `prefix 203.0.113.0/25 esi ${ESI} etag 0 label 5000 rd ${GOBGP}:5000 ${RED}`,
  "all attributes of GoBGP": `prefix 203.0.113.7/32 etag 0 label 5000 rd ${GOBGP}:5000 ${RED} origin egp med 7 local-pref 300 community 65000:1 large-community 1:2:3 aspath 4200000001`,
};

/** At each of these FRR 8.4 ends its session. */
const IPV6_ROUTES: Readonly<Record<string, string>> = {
  "type 3, IPv6 originator and tunnel": `multicast 2001:db8::3 etag 0 rd ${GOBGP}:100 rt 65000:100 encap vxlan pmsi ingress-repl 100 2001:db8::3`,
  "type 4, IPv6": `esi 2001:db8::3 esi ${ESI} rd ${GOBGP}:1`,
};

const lab = new Lab();
let us: RemoteSpeaker;
let client: RemoteSpeaker;
let frr: Frr;
let gobgp: GoBgp;
let ofGoBgp: Capture;
let ofClient: Capture;

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, gobgp: GOBGP, client: CLIENT });
  ofGoBgp = new Capture(lab, "gobgp");
  ofClient = new Capture(lab, "client");
  const familyOptions = ["route-reflector-client"];
  const neighbors = [GOBGP, CLIENT].map((address) => ({ address, familyOptions }));
  frr = new Frr(lab, "frr", { bgpd: bgpdConfig(FRR, neighbors), zebra: { kind: "none" } });
  gobgp = new GoBgp(lab, "gobgp", gobgpConfig(GOBGP, [US, FRR]));
  frr.start();
  gobgp.start();
  us = await startSpeaker(lab, "us", { address: US, neighbors: [GOBGP, CLIENT] });
  client = await startSpeaker(lab, "client", {
    address: CLIENT,
    neighbors: [US, FRR],
    neighborOptions,
  });
  await established(us, GOBGP, CLIENT);
  await established(client, US, FRR);
  await until(() => gobgp.run(`neighbor ${FRR}`).toLowerCase().includes("= established"), "FRR");
});

afterAll(() => lab.dispose());

/** The client reflects nothing back, and wants all routes, though it has no VRF that imports them. */
const neighborOptions = { reflectorClient: false, routeTargetConstraint: false };
const originated = new Map<string, string>();

/** The NLRI of a row of `ROUTES` as GoBGP has sent it. */
const nlriOf = (name: string): string => {
  const nlri = originated.get(name);
  if (nlri === undefined) throw new Error(`GoBGP has not announced: ${name}`);
  return nlri;
};

/** Has GoBGP originate a route and expects it behind our reflector. */
const expectPassedOn = async (name: string, route: string): Promise<void> => {
  const known = new Set(ofGoBgp.routes(GOBGP, US).keys());
  expect(gobgp.run(`global rib add -a evpn ${route}`)).toBe("");
  const added = (): string | undefined =>
    [...ofGoBgp.routes(GOBGP, US).keys()].find((nlri) => !known.has(nlri));
  await until(() => added() !== undefined, "GoBGP announces it", us);
  const nlri = added() ?? "";
  originated.set(name, nlri);
  await until(() => ofClient.routes(US, CLIENT).has(nlri), "it is passed on", us);
  expect(unreflected(ofClient.routes(US, CLIENT), nlri)).toEqual(
    ofGoBgp.routes(GOBGP, US).get(nlri),
  );
};

describe("our reflector passes on, octet by octet, GoBGP's", () => {
  it.each(Object.entries(ROUTES))("%s", expectPassedOn);

  it("routes to a client that comes later", async () => {
    await client.kill();
    client = await startSpeaker(lab, "client", {
      address: CLIENT,
      neighbors: [US, FRR],
      neighborOptions,
    });
    await established(client, US, FRR);
    const held = async (): Promise<number> => (await client.summary()).table.prefixes;
    await until(async () => (await held()) === originated.size, "all routes", client);
    for (const nlri of originated.values()) {
      expect(unreflected(ofClient.routes(US, CLIENT), nlri)).toEqual(
        ofGoBgp.routes(GOBGP, US).get(nlri),
      );
    }
  });
});

const isVersion84 = (): boolean => frr.show("show version").includes("FRRouting 8.4");

describe("FRR 8.4 as the reflector", () => {
  /** Octets of the key of a route in hex: header and RD; of type 1 up to the tag, of type 5 up to the prefix. */
  const KEY_DIGITS = { type1: 2 * 24, type5: 2 * 29 };
  const DEFECTS = [
    "type 1 without its label",
    "type 5 without its gateway",
    "a MED",
    "another order",
  ];

  /** What FRR has sent of the route of that row. */
  const find = (name: string, digits: number): { nlri: string; attributes: readonly string[] } => {
    const original = nlriOf(name);
    for (const [nlri, { attributes }] of ofClient.routes(FRR, CLIENT)) {
      if (nlri.slice(0, digits) === original.slice(0, digits)) return { nlri, attributes };
    }
    return { nlri: "", attributes: [] };
  };

  it(`passes on ${DEFECTS.join(", ")} of extended communities`, async () => {
    const perEvi = "type 1 per EVI";
    const gateway = "type 5, IPv4 gateway";
    const twoTargets = "type 2, IPv4, two labels, ESI";
    const whole = nlriOf(twoTargets).length;
    await until(() => find(perEvi, KEY_DIGITS.type1).nlri !== "", "FRR passes type 1 on");
    await until(() => find(gateway, KEY_DIGITS.type5).nlri !== "", "FRR passes type 5 on");
    await until(() => find(twoTargets, whole).nlri !== "", "FRR passes type 2 on");
    const { attributes } = find(twoTargets, whole);
    const sent = ofGoBgp.routes(GOBGP, FRR).get(nlriOf(twoTargets))?.attributes ?? [];
    const isCommunities = (attribute: string): boolean => attribute.startsWith("c010");
    const isThere = [
      find(perEvi, KEY_DIGITS.type1).nlri !== nlriOf(perEvi),
      find(gateway, KEY_DIGITS.type5).nlri !== nlriOf(gateway),
      attributes.some((attribute) => attribute.startsWith("8004")),
      attributes.find(isCommunities) !== sent.find(isCommunities),
    ];
    const found = DEFECTS.filter((_, index) => isThere[index]);
    // A later one may have been mended.
    expect(found).toEqual(isVersion84() ? DEFECTS : expect.any(Array));
  });
});

describe("FRR 8.4 ends its session at, and our reflector passes on", () => {
  it.each(Object.entries(IPV6_ROUTES))("%s", async (name, route) => {
    await expectPassedOn(name, route);
    if (!isVersion84()) return;
    // It shows the message that it could not take.
    const isBlamed = (): boolean =>
      frr
        .show(`show bgp neighbors ${GOBGP}`)
        .replaceAll(/\s/g, "")
        .includes(nlriOf(name).toUpperCase());
    await until(isBlamed, "FRR ends its session");
    gobgp.run(`global rib del -a evpn ${route}`);
  });
});
