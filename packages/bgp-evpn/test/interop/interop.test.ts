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
import { Capture, unreflected } from "./capture.ts";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { gobgpConfig } from "./peer-configs.ts";
import { RemoteSpeaker } from "./remote-speaker.ts";
import { until as waitUntil } from "./until.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const GOBGP = "10.99.0.3";
const AS = parseAsn(65000);
const L3VNI = 5000;
const OUR_MAC = "02:00:00:00:50:01";
const FRR_MAC = "02:00:00:00:50:02";
const GOBGP_MAC = "02:00:00:00:50:03";

const ZEBRA_CONF = `
hostname frr
vrf red
 vni ${L3VNI}
exit-vrf
`;
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
router bgp 65000 vrf red
 bgp router-id ${FRR}
 no bgp network import-check
 address-family ipv4 unicast
  redistribute connected
 exit-address-family
 address-family ipv6 unicast
  redistribute connected
 exit-address-family
 address-family l2vpn evpn
  advertise ipv4 unicast
  advertise ipv6 unicast
  rd ${FRR}:${L3VNI}
  route-target import 65000:${L3VNI}
  route-target export 65000:${L3VNI}
 exit-address-family
`;
const lab = new Lab();
let us: RemoteSpeaker;
let frr: Frr;
let gobgp: GoBgp;
let capture: Capture;

const until = (condition: () => Promise<boolean>, what: string): Promise<void> =>
  waitUntil(condition, what, us);

/** The tenant's VXLAN and bridge as zebra wants them: made in the underlay, moved to the VRF. */
const makeTenant = (): void => {
  lab.addNamespace("red");
  lab.ip(
    "frr",
    `link add vxlan${L3VNI} type vxlan id ${L3VNI} dstport 4789 local ${FRR} nolearning`,
  );
  lab.ip("frr", `link set vxlan${L3VNI} netns ${lab.name("red")}`);
  lab.ip("red", `link add br${L3VNI} address ${FRR_MAC} type bridge stp_state 0`);
  lab.ip("red", `link set vxlan${L3VNI} master br${L3VNI} addrgenmode none`);
  lab.ip("red", `link set vxlan${L3VNI} type bridge_slave learning off`);
  lab.ip("red", `link set vxlan${L3VNI} up`);
  lab.ip("red", `link set br${L3VNI} addrgenmode none up`);
  lab.ip("red", "link add lan0 type veth peer name lan1");
  lab.ip("red", "link set lan1 up");
  lab.ip("red", "link set lan0 up");
  lab.ip("red", "addr add 192.168.2.1/24 dev lan0");
  lab.ip("red", "addr add 2001:db8:2::1/64 dev lan0 nodad");
};

const startSpeaker = async (restarting = false): Promise<void> => {
  us = new RemoteSpeaker(lab, "us");
  const address = parseIpAddress(US);
  const listen = [{ address, port: 179 }];
  await us.ask({ kind: "new", options: { asn: AS, routerId: address, listen, restarting } });
  const target = parseRouteTarget(`65000:${L3VNI}`);
  await us.ask({
    kind: "set-vrf",
    vrf: {
      name: "red",
      rd: parseRouteDistinguisher(`${US}:1`),
      importRouteTargets: [target],
      exportRouteTargets: [target],
      vni: parseVni(L3VNI),
    },
  });
  for (const prefix of ["10.1.0.0/24", "10.1.0.11/32", "2001:db8:1::/64"]) await originate(prefix);
  for (const neighbor of [FRR, GOBGP]) {
    const options: NeighborOptions = {
      address: parseIpAddress(neighbor),
      asn: AS,
      holdTime: 9,
      connectRetry: 1,
      reflectorClient: true,
    };
    await us.ask({ kind: "set-neighbor", options });
  }
  await us.ask({ kind: "start" });
};

const originate = (prefix: string, nextHop = US) =>
  us.ask({
    kind: "originate",
    vrf: "red",
    route: {
      prefix: parseIpPrefix(prefix),
      vni: parseVni(L3VNI),
      nextHop: parseIpAddress(nextHop),
      routerMac: parseMacAddress(OUR_MAC),
    },
  });

const isUp = async (address: string): Promise<boolean> =>
  (await us.neighbor(address)).state === "Established";

const gobgpIsUp = (): boolean =>
  gobgp.run(`neighbor ${US}`).toLowerCase().includes("bgp state = established");

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, gobgp: GOBGP });
  makeTenant();
  capture = new Capture(lab, "us");
  frr = new Frr(lab, "frr", {
    bgpd: BGPD_CONF,
    zebra: { kind: "tenant", namespace: "red", config: ZEBRA_CONF },
  });
  gobgp = new GoBgp(lab, "gobgp", gobgpConfig(GOBGP, [US]));
  frr.start();
  gobgp.start();
  await startSpeaker();
  await until(async () => (await isUp(FRR)) && (await isUp(GOBGP)), "two sessions");
});

afterAll(() => lab.dispose());

describe("with FRR", () => {
  it("the session has what both can", async () => {
    const neighbor = await us.neighbor(FRR);
    expect(neighbor.capabilities).toEqual([
      "l2vpn-evpn",
      "route-refresh",
      "enhanced-route-refresh",
      "extended-message",
      "four-octet-as",
      "graceful-restart",
      "long-lived-graceful-restart",
    ]);
    expect(neighbor.holdTime).toBe(9);
  });

  it("our IPv4 and IPv6 prefixes are in the kernel of its tenant", async () => {
    await until(async () => {
      const v4 = lab.ip("red", "route");
      const v6 = lab.ip("red", "-6 route");
      return (
        v4.includes(`10.1.0.0/24 via ${US} dev br${L3VNI} proto bgp`) &&
        v4.includes(`10.1.0.11 via ${US} dev br${L3VNI} proto bgp`) &&
        v6.includes(`2001:db8:1::/64 via ::ffff:${US} dev br${L3VNI} proto bgp`)
      );
    }, "routes in the tenant");
    expect(lab.ip("red", "neigh")).toContain(`${US} dev br${L3VNI} lladdr ${OUR_MAC}`);
  });

  it("its prefixes are in our VRF", async () => {
    const nextHop = `${FRR} ${L3VNI} ${FRR_MAC}`;
    await until(async () => Object.keys(await us.routes("red")).length >= 2, "two routes of FRR");
    expect(await us.routes("red")).toMatchObject({
      "192.168.2.0/24": nextHop,
      "2001:db8:2::/64": nextHop,
    });
  });

  it("a prefix that we withdraw leaves its kernel", async () => {
    await us.ask({ kind: "withdraw", vrf: "red", prefix: parseIpPrefix("10.1.0.11/32") });
    await until(async () => !lab.ip("red", "route").includes("10.1.0.11"), "route is gone");
    expect(lab.ip("red", "route")).toContain("10.1.0.0/24");
  });

  it("a clear of its session asks for our routes again, and gets them", async () => {
    const before = (await us.neighbor(FRR)).sent.update;
    frr.show("clear bgp l2vpn evpn * soft in");
    await until(async () => (await us.neighbor(FRR)).received.routeRefresh > 0, "ROUTE-REFRESH");
    await until(async () => (await us.neighbor(FRR)).sent.update > before, "routes again");
    expect(await isUp(FRR)).toBe(true);
  });
});

describe("with GoBGP", () => {
  const add = (route: string): string =>
    gobgp.run(`global rib add -a evpn ${route} rd ${GOBGP}:1 rt 65000:${L3VNI} encap vxlan`);

  it("our prefixes are in its table", async () => {
    await until(async () => {
      const table = gobgp.run("global rib -a evpn");
      return table.includes("[prefix:10.1.0.0/24]") && table.includes("[prefix:2001:db8:1::/64]");
    }, "routes in GoBGP");
    expect(gobgp.run("global rib -a evpn")).toContain(OUR_MAC);
  });

  it("its prefixes are in our VRF, but not one without Router's MAC", async () => {
    add(`prefix 198.51.100.0/24 etag 0 label ${L3VNI} router-mac ${GOBGP_MAC}`);
    add(`prefix 2001:db8:3::/64 etag 0 label ${L3VNI} router-mac ${GOBGP_MAC}`);
    add("prefix 203.0.113.128/25 gw 192.168.100.13 etag 0 label 0");
    const nextHop = `${GOBGP} ${L3VNI} ${GOBGP_MAC}`;
    await until(async () => (await us.neighbor(GOBGP)).prefixesReceived === 3, "three routes");
    await until(async () => "198.51.100.0/24" in (await us.routes("red")), "a route in the VRF");
    const routes = await us.routes("red");
    expect(routes).toMatchObject({ "198.51.100.0/24": nextHop, "2001:db8:3::/64": nextHop });
    expect(routes).not.toHaveProperty("203.0.113.128/25");
  });
});

describe("as a reflector between FRR and GoBGP", () => {
  const OTHER_ROUTES = [
    `multicast ${GOBGP} etag 0 rd ${GOBGP}:100 rt 65000:100 encap vxlan pmsi ingress-repl 100 ${GOBGP}`,
    `macadv 02:00:00:00:03:01 0.0.0.0 etag 0 label 100 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
    `macadv 02:00:00:00:03:01 192.168.100.13 etag 0 label 100,5000 rd ${GOBGP}:100 rt 65000:100 65000:5000 encap vxlan router-mac ${GOBGP_MAC}`,
    `a-d esi LACP 02:00:00:00:0e:51 1 etag 0 label 100 rd ${GOBGP}:100 rt 65000:100 encap vxlan`,
    `a-d esi LACP 02:00:00:00:0e:51 1 etag 4294967295 label 0 rd ${GOBGP}:1 rt 65000:100 encap vxlan esi-label 0`,
    `esi ${GOBGP} esi LACP 02:00:00:00:0e:51 1 rd ${GOBGP}:1 encap vxlan`,
  ];

  it("passes NLRI, next hop and attributes on octet by octet, both ways", async () => {
    for (const route of OTHER_ROUTES) gobgp.run(`global rib add -a evpn ${route}`);
    const fromGoBgp = () => capture.routes(GOBGP, US);
    const fromFrr = () => capture.routes(FRR, US);
    await until(async () => fromGoBgp().size === 9, "nine routes of GoBGP");
    await until(async () => {
      const toFrr = capture.routes(US, FRR);
      const toGoBgp = capture.routes(US, GOBGP);
      return (
        [...fromGoBgp().keys()].every((nlri) => toFrr.has(nlri)) &&
        [...fromFrr().keys()].every((nlri) => toGoBgp.has(nlri))
      );
    }, "every route at the other side");
    const toFrr = capture.routes(US, FRR);
    for (const [nlri, sent] of fromGoBgp()) expect(unreflected(toFrr, nlri)).toEqual(sent);
    const toGoBgp = capture.routes(US, GOBGP);
    expect(fromFrr().size).toBeGreaterThanOrEqual(2);
    for (const [nlri, sent] of fromFrr()) expect(unreflected(toGoBgp, nlri)).toEqual(sent);
  });

  it("lets GoBGP's prefixes into the kernel of FRR's tenant, with GoBGP as the VTEP", async () => {
    await until(
      async () => lab.ip("red", "route").includes(`198.51.100.0/24 via ${GOBGP} dev br${L3VNI}`),
      "route of GoBGP in the tenant",
    );
  });

  it("does not send a route back to where it came from", () => {
    for (const nlri of capture.routes(FRR, US).keys()) {
      expect(capture.routes(US, FRR).has(nlri)).toBe(false);
    }
  });
});

