/** Peers that lack one capability each: what a session is then, and that routes pass all the same. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Capture } from "./capture.ts";
import { Frr } from "./daemons.ts";
import { ExaBgp } from "./exabgp.ts";
import { extendedCommunities, macRoute, ROUTE_TARGET, reach, VXLAN } from "./exabgp-routes.ts";
import { Lab, requireLab } from "./lab.ts";
import { bgpdConfig } from "./peer-configs.ts";
import type { RemoteSpeaker } from "./remote-speaker.ts";
import { established, setNeighbor, startSpeaker } from "./start-speaker.ts";
import { until } from "./until.ts";

const US = "10.99.0.1";
const FRR = "10.99.0.2";

/** ExaBGP's words for each capability that it can leave out. */
const WORDS = {
  "four-octet-as": ["asn4 enable;", "asn4 disable;"],
  "extended-message": ["extended-message enable;", "extended-message disable;"],
  "route-refresh": ["route-refresh enable;", "route-refresh disable;"],
  "graceful-restart": ["graceful-restart 60;", "graceful-restart disable;"],
} as const;

const CAPABILITIES = [
  "route-refresh",
  "extended-message",
  "four-octet-as",
  "graceful-restart",
] as const;

const lab = new Lab();
let us: RemoteSpeaker;
let capture: Capture;

const exabgpAt = (address: string, lacking: readonly string[]): ExaBgp => {
  const capabilities = CAPABILITIES.map((name) => WORDS[name][lacking.includes(name) ? 1 : 0]).join(
    " ",
  );
  return new ExaBgp(lab, hostOf(address), { address, peer: US, capabilities, relayed: true });
};

const hostOf = (address: string): string => `host${address.split(".").at(-1)}`;

const PEERS = [[], ...CAPABILITIES.map((name) => [name]), [...CAPABILITIES]].map(
  (lacking, index) => {
    const address = `10.99.0.${10 + index}`;
    return {
      address,
      lacking,
      name: lacking.join(", ") || "nothing",
      daemon: exabgpAt(address, lacking),
    };
  },
);

beforeAll(async () => {
  requireLab();
  const hosts = Object.fromEntries(PEERS.map(({ address }) => [hostOf(address), address]));
  lab.addHosts({ us: US, frr: FRR, ...hosts });
  capture = new Capture(lab, "us");
  us = await startSpeaker(lab, "us", { address: US, neighbors: [] });
  for (const { address, daemon } of PEERS) {
    await setNeighbor(us, address, { passive: true });
    daemon.start();
  }
  await established(us, ...PEERS.map(({ address }) => address));
});

afterAll(() => lab.dispose());

describe.each(PEERS)("a peer that lacks $name", ({ address, lacking, daemon }) => {
  const isLacking = (name: string): boolean => lacking.some((lacked) => lacked === name);
  const nlri = macRoute(address, "020000000a01", 100);

  it("has the rest of the capabilities in common with us", async () => {
    const { capabilities } = await us.neighbor(address);
    expect(capabilities).toContain("l2vpn-evpn");
    expect(CAPABILITIES.filter((name) => !capabilities.includes(name))).toEqual(lacking);
  });

  it("is heard by all the others, and its AS numbers of four octets reach them", async () => {
    const path = isLacking("four-octet-as") ? "02025ba05ba0" : "0202fa56ea00fa56ea01";
    const as4: readonly [number, number, string] = [17, 0xc0, "0202fa56ea00fa56ea01"];
    daemon.announce(
      reach(address, nlri),
      extendedCommunities(ROUTE_TARGET, VXLAN),
      [2, 0x40, path],
      ...(isLacking("four-octet-as") ? [as4] : []),
    );
    for (const other of PEERS.filter((peer) => peer.address !== address)) {
      const sent = () => capture.routes(US, other.address).get(nlri);
      await until(() => sent() !== undefined, `a route for ${other.name}`, us);
      const isNarrow = other.lacking.some((name) => name === "four-octet-as");
      const paths = sent()?.attributes.filter((value) => /^(4002|c011)/.test(value));
      expect(paths).toEqual(
        isNarrow ? ["400202025ba05ba0", "c0110202fa56ea00fa56ea01"] : ["40020202fa56ea00fa56ea01"],
      );
    }
  });
});

describe("a peer without any capability", () => {
  it("is refused, and told which one it needs (FRR, dont-capability-negotiate)", async () => {
    const neighbor = { address: US, options: ["dont-capability-negotiate"] };
    const frr = new Frr(lab, "frr", {
      bgpd: bgpdConfig(FRR, [neighbor]),
      zebra: { kind: "none" },
    });
    await setNeighbor(us, FRR, { passive: true });
    frr.start();
    await until(async () => (await us.neighbor(FRR)).lastError !== undefined, "a refusal", us);
    expect((await us.neighbor(FRR)).lastError).toContain(
      "OPEN Message Error/Unsupported Capability",
    );
    expect(frr.show(`show bgp neighbors ${US}`)).toContain(
      "Capability error for: Multi protocol AFI L2VPN, SAFI EVPN",
    );
  });
});
