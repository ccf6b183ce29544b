/**
 * Route target constraint with GoBGP, which announces the import route targets of its VRFs as memberships, and FRR 8.4,
 * which has not the family and gets all routes.
 */

import { parseRouteDistinguisher, parseRouteTarget } from "@selvedge/net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hex } from "../../src/wire/hex.ts";
import { Capture, unreflected } from "./capture.ts";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { bgpdConfig, gobgpConfig } from "./peer-configs.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const RED = "10.99.0.3";
const BLUE = "10.99.0.4";
const HOST = "10.99.0.5";
/** Route targets 65000:5000 and so on, by the prefixes that `announce` gives them. */
const TENANTS = [5000, 5001, 5002];
const END_OF_MEMBERSHIPS = /^f{32}001[de]02000000..[89]00f(00)?03000184$/;

const lab = new Lab();
let us: RemoteSpeaker;
let red: GoBgp;
let blue: GoBgp;
let capture: Capture;

/** One prefix of each tenant, from both. */
const announce = (): void => {
  for (const tenant of TENANTS) {
    const overlay = (mac: string, rd: string): string =>
      `etag 0 label ${tenant} rd ${rd}:${tenant} rt 65000:${tenant} encap vxlan router-mac ${mac}`;
    const n = tenant - 5000;
    const ofRed = overlay("02:00:00:00:50:03", RED);
    const ofBlue = overlay("02:00:00:00:50:04", BLUE);
    red.run(`global rib add -a evpn prefix 198.51.${n}.0/24 ${ofRed}`);
    blue.run(`global rib add -a evpn prefix 203.0.${n}.0/24 ${ofBlue}`);
  }
};

/** The prefixes that GoBGP has in its table, its own too. */
const prefixes = (of: GoBgp): string[] =>
  [...of.run("global rib -a evpn").matchAll(/\[prefix:([^\]]+)\]/g)].map(([, p]) => p ?? "").sort();

/** The octets of all UPDATEs, as hex. */
const updates = (from: string, to: string): string[] => capture.updates(from, to).map(hex);

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, red: RED, blue: BLUE, host: HOST });
  capture = new Capture(lab, "us");
  new Frr(lab, "frr", {
    zebra: { kind: "none" },
    bgpd: bgpdConfig(FRR, [{ address: US }]),
  }).start();
  red = new GoBgp(lab, "red", gobgpConfig(RED, [US], { rtc: true }));
  blue = new GoBgp(lab, "blue", gobgpConfig(BLUE, [US, HOST], { rtc: true }));
  red.start();
  blue.start();
  us = await startSpeaker(lab, "us", { address: US, neighbors: [FRR, RED, BLUE] });
  await established(us, FRR, RED, BLUE);
});

afterAll(() => lab.dispose());

describe("a reflector with clients that say what they want", () => {
  it("asks GoBGP for everything, once, and is told by End-of-RIB when GoBGP has said what it wants", async () => {
    const isComplete = async (): Promise<boolean> =>
      (await us.neighbor(RED)).memberships?.endOfRibReceived === true;
    await until(isComplete, "End-of-RIB of memberships", us);
    await until(() => updates(US, RED).length >= 3, "three UPDATEs", us);
    // MP_REACH_NLRI with the default membership, ORIGIN, AS_PATH and LOCAL_PREF.
    expect(updates(US, RED)[0]).toMatch(/000184040a63000100004001010040020040050400000064$/);
    expect(updates(US, RED)[1]).toMatch(END_OF_MEMBERSHIPS);
    expect(updates(RED, US).some((bytes) => END_OF_MEMBERSHIPS.test(bytes))).toBe(true);
    expect((await us.neighbor(RED)).memberships?.sent).toBe(1);
  });

  it("sends each GoBGP the routes of its VRFs and no others, octet by octet as they came", async () => {
    red.run(`vrf add red rd ${RED}:5000 rt both 65000:5000`);
    blue.run(`vrf add blue rd ${BLUE}:5001 rt both 65000:5001`);
    announce();
    await until(() => prefixes(red).includes("203.0.0.0/24"), "a route of the other GoBGP", us);
    await until(() => prefixes(blue).includes("198.51.1.0/24"), "a route of the other GoBGP", us);
    await until(async () => (await us.summary()).table.prefixes === 6, "six routes", us);
    await until(() => capture.routes(US, FRR).size === 6, "all routes at FRR", us);
    const ofRed = capture.routes(RED, US);
    const ofBlue = capture.routes(BLUE, US);
    expect(ofRed.size).toBe(3);
    expect(ofBlue.size).toBe(3);
    const toRed = capture.routes(US, RED);
    const toBlue = capture.routes(US, BLUE);
    expect([toRed.size, toBlue.size]).toEqual([1, 1]);
    for (const nlri of toRed.keys()) expect(unreflected(toRed, nlri)).toEqual(ofBlue.get(nlri));
    for (const nlri of toBlue.keys()) expect(unreflected(toBlue, nlri)).toEqual(ofRed.get(nlri));
    expect((await us.neighbor(RED)).prefixesSent).toBe(1);
  });

  it("sends FRR, which does not say what it wants, all routes", async () => {
    const frr = await us.neighbor(FRR);
    expect(frr.capabilities).not.toContain("rtc");
    expect(frr.memberships).toBeUndefined();
    const toFrr = capture.routes(US, FRR);
    for (const sent of [capture.routes(RED, US), capture.routes(BLUE, US)]) {
      for (const [nlri, route] of sent) expect(unreflected(toFrr, nlri)).toEqual(route);
    }
  });

  // GoBGP 3.10 dies when a VRF is deleted while it holds a default membership (deleteRTCPathsByVrf), so none is here.
  it("sends the routes of a VRF when it comes, and those alone", async () => {
    const before = updates(US, RED).length;
    red.run(`vrf add green rd ${RED}:5002 rt both 65000:5002`);
    await until(() => prefixes(red).includes("203.0.2.0/24"), "the route of the new VRF", us);
    expect(updates(US, RED).length).toBe(before + 1);
    expect((await us.neighbor(RED)).memberships?.received).toBe(2);
  });
});

describe("a host without clients", () => {
  it("tells GoBGP the import route targets of its VRFs, and gets their routes alone", async () => {
    const host = await startSpeaker(lab, "host", {
      address: HOST,
      neighbors: [BLUE],
      neighborOptions: { reflectorClient: false },
    });
    await established(host, BLUE);
    const setVrf = (...targets: string[]) =>
      host.ask({
        kind: "set-vrf",
        vrf: {
          name: "late",
          rd: parseRouteDistinguisher(`${HOST}:1`),
          importRouteTargets: targets.map(parseRouteTarget),
          exportRouteTargets: [],
        },
      });
    const received = async (): Promise<string[]> => Object.keys(await host.routes("late")).sort();
    await setVrf("65000:5000");
    await until(async () => (await received()).length === 1, "the routes of one tenant", host);
    expect(await received()).toEqual(["203.0.0.0/24"]);
    expect((await host.neighbor(BLUE)).prefixesReceived).toBe(1);
    await setVrf("65000:5001", "65000:5002");
    await until(async () => (await received()).length === 2, "the routes of two others", host);
    expect(await received()).toEqual(["203.0.1.0/24", "203.0.2.0/24"]);
    await until(
      async () => (await host.neighbor(BLUE)).prefixesReceived === 2,
      "a withdrawal",
      host,
    );
  });
});