it("VTEPs with IPv6 addresses are next hops both ways, over the same session", async () => {
  const route = `prefix 198.51.101.0/24 etag 0 label ${L3VNI} router-mac ${GOBGP_MAC} nexthop 2001:db8:ff::3`;
  const held = (await us.neighbor(GOBGP)).prefixesReceived;
  const all = `${route} rd ${GOBGP}:1 rt 65000:${L3VNI} encap vxlan`;
  gobgp.run(`global rib add -a evpn ${all}`);
  await until(async () => "198.51.101.0/24" in (await us.routes("red")), "its route in the VRF");
  expect(await us.routes("red")).toMatchObject({
    "198.51.101.0/24": `2001:db8:ff::3 ${L3VNI} ${GOBGP_MAC}`,
  });
  await originate("10.1.6.0/24", "2001:db8:ff::1");
  const ours = (): string[] =>
    gobgp
      .run("global rib -a evpn")
      .split("\n")
      .filter((line) => line.includes("[prefix:10.1.6.0/24]"));
  await until(async () => ours().length > 0, "our route in GoBGP");
  expect(ours().join()).toContain("2001:db8:ff::1");
  // FRR was told of both as well.
  expect(await isUp(FRR)).toBe(true);
  gobgp.run(`global rib del -a evpn ${all}`);
  await us.ask({ kind: "withdraw", vrf: "red", prefix: parseIpPrefix("10.1.6.0/24") });
  await until(async () => (await us.neighbor(GOBGP)).prefixesReceived === held, "its withdrawal");
});

