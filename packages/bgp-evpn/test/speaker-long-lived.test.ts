import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NeighborOptions } from "../src/session/neighbor-options.ts";
import type { Capability } from "../src/wire/capability.ts";
import { type FakePeer, FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker } from "./loopback/speakers.ts";

const GONE = parseIpAddress("10.0.0.2");
const HOUR = 3_600_000;
const TARGETS = { targets: ["65000:100"] };

const restart: Capability = {
  kind: "graceful-restart",
  restarted: false,
  notification: false,
  restartTime: 60,
  families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
};

const longLived = (forwardingPreserved = true): Capability => ({
  kind: "long-lived-graceful-restart",
  families: [{ family: "l2vpn-evpn", forwardingPreserved, staleTime: 7200 }],
});

let world: FakeWorld;
let reflector: TestSpeaker;
let gone: FakePeer;

/** A client that announces four routes; the last but one is not to be kept for long, the last is. */
beforeEach(async () => {
  world = new FakeWorld();
  reflector = await world.start("10.0.0.1");
  gone = await world.peer(reflector, GONE, [restart, longLived()], {
    reflectorClient: true,
    longLivedStaleTime: 3600,
  });
  await gone.announce([1, 2], TARGETS);
  await gone.announce([3], {
    ...TARGETS,
    more: [{ kind: "communities", communities: ["no-llgr"] }],
  });
  await gone.announce([4], {
    ...TARGETS,
    more: [{ kind: "communities", communities: ["65000:1"] }],
  });
  await gone.endOfRib();
});

afterEach(() => world.stop());

const client = (
  address: string,
  capabilities: readonly Capability[],
  options: Partial<NeighborOptions> = {},
): Promise<FakePeer> =>
  world.peer(reflector, parseIpAddress(address), capabilities, {
    reflectorClient: true,
    ...options,
  });

const hosts = (): string[] =>
  reflector.routes("red").map((route) => route.replace(/^10\.0\.0\.(\d+)\/32.*/, "$1"));

const line = (address: string) => reflector.neighbor(address);

/** Communities and local preference of the last announcement of each route. */
const toldTo = (peer: FakePeer): Map<string, string> => {
  const told = new Map<string, string>();
  for (const { announced, attributes } of peer.updates) {
    const communities = attributes.find(({ kind }) => kind === "communities");
    const preference = attributes.find(({ kind }) => kind === "local-pref");
    const shown = [
      ...(communities?.kind === "communities" ? communities.communities : []),
      preference?.kind === "local-pref" ? preference.value : "none",
    ].join(" ");
    for (const group of announced) {
      for (const route of "routes" in group ? group.routes : []) {
        if ("prefix" in route) told.set(route.prefix, shown);
      }
    }
  }
  return told;
};

