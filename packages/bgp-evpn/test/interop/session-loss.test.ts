/** Every way in which a session with FRR or GoBGP ends, and what becomes of the peer's routes. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { bgpdConfig, gobgpConfig } from "./peer-configs.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const GOBGP = "10.99.0.3";
const RESTART_TIME = 2;

const lab = new Lab();
let us: RemoteSpeaker;
let frr: Frr;
let gobgp: GoBgp;

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, gobgp: GOBGP });
  // zebra's bridge, so that FRR has a route of its own: type 3 of VNI 100.
  lab.ip("frr", "link add br100 type bridge stp_state 0");
  lab.ip("frr", `link add vxlan100 type vxlan id 100 dstport 4789 local ${FRR} nolearning`);
  lab.ip("frr", "link set vxlan100 master br100 addrgenmode none");
  for (const link of ["br100", "vxlan100"]) lab.ip("frr", `link set ${link} up`);
  const bgpd = bgpdConfig(FRR, [{ address: US }], {
    router: [
      `bgp graceful-restart restart-time ${RESTART_TIME}`,
      "bgp graceful-restart preserve-fw-state",
    ],
    family: ["advertise-all-vni"],
  });
  frr = new Frr(lab, "frr", { bgpd, zebra: { kind: "own-namespace" } });
  gobgp = new GoBgp(lab, "gobgp", gobgpConfig(GOBGP, [US]));
  frr.start();
  gobgp.start();
  us = await startSpeaker(lab, "us", {
    address: US,
    neighbors: [FRR, GOBGP],
    neighborOptions: { holdTime: 3 },
  });
  await established(us, FRR, GOBGP);
  const route = `multicast ${GOBGP} etag 0 rd ${GOBGP}:100 rt 65000:100 encap vxlan`;
  await until(() => gobgp.run(`global rib add -a evpn ${route}`) === "", "GoBGP takes a route");
  await hasRouteOf(FRR, GOBGP);
});

afterAll(() => lab.dispose());

const nextHops = async (): Promise<string[]> =>
  (await us.routesOfTable()).map(({ nextHop }) => nextHop).sort();

const hasRouteOf = async (...addresses: string[]): Promise<void> => {
  const wanted = [...addresses].sort().join();
  await until(async () => (await nextHops()).join() === wanted, `routes of ${wanted} alone`, us);
};

const isDown = async (address: string): Promise<void> => {
  await until(async () => (await us.neighbor(address)).state !== "Established", "it is down", us);
};

describe("when a NOTIFICATION ends the session", () => {
  it("of FRR (clear bgp), it comes back with its routes, and the reason is shown", async () => {
    const { timesEstablished } = await us.neighbor(FRR);
    frr.show(`clear bgp ${US}`);
    await until(
      async () => (await us.neighbor(FRR)).timesEstablished > timesEstablished,
      "the next session",
      us,
    );
    expect((await us.neighbor(FRR)).lastError).toBe("received Cease/Administrative Reset");
    await hasRouteOf(FRR, GOBGP);
  });

  it("of FRR (shutdown message), its routes go at once, and the operator's text is in the log", async () => {
    frr.show(
      "configure terminal",
      "router bgp 65000",
      `neighbor ${US} shutdown message Back at ten`,
    );
    await hasRouteOf(GOBGP);
    expect((await us.neighbor(FRR)).lastError).toContain("received Cease/Administrative Shutdown");
    expect(us.log.some((line) => line.includes("Back at ten"))).toBe(true);
    frr.show("configure terminal", "router bgp 65000", `no neighbor ${US} shutdown`);
    await established(us, FRR);
    await hasRouteOf(FRR, GOBGP);
  });

  it("of GoBGP (disable), its routes go at once", async () => {
    gobgp.run(`neighbor ${US} disable`);
    await hasRouteOf(FRR);
    expect((await us.neighbor(GOBGP)).lastError).toContain(
      "received Cease/Administrative Shutdown",
    );
    gobgp.run(`neighbor ${US} enable`);
    await established(us, GOBGP);
    await hasRouteOf(FRR, GOBGP);
  });
});

describe("when a peer says everything again", () => {
  // FRR's `soft in`, which asks us for ours, is in interop.test.ts; GoBGP's `softresetin` asks for nothing.
  it("GoBGP (softresetout) changes nothing", async () => {
    const before = await us.neighbor(GOBGP);
    const { table } = await us.summary();
    gobgp.run(`neighbor ${US} softresetout -a evpn`);
    await until(
      async () => (await us.neighbor(GOBGP)).received.update > before.received.update,
      "its routes again",
      us,
    );
    expect((await us.summary()).table).toEqual(table);
    expect((await us.neighbor(GOBGP)).timesEstablished).toBe(before.timesEstablished);
  });
});

describe("when the peer's process is gone (kill -9)", () => {
  it("its routes are kept for its restart time, and then no longer", async () => {
    await frr.killBgpd();
    await until(async () => (await us.neighbor(FRR)).gracefulRestart === "retaining", "GR", us);
    expect(await nextHops()).toEqual([FRR, GOBGP]);
    expect((await us.routesOfTable()).filter(({ stale }) => stale)).toMatchObject([
      { nextHop: FRR },
    ]);
    await hasRouteOf(GOBGP);
    expect((await us.neighbor(FRR)).gracefulRestart).toBe("none");
    frr.startBgpd();
    await established(us, FRR);
    await hasRouteOf(FRR, GOBGP);
  });
});

describe("when nothing comes from the peer any more", () => {
  it("GoBGP that stands still is given up by the hold timer, and is told so", async () => {
    gobgp.signal("SIGSTOP");
    await isDown(GOBGP);
    expect((await us.neighbor(GOBGP)).lastError).toBe("sent Hold Timer Expired");
    await hasRouteOf(FRR);
    gobgp.signal("SIGCONT");
    await established(us, GOBGP);
    await hasRouteOf(FRR, GOBGP);
  });

  it("the link of FRR goes down and comes back, and so does the session", async () => {
    lab.ip("switch", "link set frr down");
    await isDown(FRR);
    expect((await us.neighbor(FRR)).lastError).toBe("sent Hold Timer Expired");
    await hasRouteOf(GOBGP);
    expect((await us.neighbor(GOBGP)).state).toBe("Established");
    lab.ip("switch", "link set frr up");
    await established(us, FRR);
    await hasRouteOf(FRR, GOBGP);
  });
});