describe("over restarts", () => {
  it("keeps FRR's routes while a killed bgpd is restarted, and has them all again", async () => {
    await frr.killBgpd();
    await until(async () => (await us.neighbor(FRR)).gracefulRestart === "retaining", "retention");
    expect(await us.routes("red")).toHaveProperty("192.168.2.0/24");
    frr.startBgpd();
    await until(async () => isUp(FRR), "the session is back");
    await until(async () => (await us.neighbor(FRR)).gracefulRestart === "none", "End-of-RIB");
    await until(async () => "192.168.2.0/24" in (await us.routes("red")), "route of FRR");
  });

  // FRR 8.4 offers graceful restart for EVPN but keeps no EVPN routes of others (bgpd's list of families ends before it).
  it("is waited for by GoBGP when it is killed, and has all routes again when it is back", async () => {
    await until(async () => lab.ip("red", "route").includes("10.1.0.0/24"), "our route");
    await us.kill();
    await until(
      async () => gobgp.run(`neighbor ${US}`).includes("BGP state = ") && !gobgpIsUp(),
      "GoBGP has noticed",
    );
    expect(gobgp.run("global rib -a evpn")).toContain("[prefix:10.1.0.0/24]");
    await startSpeaker(true);
    await until(async () => (await isUp(FRR)) && (await isUp(GOBGP)), "two sessions");
    await until(async () => (await us.summary()).converged, "convergence");
    await until(async () => "192.168.2.0/24" in (await us.routes("red")), "route of FRR");
    await until(async () => lab.ip("red", "route").includes("10.1.0.0/24"), "our route");
    expect(gobgp.run("global rib -a evpn")).toContain("[prefix:10.1.0.0/24]");
  });

  it("drops FRR's routes by the hold timer when bgpd stands still", async () => {
    frr.signalBgpd("SIGSTOP");
    await until(async () => !(await isUp(FRR)), "the hold timer expires");
    expect((await us.neighbor(FRR)).lastError).toBe("sent Hold Timer Expired");
    await until(async () => !("192.168.2.0/24" in (await us.routes("red"))), "route is gone");
    frr.signalBgpd("SIGCONT");
    await until(async () => isUp(FRR), "the session is back");
  });

  it("is known to have been shut down when it is stopped in order", async () => {
    await us.ask({ kind: "stop" });
    await until(async () => !lab.ip("red", "route").includes("10.1.0.0/24"), "route is gone");
    const output = frr.show(`show bgp neighbors ${US}`);
    expect(output).toContain("Cease/Administrative Shutdown");
  });
});
