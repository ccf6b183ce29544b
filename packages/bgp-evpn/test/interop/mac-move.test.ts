/** A MAC address that moves between two FRR hosts with real bridges, as a third speaker sees it behind our reflector. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Frr } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";
import { bgpdConfig } from "./peer-configs.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const HOSTS = ["10.99.0.2", "10.99.0.3"] as const;
const THIRD = "10.99.0.4";
const VNI = 100;
const MAC = "02:00:00:00:00:aa";

const lab = new Lab();
let us: RemoteSpeaker;
let third: RemoteSpeaker;

const nameOf = (address: string): string => `frr${address.at(-1)}`;

/** VNI 100 as zebra wants it, with one port for a workload. */
const makeBridge = (address: string): void => {
  const host = nameOf(address);
  lab.ip(host, "link add br100 type bridge stp_state 0");
  lab.ip(host, `link add vxlan100 type vxlan id ${VNI} dstport 4789 local ${address} nolearning`);
  lab.ip(host, "link set vxlan100 master br100 addrgenmode none");
  lab.ip(host, "link set vxlan100 type bridge_slave learning off");
  lab.ip(host, "link add port0 type veth peer name port1");
  lab.ip(host, "link set port0 master br100");
  for (const link of ["br100", "vxlan100", "port0", "port1"]) lab.ip(host, `link set ${link} up`);
};

/** The bridge learns the address behind its port, as from a frame of the workload. */
const appearAt = (address: string): void => {
  lab.run(nameOf(address), "bridge", ["fdb", "replace", MAC, "dev", "port0", "master", "dynamic"]);
};

/** "VTEP sequence" of the best path for the address, or "none". */
const seenBy = async (speaker: RemoteSpeaker): Promise<string> => {
  for (const { route, best, nextHop, attributes } of await speaker.routesOfTable()) {
    if (!best || route.kind !== "mac-ip" || route.mac !== MAC) continue;
    const communities = attributes.find(({ kind }) => kind === "extended-communities");
    const list = communities?.kind === "extended-communities" ? communities.communities : [];
    const mobility = list.find(({ kind }) => kind === "mac-mobility");
    return `${nextHop} ${mobility?.kind === "mac-mobility" ? mobility.sequence : "without"}`;
  }
  return "none";
};

beforeAll(async () => {
  requireLab();
  lab.addHosts({ us: US, frr2: HOSTS[0], frr3: HOSTS[1], third: THIRD });
  for (const address of HOSTS) {
    makeBridge(address);
    const bgpd = bgpdConfig(address, [{ address: US }], { family: ["advertise-all-vni"] });
    new Frr(lab, nameOf(address), { bgpd, zebra: { kind: "own-namespace" } }).start();
  }
  us = await startSpeaker(lab, "us", { address: US, neighbors: [...HOSTS, THIRD] });
  third = await startSpeaker(lab, "third", { address: THIRD, neighbors: [US] });
  await established(us, ...HOSTS, THIRD);
  const isReady = async (): Promise<boolean> => {
    const routes = await us.routesOfTable();
    return routes.filter(({ route }) => route.kind === "inclusive-multicast").length === 2;
  };
  await until(isReady, "both hosts have the VNI", us);
});

afterAll(() => lab.dispose());

describe("a MAC address between two FRR hosts", () => {
  it("is first seen without a sequence number", async () => {
    appearAt(HOSTS[0]);
    await until(async () => (await seenBy(third)) === `${HOSTS[0]} without`, "the MAC", us);
    await until(
      () => lab.run("frr3", "bridge", ["fdb"]).includes(`${MAC} dev vxlan100 dst ${HOSTS[0]}`),
      "the other host's bridge knows it",
      us,
    );
  });

  it.each([
    [HOSTS[1], HOSTS[0], 1],
    [HOSTS[0], HOSTS[1], 2],
    [HOSTS[1], HOSTS[0], 3],
  ])(
    "moves to %s: the third speaker sees it there, with the next number",
    async (to, from, sequence) => {
      appearAt(to);
      await until(async () => (await seenBy(third)) === `${to} ${sequence}`, "the move", us);
      // The host that it has left has heard of it through us: its bridge sends there, and its own route is gone.
      await until(
        () => lab.run(nameOf(from), "bridge", ["fdb"]).includes(`${MAC} dev vxlan100 dst ${to}`),
        "the bridge of the host that it left",
        us,
      );
      const paths = async () =>
        (await us.routesOfTable()).filter(
          ({ route }) => route.kind === "mac-ip" && route.mac === MAC,
        );
      await until(async () => (await paths()).length === 1, "one path is left", us);
      expect(await paths()).toMatchObject([{ nextHop: to, best: true }]);
    },
  );
});
