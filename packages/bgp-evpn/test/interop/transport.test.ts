/**
 * FRR's words for the transport against ours: passwords, TTL security, listening on a range, in both directions. Our
 * speakers are those of this process, with sockets in a namespace of the lab.
 */

import { parseAsn, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SpeakerOptions } from "../../src/speaker-options.ts";
import { TestSpeaker } from "../loopback/speakers.ts";
import { Frr } from "./daemons.ts";
import { Lab, requireLab } from "./lab.ts";

const US = "10.99.0.1";
/** Connects to us. */
const CALLER = "10.99.0.2";
/** Waits for us. FRR 8.4 ignores the TTL security of a peer group for neighbours out of its `bgp listen range`. */
const WAITER = "10.99.0.3";
const AS = parseAsn(65000);
const OTHER_AS = parseAsn(65001);

const CALLER_CONF = `
hostname caller
router bgp 65000
 bgp router-id ${CALLER}
 no bgp default ipv4-unicast
 neighbor ${US} remote-as 65000
 neighbor ${US} password secret
 neighbor ${US} timers connect 1
 address-family l2vpn evpn
  neighbor ${US} activate
 exit-address-family
`;
const WAITER_CONF = `
hostname waiter
router bgp 65001
 bgp router-id ${WAITER}
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 neighbor ${US} remote-as external
 neighbor ${US} passive
 neighbor ${US} password secret
 neighbor ${US} ttl-security hops 1
 address-family l2vpn evpn
  neighbor ${US} activate
 exit-address-family
`;

const lab = new Lab();
let caller: Frr;
let waiter: Frr;
let us: TestSpeaker;

const startSpeaker = async (options: Partial<SpeakerOptions> = {}): Promise<void> => {
  us = new TestSpeaker(US, {
    networkNamespace: lab.name("us"),
    listen: [{ address: parseIpAddress(US), port: 179 }],
    ...options,
  });
  await us.speaker.start();
};

/** These are other people's daemons, with timers of their own. */
const until = async (condition: () => boolean, what: string): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) {
      const { neighbors } = us.speaker.summary();
      throw new Error(`not within 30 s: ${what}\n${JSON.stringify(neighbors)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const isUp = (address: string): boolean =>
  us.speaker
    .summary()
    .neighbors.some((neighbor) => neighbor.address === address && neighbor.state === "Established");

const counter = (host: "us" | "waiter", name: string): number => {
  const line = lab.run(host, "nstat", ["-asz", name]).split("\n")[1];
  return Number(line?.split(/\s+/)[1]);
};

beforeAll(() => {
  requireLab();
  lab.addHosts({ us: US, caller: CALLER, waiter: WAITER });
  caller = new Frr(lab, "caller", { bgpd: CALLER_CONF, zebra: { kind: "none" } });
  waiter = new Frr(lab, "waiter", { bgpd: WAITER_CONF, zebra: { kind: "none" } });
  caller.start();
  waiter.start();
});

afterEach(() => us.speaker.stop());

afterAll(() => lab.dispose());

describe("FRR that connects with a password", () => {
  it("is let into a range with that password, and kept out after it has changed", async () => {
    await startSpeaker();
    const prefix = parseIpPrefix("10.99.0.0/24");
    us.speaker.setNeighborRange({ prefix, asn: "internal", password: "secret", limit: 1 });
    await until(() => isUp(CALLER), "the session with the right password");
    expect(us.neighbor(CALLER)).toMatchObject({ dynamic: true, passive: true });

    const drops = counter("us", "TcpExtTCPMD5Failure");
    us.speaker.setNeighborRange({ prefix, asn: "internal", password: "other", limit: 1 });
    await until(() => counter("us", "TcpExtTCPMD5Failure") > drops, "SYNs with the wrong password");
    expect(isUp(CALLER)).toBe(false);

    us.speaker.setNeighborRange({ prefix, asn: "internal", password: "secret", limit: 1 });
    await until(() => isUp(CALLER), "the session with the right password again");
  });
});

describe("FRR that waits with a password and TTL security", () => {
  const connect = (options: { readonly password?: string; readonly ttlSecurity?: number }): void =>
    us.speaker.setNeighbor({
      address: parseIpAddress(WAITER),
      asn: OTHER_AS,
      connectRetry: 1,
      ...options,
    });

  it("lets us in with both", async () => {
    await startSpeaker({ asn: AS });
    connect({ password: "secret", ttlSecurity: 1 });
    await until(() => isUp(WAITER), "the session");
    const shown = waiter.show(`show bgp neighbors ${US}`);
    expect(shown).toContain("BGP state = Established");
    expect(shown).toContain("External BGP neighbor may be up to 1 hops away");
  });

  it("keeps us out without the password, and without the TTL", async () => {
    await startSpeaker({ asn: AS });
    connect({ ttlSecurity: 1 });
    await until(() => us.neighbor(WAITER).lastError !== undefined, "no answer");
    expect(counter("waiter", "TcpExtTCPMD5NotFound")).toBeGreaterThan(0);
    // FRR looks at the TTL from the accepted connection on, so that this one gets as far as an OPEN that nobody reads.
    connect({ password: "secret" });
    await until(() => counter("waiter", "TcpExtTCPMinTTLDrop") > 0, "segments with a TTL of 1");
    // Ours is Established by FRR's KEEPALIVE where our OPEN came before FRR looked; FRR's never is without one of ours.
    const shown = waiter.show(`show bgp neighbors ${US}`);
    expect(shown).toContain("BGP state = ");
    expect(shown).not.toContain("BGP state = Established");
    connect({ password: "secret", ttlSecurity: 1 });
    await until(() => isUp(WAITER), "the session");
  });
});
