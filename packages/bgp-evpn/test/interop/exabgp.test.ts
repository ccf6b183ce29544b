/** Odd and malformed routes of ExaBGP through our reflector. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Capture, unreflected } from "./capture.ts";
import { ExaBgp, type GenericAttribute } from "./exabgp.ts";
import {
  autoDiscovery,
  DF_PREFERENCE,
  extendedCommunities,
  macRoute,
  mobility,
  prefixRoute,
  ROUTE_TARGET,
  reach,
  routerMac,
  SINGLE_ACTIVE,
  segment,
  selectiveMulticast,
  VXLAN,
} from "./exabgp-routes.ts";
import { Lab, requireLab } from "./lab.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, setNeighbor, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const EXABGP = "10.99.0.4";
const SECOND = "10.99.0.5";
const OTHER = "10.99.0.6";
const ESI = "00112233445566778899";
const FOLLOWS = extendedCommunities(ROUTE_TARGET, VXLAN);

const lab = new Lab();
let us: RemoteSpeaker;
let other: RemoteSpeaker;
/** Two, which take turns in sending what is malformed: the log has no more than ten lines in ten seconds of one. */
const injectors = [EXABGP, SECOND].map((address) => ({
  address,
  daemon: new ExaBgp(lab, `exabgp${address.at(-1)}`, {
    address,
    peer: US,
    capabilities: "route-refresh; graceful-restart 60; asn4;",
    relayed: true,
  }),
}));
let capture: Capture;

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, exabgp4: EXABGP, exabgp5: SECOND, other: OTHER });
  capture = new Capture(lab, "us");
  us = await startSpeaker(lab, "us", { address: US, neighbors: [OTHER] });
  // Not clients, so that neither hears of the other: ExaBGP 4.2 ends its session when all of that is withdrawn.
  const options = { passive: true, reflectorClient: false };
  for (const { address } of injectors) await setNeighbor(us, address, options);
  other = await startSpeaker(lab, "other", { address: OTHER, neighbors: [US] });
  for (const { daemon } of injectors) daemon.start();
  await established(us, EXABGP, SECOND, OTHER);
});

afterAll(() => lab.dispose());

const injector = (turn: number) => injectors[turn % injectors.length] ?? fail("no ExaBGP");

const fail = (message: string): never => {
  throw new Error(message);
};

/** The first ExaBGP, for what is well-formed. */
const exabgp = injector(0).daemon;

/** Announces one UPDATE and waits until its routes have been passed on. */
const passedOn = async (routes: string[], ...attributes: GenericAttribute[]): Promise<void> => {
  exabgp.announce(reach(EXABGP, ...routes), ...attributes);
  await until(
    () => routes.every((nlri) => capture.routes(US, OTHER).has(nlri)),
    "the routes are passed on",
    us,
  );
  const sent = capture.routes(EXABGP, US);
  const passed = capture.routes(US, OTHER);
  for (const nlri of routes) {
    const { nextHop, attributes: all } = sent.get(nlri) ?? { nextHop: "", attributes: [] };
    // NEXT_HOP is that of the IPv4 route in the body.
    const own = all.filter((attribute) => !attribute.startsWith("4003"));
    expect(own.length).toBeGreaterThanOrEqual(3 + attributes.length);
    expect(unreflected(passed, nlri)).toEqual({ nextHop, attributes: own });
  }
};

describe("our reflector passes on, octet by octet,", () => {
  it("a sticky MAC and one of sequence number 7", async () => {
    const sticky = macRoute(EXABGP, "020000000401", 100);
    await passedOn([sticky], extendedCommunities(ROUTE_TARGET, VXLAN, mobility(0, true)));
    const moved = macRoute(EXABGP, "020000000402", 100);
    await passedOn([moved], extendedCommunities(mobility(7), VXLAN, ROUTE_TARGET));
  });

  it("an Ethernet segment: single-active auto-discovery, DF election by preference", async () => {
    const perSegment = autoDiscovery(EXABGP, ESI, 0xffffffff, 0);
    await passedOn([perSegment], extendedCommunities(ROUTE_TARGET, SINGLE_ACTIVE));
    await passedOn([autoDiscovery(EXABGP, ESI, 0, 100)], FOLLOWS);
    const esImport = `0602${ESI.slice(2, 14)}`;
    await passedOn([segment(EXABGP, ESI)], extendedCommunities(esImport, DF_PREFERENCE));
  });

  it("a route of a type that it does not know (type 6, RFC 9251)", async () => {
    await passedOn([selectiveMulticast(EXABGP, "239.1.1.1", 100)], FOLLOWS);
    expect(JSON.stringify(await other.routesOfTable())).toContain('"routeType":6');
  });

  it("sixteen routes of one UPDATE, and attributes that it does not know", async () => {
    const routes = Array.from({ length: 16 }, (_, n) => prefixRoute(EXABGP, `10.4.${n}.0`, 24, 5));
    const communities = extendedCommunities(ROUTE_TARGET, routerMac("020000005004"), VXLAN);
    // The partial bit of an unknown transitive attribute would be set by us, so it is set already.
    await passedOn(routes, communities, [99, 0xe0, "c0ffee"]);
  });

  it("no unknown attribute that is not transitive", async () => {
    const nlri = macRoute(EXABGP, "020000000403", 100);
    exabgp.announce(reach(EXABGP, nlri), FOLLOWS, [98, 0x80, "c0ffee"]);
    await until(() => capture.routes(US, OTHER).has(nlri), "the route is passed on", us);
    const has = (from: string, to: string): boolean =>
      capture.routes(from, to).get(nlri)?.attributes.includes("8062c0ffee") ?? false;
    expect([has(EXABGP, US), has(US, OTHER)]).toEqual([true, false]);
  });
});

