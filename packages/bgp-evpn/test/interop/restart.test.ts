/**
 * How sessions end and begin again with FRR and GoBGP: refreshes with marks, limits and shutdowns with their texts,
 * long-lived graceful restart.
 *
 * FRR originates one route type 3 per VNI, GoBGP two of type 5; the speaker reflects between them.
 */

import {
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NeighborOptions } from "../../src/session/neighbor-options.ts";
import type { NeighborSummary } from "../../src/speaker-summary.ts";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { RemoteSpeaker } from "./remote-speaker.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const GOBGP = "10.99.0.3";
const AS = parseAsn(65000);
const VNIS = [100, 101, 102] as const;
const RESTART_SECONDS = 2;

const BGPD_CONF = `
hostname frr
router bgp 65000
 bgp router-id ${FRR}
 no bgp default ipv4-unicast
 bgp graceful-restart
 bgp graceful-restart preserve-fw-state
 neighbor ${US} remote-as 65000
 neighbor ${US} timers 3 9
 neighbor ${US} timers connect 1
 address-family l2vpn evpn
  neighbor ${US} activate
  advertise-all-vni
 exit-address-family
`;
const GOBGP_CONF = `
[global.config]
  as = 65000
  router-id = "${GOBGP}"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${US}"
    peer-as = 65000
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 1
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = ${RESTART_SECONDS}
    long-lived-enabled = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
    [neighbors.afi-safis.long-lived-graceful-restart.config]
      enabled = true
      restart-time = 3600
`;

const lab = new Lab();
let us: RemoteSpeaker;
let frr: Frr;
let gobgp: GoBgp;