describe("a neighbour that is not back within its restart time", () => {
  it("has its routes kept for the lower of both ends' times, but not those with NO_LLGR", async () => {
    await gone.die();
    await world.run(59_000);
    expect(line(GONE).gracefulRestart).toBe("retaining");
    expect(hosts()).toEqual(["1", "2", "3", "4"]);
    await world.run(2000);
    expect(line(GONE).gracefulRestart).toBe("long-lived");
    expect(hosts()).toEqual(["1", "2", "4"]);
    await world.run(HOUR - 5000);
    expect(hosts()).toEqual(["1", "2", "4"]);
    await world.run(5000);
    expect(hosts()).toEqual([]);
    expect(line(GONE)).toMatchObject({ gracefulRestart: "none", prefixesReceived: 0 });
  });

  it("has them told with LLGR_STALE to those who know it, and withdrawn from others", async () => {
    const knowing = await client("10.0.0.3", [restart, longLived()]);
    const ignorant = await client("10.0.0.4", [restart]);
    expect(toldTo(ignorant).size).toBe(4);
    await gone.die();
    await world.run(61_000);
    expect(Object.fromEntries(toldTo(knowing))).toEqual({
      "10.0.0.1/32": "llgr-stale 100",
      "10.0.0.2/32": "llgr-stale 100",
      "10.0.0.3/32": "no-llgr 100",
      "10.0.0.4/32": "65000:1 llgr-stale 100",
    });
    expect(knowing.story.at(-1)).toMatch(/announce/);
    expect(knowing.story.filter((one) => one.startsWith("withdraw"))).toEqual(["withdraw 3"]);
    expect(ignorant.story.filter((one) => one.startsWith("withdraw")).join()).toMatch(/1.*2.*4/);
    expect(reflector.neighbor("10.0.0.4").prefixesSent).toBe(0);
  });

  it("has them told lowered where that is configured (RFC 9494 section 4.6)", async () => {
    const ignorant = await client("10.0.0.4", [], { longLivedPartialDeployment: true });
    await gone.die();
    await world.run(61_000);
    expect(toldTo(ignorant).get("10.0.0.1/32")).toBe("llgr-stale no-export 0");
    expect(toldTo(ignorant).get("10.0.0.4/32")).toBe("65000:1 llgr-stale no-export 0");
  });

  it("is back, and its routes are what they were as soon as it announces them", async () => {
    const knowing = await client("10.0.0.3", [restart, longLived()]);
    await gone.die();
    await world.run(120_000);
    await gone.connect();
    expect(line(GONE).gracefulRestart).toBe("resynchronising");
    await gone.announce([1], TARGETS);
    expect(toldTo(knowing).get("10.0.0.1/32")).toBe("100");
    expect(toldTo(knowing).get("10.0.0.2/32")).toBe("llgr-stale 100");
    await gone.endOfRib();
    expect(hosts()).toEqual(["1"]);
    expect(knowing.story.at(-1)).toBe("withdraw 2,4");
  });

  it("has them kept at once when graceful restart does not list the family (RFC 9494 section 4.2)", async () => {
    gone.capabilities = [{ ...restart, families: [] }, longLived()];
    await gone.die();
    await gone.connect();
    await gone.announce([1, 2], TARGETS);
    await gone.die();
    expect(line(GONE).gracefulRestart).toBe("long-lived");
    expect(hosts()).toEqual(["1", "2"]);
    await gone.connect();
    expect(line(GONE).gracefulRestart).toBe("resynchronising");
    await gone.endOfRib();
    expect(hosts()).toEqual([]);
  });

  it("keeps them over a session that breaks before its End-of-RIB (RFC 9494 section 4.2)", async () => {
    await gone.die();
    await world.run(120_000);
    await gone.connect();
    await gone.announce([1], TARGETS);
    await gone.die();
    expect(hosts()).toEqual(["1", "2", "4"]);
    await world.run(61_000);
    expect(line(GONE).gracefulRestart).toBe("long-lived");
    gone.capabilities = [restart, longLived(false)];
    await gone.connect();
    expect(hosts()).toEqual([]);
  });

  it("does not collect more and more of them so, with a maximum of prefixes", async () => {
    const maximumPrefixes = { limit: 4, action: "shutdown" } as const;
    reflector.speaker.setNeighbor({
      address: GONE,
      asn: AS,
      passive: true,
      holdTime: 0,
      reflectorClient: true,
      longLivedStaleTime: 3600,
      maximumPrefixes,
    });
    for (const first of [11, 21, 31]) {
      await gone.die();
      await world.run(61_000);
      await gone.connect();
      await gone.announce([first, first + 1, first + 2, first + 3], TARGETS);
    }
    expect(line(GONE)).toMatchObject({ idleReason: "PfxCt", prefixesReceived: 0 });
  });

  it.each([
    ["has lost its forwarding state", [restart, longLived(false)]],
    ["no longer offers it", [restart]],
  ])("is back and %s: its stale routes go at once", async (_, capabilities) => {
    await gone.die();
    await world.run(120_000);
    gone.capabilities = capabilities;
    await gone.connect();
    expect(hosts()).toEqual([]);
    expect(line(GONE)).toMatchObject({ state: "Established", gracefulRestart: "none" });
  });

  it("loses against another that has the same route, whatever their preferences", async () => {
    const other = await client("10.0.0.3", [restart, longLived()]);
    await other.announce([1], { ...TARGETS, localPreference: 1, vtep: "192.0.2.33" });
    const ways = (): string[] => reflector.routes("red").filter((one) => one.includes(".0.1/32"));
    expect(ways()[0]).toContain("192.0.2.11");
    await gone.die();
    await world.run(61_000);
    expect(ways()[0]).toContain("192.0.2.33");
    const lost = reflector.speaker.routes().find(({ lostAt }) => lostAt !== undefined);
    expect(lost).toMatchObject({ lostAt: "llgr-stale", stale: true });
  });
});

describe("a speaker without a long-lived stale time", () => {
  it("keeps nothing after the restart time, and takes stale routes of others for what they are", async () => {
    const plain = await client("10.0.0.5", [restart, longLived()]);
    const open = plain.received.find((message) => message.kind === "open");
    expect(open?.capabilities).toContainEqual({
      kind: "long-lived-graceful-restart",
      families: [{ family: "l2vpn-evpn", forwardingPreserved: false, staleTime: 0 }],
    });
    await plain.announce([1], {
      ...TARGETS,
      localPreference: 900,
      more: [{ kind: "communities", communities: ["llgr-stale"] }],
    });
    const best = reflector.speaker.routes({ best: true }).find(({ route }) => {
      return "prefix" in route && route.prefix === "10.0.0.1/32";
    });
    expect(best?.nextHop).toBe("192.0.2.11");
    expect(best?.attributes).toContainEqual(
      expect.objectContaining({ kind: "local-pref", value: 100 }),
    );
    await plain.announce([9], TARGETS);
    await plain.die();
    await world.run(59_000);
    expect(hosts()).toContain("9");
    await world.run(2000);
    expect(hosts()).not.toContain("9");
  });
});
