/**
 * MAC-VRFs against FRR with real VXLAN devices, and against GoBGP: types 1 to 5 both ways.
 *
 * FRR's L2VNI and L3VNI are in the tenant's namespace, so its MAC/IP routes are those of symmetric IRB.
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
import { makeEsi } from "../../src/evpn/ethernet-segment-id.ts";
import { localMac } from "../../src/evpn/mac-mobility.ts";
import type { MacIpEntry, RibEthernetSegment } from "../../src/rib/mac-vrf.ts";
import type { MacVrfChange, RemoteMacChange } from "../../src/rib/mac-vrf-change.ts";
import { Frr, GoBgp } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { RemoteSpeaker } from "./remote-speaker.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";
const GOBGP = "10.99.0.3";
const AS = parseAsn(65000);
const L2VNI = 100;
const L3VNI = 5000;
const OUR_RMAC = "02:00:00:00:50:01";
const FRR_RMAC = "02:00:00:00:50:02";
const GOBGP_RMAC = "02:00:00:00:50:03";
const OUR_HOST = parseMacAddress("02:00:00:00:01:01");
const FRR_HOST = "02:00:00:00:02:01";
const GOBGP_HOST = "02:00:00:00:03:01";
const GOBGP_MULTIHOMED = "02:00:00:00:03:02";
const SEGMENT = makeEsi({
  kind: "lacp",
  systemMac: parseMacAddress("02:00:00:00:0e:51"),
  portKey: 1,
});
const OUR_SEGMENT: RibEthernetSegment = {
  esi: makeEsi({
    kind: "mac",
    systemMac: parseMacAddress("02:00:00:00:e5:01"),
    discriminator: 3,
  }),
  rd: parseRouteDistinguisher(`${US}:9`),
  vtep: parseIpAddress(US),
  macVrfs: ["blue"],
};

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
 neighbor ${US} remote-as 65000
 neighbor ${US} timers 3 9
 neighbor ${US} timers connect 1
 address-family l2vpn evpn
  neighbor ${US} activate
  advertise-all-vni
 exit-address-family
router bgp 65000 vrf red
 bgp router-id ${FRR}
 address-family l2vpn evpn
  route-target import 65000:${L3VNI}
  route-target export 65000:${L3VNI}
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
    connect-retry = 1
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
`;

const lab = new Lab();
let us: RemoteSpeaker;
let frr: Frr;
let gobgp: GoBgp;

/** Waits until a condition holds; these are other people's daemons, with timers of their own. */
const until = async (condition: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      const table = JSON.stringify(await us.macVrf("blue"), undefined, 1);
      throw new Error(`not within 20 s: ${what}\n${table}\n${us.log.slice(-20).join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** An L2VNI and the L3VNI of the tenant, as zebra wants them: made in the underlay, moved to the VRF. */
const makeTenant = (): void => {
  lab.addNamespace("red");
  const bridges = [
    [L3VNI, FRR_RMAC],
    [L2VNI, "02:00:00:aa:00:01"],
  ] as const;
  for (const [vni, mac] of bridges) {
    const vxlan = `link add vxlan${vni} type vxlan id ${vni} dstport 4789 local ${FRR} nolearning`;
    lab.ip("frr", vxlan);
    lab.ip("frr", `link set vxlan${vni} netns ${lab.name("red")}`);
    lab.ip("red", `link add br${vni} address ${mac} type bridge stp_state 0`);
    lab.ip("red", `link set vxlan${vni} master br${vni} addrgenmode none`);
    lab.ip("red", `link set vxlan${vni} type bridge_slave learning off`);
    lab.ip("red", `link set vxlan${vni} up`);
    lab.ip("red", `link set br${vni} addrgenmode none up`);
  }
  lab.ip("red", `addr add 192.168.100.1/24 dev br${L2VNI}`);
  lab.ip("red", "link add port0 type veth peer name port1");
  lab.ip("red", `link set port0 master br${L2VNI} up`);
  lab.ip("red", "link set port1 up");
};

const learnAtFrr = (): void => {
  lab.run("red", "bridge", ["fdb", "replace", FRR_HOST, "dev", "port0", "master", "dynamic"]);
  lab.ip("red", `neigh replace 192.168.100.12 lladdr ${FRR_HOST} dev br${L2VNI} nud reachable`);
};

const originate = (entry: MacIpEntry) => us.ask({ kind: "originate-mac", macVrf: "blue", entry });

const startSpeaker = async (): Promise<void> => {
  us = new RemoteSpeaker(lab, "us");
  const address = parseIpAddress(US);
  const routerMac = parseMacAddress(OUR_RMAC);
  const l3Target = parseRouteTarget(`65000:${L3VNI}`);
  const l2Target = parseRouteTarget(`65000:${L2VNI}`);
  const listen = [{ address, port: 179 }];
  await us.ask({ kind: "new", options: { asn: AS, routerId: address, listen } });
  await us.ask({
    kind: "set-vrf",
    vrf: {
      name: "red",
      rd: parseRouteDistinguisher(`${US}:1`),
      importRouteTargets: [l3Target],
      exportRouteTargets: [l3Target],
      vni: parseVni(L3VNI),
      routerMac,
      macVrfs: ["blue"],
    },
  });
  await us.ask({
    kind: "set-mac-vrf",
    macVrf: {
      name: "blue",
      rd: parseRouteDistinguisher(`${US}:${L2VNI}`),
      importRouteTargets: [l2Target],
      exportRouteTargets: [l2Target],
      vni: parseVni(L2VNI),
      vtep: address,
      l3vni: { vni: parseVni(L3VNI), exportRouteTargets: [l3Target], routerMac },
    },
  });
  await us.ask({ kind: "set-segment", segment: OUR_SEGMENT });
  await originate({ mac: OUR_HOST });
  await originate({ mac: OUR_HOST, ip: parseIpAddress("192.168.100.11") });
  await originate({ mac: OUR_HOST, ip: parseIpAddress("2001:db8:100::11") });
  await us.ask({
    kind: "originate",
    vrf: "red",
    route: {
      prefix: parseIpPrefix("10.1.0.0/24"),
      vni: parseVni(L3VNI),
      nextHop: address,
      routerMac,
    },
  });
  for (const neighbor of [FRR, GOBGP]) {
    const options = { address: parseIpAddress(neighbor), asn: AS, holdTime: 9, connectRetry: 1 };
    await us.ask({ kind: "set-neighbor", options });
  }
  await us.ask({ kind: "start" });
};

const isUp = async (address: string): Promise<boolean> =>
  (await us.neighbor(address)).state === "Established";

/** The MACs, neighbours and VTEPs of our MAC-VRF that come from a VTEP or are told of an address. */
const told = async (is: (change: MacVrfChange) => boolean): Promise<MacVrfChange | undefined> =>
  (await us.macVrf("blue")).find(is);

const remoteMac = async (mac: string): Promise<RemoteMacChange | undefined> => {
  const change = await told((one) => one.kind === "remote-mac" && one.mac === mac);
  return change?.kind === "remote-mac" ? change : undefined;
};

const fdb = (): string => lab.run("red", "bridge", ["fdb", "show", "dev", `vxlan${L2VNI}`]);

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr: FRR, gobgp: GOBGP });
  makeTenant();
  frr = new Frr(lab, "frr", {
    zebra: { kind: "tenant", namespace: "red", config: ZEBRA_CONF },
    bgpd: BGPD_CONF,
  });
  gobgp = new GoBgp(lab, "gobgp", GOBGP_CONF);
  frr.start();
  gobgp.start();
  await startSpeaker();
  await until(async () => (await isUp(FRR)) && (await isUp(GOBGP)), "two sessions");
});

afterAll(() => lab.dispose());

describe("FRR", () => {
  /** A path of FRR's table, as far as it is looked at here. */
  interface FrrPath {
    readonly valid?: boolean;
    readonly routeType: number;
    readonly extendedCommunity?: { readonly string: string };
  }

  /** FRR's paths of one of our distinguishers by its notation. */
  const frrRoutes = (rd: string): ReadonlyMap<string, FrrPath> => {
    const text = frr.show("show bgp l2vpn evpn route json");
    if (text === "") return new Map();
    const table = JSON.parse(text)[rd] ?? {};
    const routes = Object.entries<{ paths?: FrrPath[][] }>(table).flatMap(([key, value]) => {
      const path = value.paths?.[0]?.[0];
      return path === undefined ? [] : [[key, path] as const];
    });
    return new Map(routes);
  };

  it("has our routes of types 2, 3 and 5 with their communities", async () => {
    await until(async () => frrRoutes(`${US}:${L2VNI}`).size >= 4, "our MAC-VRF in FRR's table");
    const routes = frrRoutes(`${US}:${L2VNI}`);
    // FRR 8.4 shows them in an order of its own.
    const communities = (key: string) =>
      routes.get(key)?.extendedCommunity?.string.split(" ").sort();
    const l2 = ["ET:8", `RT:65000:${L2VNI}`];
    expect(communities(`[3]:[0]:[32]:[${US}]`)).toEqual(l2);
    expect(communities(`[2]:[0]:[48]:[${OUR_HOST}]`)).toEqual(l2);
    expect(communities(`[2]:[0]:[48]:[${OUR_HOST}]:[32]:[192.168.100.11]`)).toEqual([
      ...l2,
      `RT:65000:${L3VNI}`,
      `Rmac:${OUR_RMAC}`,
    ]);
    expect([...frrRoutes(`${US}:1`).keys()]).toEqual(["[5]:[0]:[24]:[10.1.0.0]"]);
  });

  it("forwards to our MACs, floods to us, and has our hosts in its VRF", async () => {
    await until(async () => fdb().includes(`${OUR_HOST} dst ${US}`), "our MAC in its FDB");
    expect(fdb()).toMatch(new RegExp(`00:00:00:00:00:00 dst ${US} .*self permanent`));
    await until(
      async () => lab.ip("red", "route").includes(`192.168.100.11 via ${US} dev br${L3VNI}`),
      "our IPv4 host in its VRF",
    );
    await until(
      async () => lab.ip("red", "-6 route").includes(`2001:db8:100::11 via ::ffff:${US}`),
      "our IPv6 host in its VRF",
    );
    expect(lab.ip("red", "neigh")).toContain(`192.168.100.11 dev br${L2VNI} lladdr ${OUR_HOST}`);
  });

  it("is a VTEP of ours to flood to; its host is a MAC, a neighbour and a host route", async () => {
    learnAtFrr();
    await until(async () => (await remoteMac(FRR_HOST)) !== undefined, "its MAC");
    await until(async () => "192.168.100.12/32" in (await us.routes("red")), "its host in our VRF");
    expect(await remoteMac(FRR_HOST)).toMatchObject({
      nextHops: [{ vtep: FRR, vni: L2VNI }],
      sequence: 0,
      sticky: false,
    });
    expect(await us.macVrf("blue")).toContainEqual({ kind: "remote-vtep", vtep: FRR, vni: L2VNI });
    expect(
      await told((one) => one.kind === "neighbour" && one.ip === "192.168.100.12"),
    ).toMatchObject({ mac: FRR_HOST });
    expect((await us.routes("red"))["192.168.100.12/32"]).toBe(`${FRR} ${L3VNI} ${FRR_RMAC}`);
  });

  it("lets a MAC move to us and takes it back, with a sequence number higher each time", async () => {
    const held = await remoteMac(FRR_HOST);
    if (held === undefined) throw new Error("the MAC is not there");
    const local = { esi: held.esi, sticky: false };
    const decision = localMac(local, { ...held, vtep: parseIpAddress(FRR) });
    expect(decision).toEqual({ kind: "announce", sequence: 1 });
    const entry = { mac: parseMacAddress(FRR_HOST), sequence: 1 };
    await originate(entry);
    await until(async () => fdb().includes(`${FRR_HOST} dst ${US}`), "the MAC is with us");
    await until(async () => (await remoteMac(FRR_HOST)) === undefined, "FRR has withdrawn it");
    learnAtFrr();
    await until(async () => (await remoteMac(FRR_HOST))?.sequence === 2, "the MAC is back");
    await us.ask({ kind: "withdraw-mac", macVrf: "blue", entry });
    expect(await remoteMac(FRR_HOST)).toMatchObject({ nextHops: [{ vtep: FRR, vni: L2VNI }] });
  });

  it("forgets a MAC that we withdraw", async () => {
    const entries: MacIpEntry[] = [
      { mac: OUR_HOST },
      { mac: OUR_HOST, ip: parseIpAddress("192.168.100.11") },
      { mac: OUR_HOST, ip: parseIpAddress("2001:db8:100::11") },
    ];
    for (const entry of entries) await us.ask({ kind: "withdraw-mac", macVrf: "blue", entry });
    await until(async () => !fdb().includes(OUR_HOST), "our MAC is gone");
    await until(async () => !lab.ip("red", "route").includes("192.168.100.11"), "the host is gone");
    for (const entry of entries) await originate(entry);
  });
});

describe("GoBGP", () => {
  const l2 = `rd ${GOBGP}:${L2VNI} rt 65000:${L2VNI} encap vxlan`;
  const irb = `rd ${GOBGP}:${L2VNI} rt 65000:${L2VNI} 65000:${L3VNI} encap vxlan router-mac ${GOBGP_RMAC}`;
  const esi = "esi LACP 02:00:00:00:0e:51 1";
  const wholeSegment = `a-d ${esi} etag 4294967295 label 0 rd ${GOBGP}:1 rt 65000:${L2VNI} encap vxlan esi-label 0`;
  const add = (route: string): string => gobgp.run(`global rib add -a evpn ${route}`);
  const remove = (route: string): string => gobgp.run(`global rib del -a evpn ${route}`);

  it("has our routes of all five types", async () => {
    const notations = [
      `[type:A-D][rd:${US}:${L2VNI}]`,
      `[type:A-D][rd:${US}:9]`,
      `[type:macadv][rd:${US}:${L2VNI}][etag:0][mac:${OUR_HOST}][ip:192.168.100.11]`,
      `[type:multicast][rd:${US}:${L2VNI}][etag:0][ip:${US}]`,
      `[type:esi][rd:${US}:9]`,
      `[type:Prefix][rd:${US}:1][etag:0][prefix:10.1.0.0/24]`,
    ];
    await until(
      async () => {
        const table = gobgp.run("global rib -a evpn");
        return notations.every((notation) => table.includes(notation));
      },
      `our routes: ${gobgp.run("global rib -a evpn")}`,
    );
  });

  it("is a VTEP, and its host a MAC, a neighbour and a host route of ours", async () => {
    add(`multicast ${GOBGP} etag 0 ${l2} pmsi ingress-repl ${L2VNI} ${GOBGP}`);
    add(`macadv ${GOBGP_HOST} 0.0.0.0 etag 0 label ${L2VNI} ${l2}`);
    add(`macadv ${GOBGP_HOST} 192.168.100.13 etag 0 label ${L2VNI},${L3VNI} ${irb}`);
    await until(async () => "192.168.100.13/32" in (await us.routes("red")), "its host");
    expect(await us.macVrf("blue")).toContainEqual({
      kind: "remote-vtep",
      vtep: GOBGP,
      vni: L2VNI,
    });
    expect(await remoteMac(GOBGP_HOST)).toMatchObject({ nextHops: [{ vtep: GOBGP, vni: L2VNI }] });
    expect(
      await told((one) => one.kind === "neighbour" && one.ip === "192.168.100.13"),
    ).toMatchObject({
      mac: GOBGP_HOST,
    });
    expect((await us.routes("red"))["192.168.100.13/32"]).toBe(`${GOBGP} ${L3VNI} ${GOBGP_RMAC}`);
  });

  it("has a multihomed MAC that is ours with its segment, and gone with it", async () => {
    const mac = `macadv ${GOBGP_MULTIHOMED} 192.168.100.33 ${esi} etag 0 label ${L2VNI},${L3VNI} ${irb}`;
    add(mac);
    add(`a-d ${esi} etag 0 label ${L2VNI} ${l2}`);
    await until(async () => "192.168.100.33/32" in (await us.routes("red")), "the route is there");
    expect(await remoteMac(GOBGP_MULTIHOMED)).toBeUndefined();
    add(wholeSegment);
    await until(async () => (await remoteMac(GOBGP_MULTIHOMED)) !== undefined, "the MAC");
    expect(await remoteMac(GOBGP_MULTIHOMED)).toMatchObject({
      esi: SEGMENT,
      nextHops: [{ vtep: GOBGP, vni: L2VNI }],
    });
    remove(wholeSegment);
    await until(async () => (await remoteMac(GOBGP_MULTIHOMED)) === undefined, "mass withdrawal");
  });

  it("has a prefix behind a gateway that is ours while the gateway is", async () => {
    const rest = `etag 0 label 0 rd ${GOBGP}:${L3VNI} rt 65000:${L3VNI} encap vxlan`;
    add(`prefix 203.0.113.0/25 gw 192.168.100.13 ${rest}`);
    add(`prefix 203.0.113.128/25 gw 192.168.100.99 ${rest}`);
    await until(async () => "203.0.113.0/25" in (await us.routes("red")), "the prefix");
    const routes = await us.routes("red");
    expect(routes["203.0.113.0/25"]).toBe(`${GOBGP} ${L2VNI} ${GOBGP_HOST}`);
    expect(routes).not.toHaveProperty("203.0.113.128/25");
  });

  it("takes its own back", async () => {
    remove(`macadv ${GOBGP_HOST} 0.0.0.0 etag 0 label ${L2VNI} ${l2}`);
    remove(`macadv ${GOBGP_HOST} 192.168.100.13 etag 0 label ${L2VNI},${L3VNI} ${irb}`);
    await until(async () => (await remoteMac(GOBGP_HOST)) === undefined, "the MAC is gone");
    await until(async () => !("203.0.113.0/25" in (await us.routes("red"))), "its prefix is gone");
    expect(await us.routes("red")).not.toHaveProperty("192.168.100.13/32");
  });
});

// GoBGP 3.10 does not know the community and does not take a route that has it; FRR reads it.
describe("the DF election community", () => {
  it("is read by FRR", async () => {
    const dfElection = { algorithm: 2, capabilities: 0, preference: 50_000 };
    await us.ask({ kind: "set-segment", segment: { ...OUR_SEGMENT, dfElection } });
    await until(
      async () => frr.show("show bgp l2vpn evpn route").includes("DF: (alg: 2, pref: 50000)"),
      `the election: ${frr.show("show bgp l2vpn evpn route")}`,
    );
  });
});