/** One row: what is wrong, the attribute, and what the log says. */
type Malformed = readonly [what: string, attribute: GenericAttribute, reason: string];

const WITHDRAWN: readonly Malformed[] = [
  ["an undefined ORIGIN", [1, 0x40, "09"], "ORIGIN is not 0 (IGP), 1 (EGP) or 2"],
  ["an AS_PATH whose segment overruns it", [2, 0x40, "0209fde8"], "AS_PATH has a segment"],
  ["a MED of three octets", [4, 0x80, "000000"], "MULTI_EXIT_DISC has length 3; it must be 4"],
  ["a MED with the flags of a well-known attribute", [4, 0x40, "00000000"], "has flags well-known"],
  ["a LOCAL_PREF of five octets", [5, 0x40, "0000000064"], "LOCAL_PREF has length 5"],
  ["COMMUNITIES of six octets", [8, 0xc0, "fde80064fde8"], "COMMUNITIES has length 6"],
  ["an ORIGINATOR_ID of two octets", [9, 0x80, "0a63"], "ORIGINATOR_ID has length 2"],
  ["a CLUSTER_LIST of five octets", [10, 0x80, "0a63000400"], "CLUSTER_LIST has length 5"],
  [
    "EXTENDED_COMMUNITIES of nine octets",
    [16, 0xc0, `${ROUTE_TARGET}00`],
    "COMMUNITIES has length 9",
  ],
  ["a PMSI_TUNNEL of two octets", [22, 0xc0, "0006"], "PMSI_TUNNEL has length 2"],
  [
    "LARGE_COMMUNITIES of eleven octets",
    [32, 0xc0, "00".repeat(11)],
    "LARGE_COMMUNITIES has length 11",
  ],
];
const DISCARDED: readonly Malformed[] = [
  ["an ATOMIC_AGGREGATE with a value", [6, 0x40, "01"], "ATOMIC_AGGREGATE has length 1"],
  ["an AGGREGATOR of seven octets", [7, 0xc0, "0000fde80a6300"], "AGGREGATOR has length 7"],
  ["an AS4_PATH from a speaker with four-octet AS numbers", [17, 0xc0, "02010000fde8"], "AS4_PATH"],
];

const MAC = "0200000004aa";

const holdsMac = async (): Promise<boolean> =>
  JSON.stringify(await other.routesOfTable()).includes("02:00:00:00:04:aa");

/** Whether the log has the UPDATE and what was done about it; the session has stayed. */
const expectReport = async (
  address: string,
  nlri: string,
  [, [type, flags, value], reason]: Malformed,
  treatment: string,
): Promise<void> => {
  expect(await us.neighbor(address)).toMatchObject({ state: "Established", timesEstablished: 1 });
  const line = us.log.findLast((text) => text.includes('"malformed UPDATE"'));
  const report = JSON.parse(line ?? "{}");
  expect(report.neighbor).toBe(address);
  expect(report.reason).toContain(reason);
  expect(report.reason).toContain(`(${treatment})`);
  expect(report.hex).toContain(nlri);
  expect(report.hex).toContain(octets(flags, type, value.length / 2) + value);
};

const octets = (...values: number[]): string => Buffer.from(values).toString("hex");

describe("our reflector survives", () => {
  it.each(WITHDRAWN.map((row, turn) => [row[0], turn, row] as const))(
    "%s: the route is treated as withdrawn",
    async (_, turn, row) => {
      const { address, daemon } = injector(turn);
      const nlri = macRoute(address, MAC, 100);
      daemon.announce(reach(address, nlri), FOLLOWS);
      await until(holdsMac, "the route is passed on", us);
      const [, attribute] = row;
      const others = attribute[0] === FOLLOWS[0] ? [] : [FOLLOWS];
      daemon.announce(reach(address, nlri), ...others, attribute);
      await until(async () => !(await holdsMac()), "the route is gone", us);
      await expectReport(address, nlri, row, "treat-as-withdraw");
    },
  );

  it.each(DISCARDED.map((row, turn) => [row[0], turn, row] as const))(
    "%s: the attribute is dropped, the route stays",
    async (_, turn, row) => {
      const { address, daemon } = injector(turn + WITHDRAWN.length);
      const [, attribute] = row;
      const nlri = macRoute(address, `0200000005${octets(attribute[0])}`, 100);
      daemon.announce(reach(address, nlri), FOLLOWS, attribute);
      await until(() => capture.routes(US, OTHER).has(nlri), "the route is passed on", us);
      const passed = unreflected(capture.routes(US, OTHER), nlri)?.attributes ?? [];
      expect(passed.map((value) => value.slice(2, 4)).sort()).toEqual(["01", "02", "05", "10"]);
      await expectReport(address, nlri, row, "attribute-discard");
    },
  );

  it("an NLRI field that cannot be read: that session is reset, with its octets in the log", async () => {
    exabgp.announce(reach(EXABGP, "0221"), FOLLOWS);
    await until(async () => (await us.neighbor(EXABGP)).lastError !== undefined, "a reset", us);
    expect((await us.neighbor(EXABGP)).lastError).toContain("sent UPDATE Message Error");
    // ExaBGP comes back at once and sends everything again, so it is not the last line.
    const line = us.log.find((text) => text.includes("(session-reset)"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      neighbor: EXABGP,
      hex: expect.stringContaining(octets(0x80, 14, 11) + reach(EXABGP, "0221")[2]),
      reason: expect.stringContaining("(session-reset)"),
    });
    for (const { address, state } of (await us.summary()).neighbors) {
      if (address !== EXABGP) expect(state).toBe("Established");
    }
  });
});