/** Waits until a condition holds; these are other people's daemons, with timers of their own. */
const until = async (condition: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`not within 30 s: ${what}\n${us.log.slice(-20).join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const neighborIs = (
  address: string,
  condition: (neighbor: NeighborSummary) => boolean,
  what: string,
): Promise<void> => until(async () => condition(await us.neighbor(address)), what);

const setNeighbor = (address: string, more: Partial<NeighborOptions> = {}): Promise<string> => {
  const options: NeighborOptions = {
    address: parseIpAddress(address),
    asn: AS,
    holdTime: 9,
    connectRetry: 1,
    reflectorClient: true,
    longLivedStaleTime: 3600,
    ...more,
  };
  return us.ask({ kind: "set-neighbor", options });
};

const clear = (address: string, mode: "hard" | "soft-in" | "soft-out"): Promise<string> =>
  us.ask({ kind: "clear", address: parseIpAddress(address), options: { mode } });

const startSpeaker = async (restarting = false): Promise<void> => {
  us = new RemoteSpeaker(lab, "us");
  const address = parseIpAddress(US);
  const listen = [{ address, port: 179 }];
  const restartTime = RESTART_SECONDS;
  await us.ask({
    kind: "new",
    options: { asn: AS, routerId: address, listen, restarting, restartTime },
  });
  const target = parseRouteTarget("65000:5000");
  await us.ask({
    kind: "set-vrf",
    vrf: {
      name: "red",
      rd: parseRouteDistinguisher(`${US}:1`),
      importRouteTargets: [target],
      exportRouteTargets: [target],
    },
  });
  const route = {
    prefix: parseIpPrefix("10.1.0.0/24"),
    vni: parseVni(5000),
    nextHop: address,
    routerMac: parseMacAddress("02:00:00:00:50:01"),
  };
  await us.ask({ kind: "originate", vrf: "red", route });
  for (const neighbor of [FRR, GOBGP]) await setNeighbor(neighbor);
  await us.ask({ kind: "start" });
};

const makeVni = (vni: number): void => {
  lab.ip("frr", `link add br${vni} type bridge stp_state 0`);
  lab.ip(
    "frr",
    `link add vxlan${vni} type vxlan id ${vni} dstport ${40_000 + vni} local ${FRR} nolearning`,
  );
  lab.ip("frr", `link set vxlan${vni} master br${vni} addrgenmode none`);
  lab.ip("frr", `link set vxlan${vni} up`);
  lab.ip("frr", `link set br${vni} addrgenmode none up`);
};

const addToGoBgp = (): void => {
  for (const prefix of ["198.51.100.0/24", "203.0.113.0/24"]) {
    gobgp.run(
      `global rib add -a evpn prefix ${prefix} etag 0 label 5000 rd ${GOBGP}:1 rt 65000:5000 encap vxlan router-mac 02:00:00:00:50:03`,
    );
  }
};

/** Types lines into FRR's configuration. */
const configure = (...lines: readonly string[]): void => {
  frr.configure(["router bgp 65000", ...lines]);
};

const allUp = (): Promise<void> =>
  until(async () => {
    const { neighbors } = await us.summary();
    return neighbors.every(({ state }) => state === "Established");
  }, "all sessions");

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, gobgp: GOBGP });
  for (const vni of VNIS) makeVni(vni);
  frr = new Frr(lab, "frr", { zebra: { kind: "own-namespace" }, bgpd: BGPD_CONF });
  gobgp = new GoBgp(lab, "gobgp", GOBGP_CONF);
  frr.start();
  gobgp.start();
  await startSpeaker();
  await allUp();
  addToGoBgp();
  await neighborIs(FRR, ({ prefixesReceived }) => prefixesReceived === 3, "FRR's routes");
  await neighborIs(GOBGP, ({ prefixesReceived }) => prefixesReceived === 2, "GoBGP's routes");
});

afterAll(() => lab.dispose());

describe("refreshes", () => {
  it("of FRR's routes come between BoRR and EoRR and lose nothing", async () => {
    const { capabilities, received } = await us.neighbor(FRR);
    expect(capabilities).toContain("enhanced-route-refresh");
    await clear(FRR, "soft-in");
    await neighborIs(
      FRR,
      (now) => now.received.routeRefresh === received.routeRefresh + 2 && now.stalePrefixes === 0,
      "BoRR and EoRR",
    );
    expect(await us.neighbor(FRR)).toMatchObject({ state: "Established", prefixesReceived: 3 });
    expect(us.log.join("\n")).not.toContain("ROUTE-REFRESH ignored");
  });

  it("for FRR are marked, and it has every route afterwards", async () => {
    const before = await us.neighbor(FRR);
    frr.show("clear bgp l2vpn evpn * soft in");
    await neighborIs(
      FRR,
      (now) => now.sent.routeRefresh === before.sent.routeRefresh + 2,
      "our BoRR and EoRR",
    );
    const routes = frr.show("show bgp l2vpn evpn route");
    for (const prefix of ["[10.1.0.0]", "[198.51.100.0]", "[203.0.113.0]"]) {
      expect(routes).toContain(prefix);
    }
    expect((await us.neighbor(FRR)).timesEstablished).toBe(before.timesEstablished);
  });

  it("of GoBGP's routes come without marks, which it does not offer", async () => {
    const before = await us.neighbor(GOBGP);
    expect(before.capabilities).not.toContain("enhanced-route-refresh");
    await clear(GOBGP, "soft-in");
    await neighborIs(GOBGP, (now) => now.received.update > before.received.update, "UPDATEs");
    expect(await us.neighbor(GOBGP)).toMatchObject({ prefixesReceived: 2, stalePrefixes: 0 });
  });
});

describe("a maximum of prefixes", () => {
  it("ends FRR's session, which knows why, until it is cleared", async () => {
    await setNeighbor(FRR, { maximumPrefixes: { limit: 2, action: "shutdown" } });
    await neighborIs(FRR, ({ idleReason }) => idleReason === "PfxCt", "Idle (PfxCt)");
    expect(await us.neighbor(FRR)).toMatchObject({ state: "Idle", prefixesReceived: 0 });
    await until(
      async () => frr.show(`show bgp neighbors ${US}`).includes("Maximum Number of Prefixes"),
      "FRR's last reset",
    );
    await setNeighbor(FRR, { maximumPrefixes: { limit: 3, action: "shutdown" } });
    await allUp();
    await neighborIs(FRR, ({ prefixesReceived }) => prefixesReceived === 3, "FRR's routes");
    await setNeighbor(FRR);
  });
});

describe("a shutdown with a text", () => {
  it("by FRR shows here", async () => {
    configure(`neighbor ${US} shutdown message rack 7 moves`);
    await neighborIs(
      FRR,
      ({ lastError }) => lastError === "received Cease/Administrative Shutdown: rack 7 moves",
      "the text",
    );
    configure(`no neighbor ${US} shutdown`);
    await allUp();
  });

  it("by us is a Hard Reset, which FRR unwraps", async () => {
    await setNeighbor(FRR, { shutdown: { message: "grüße" } });
    // FRR 8.4 unwraps the Hard Reset and does not look for the text inside it.
    await until(
      async () =>
        frr.show(`show bgp neighbors ${US}`).includes("Cease/Administrative Shutdown/Hard Reset"),
      "FRR's last reset",
    );

    expect((await us.neighbor(FRR)).idleReason).toBe("Admin");
    await setNeighbor(FRR);
    await allUp();
  });
});

describe("long-lived graceful restart", () => {
  /** Communities of GoBGP's routes as FRR has them. */
  const atFrr = (): string => frr.show("show bgp l2vpn evpn route detail");

  it("keeps the routes of a killed GoBGP, told to FRR as stale, until it is back", async () => {
    expect((await us.neighbor(GOBGP)).capabilities).toContain("long-lived-graceful-restart");
    await gobgp.kill();
    await neighborIs(GOBGP, ({ gracefulRestart }) => gracefulRestart === "long-lived", "LLGR");
    expect(await us.neighbor(GOBGP)).toMatchObject({ prefixesReceived: 2, stalePrefixes: 2 });
    expect(await us.routes("red")).toHaveProperty("198.51.100.0/24");
    await until(async () => atFrr().includes("llgr-stale"), "llgr-stale in FRR");
    expect(atFrr()).toContain("[198.51.100.0]");
    gobgp.start("-r");
    await until(async () => gobgp.run("global").includes("65000"), "GoBGP answers");
    addToGoBgp();
    await allUp();
    await neighborIs(
      GOBGP,
      (now) => now.gracefulRestart === "none" && now.prefixesReceived === 2,
      "fresh routes",
    );
    await until(async () => !atFrr().includes("llgr-stale"), "fresh routes in FRR");
    expect(atFrr()).toContain("[198.51.100.0]");
  });

  it("has our routes kept by GoBGP when we are killed, as stale, until we are back", async () => {
    const ofUs = (): string =>
      gobgp
        .run("global rib -a evpn")
        .split("\n")
        .filter((line) => line.includes("[prefix:10.1.0.0/24]"))
        .join("\n");
    await until(async () => ofUs() !== "", "our route");
    await us.kill();
    await until(async () => /llgr-stale/i.test(ofUs()), "our route is stale");
    await startSpeaker(true);
    await allUp();
    await until(async () => ofUs() !== "" && !/llgr-stale/i.test(ofUs()), "our route is fresh");
  });
});
