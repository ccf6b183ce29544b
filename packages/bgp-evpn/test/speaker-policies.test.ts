import {
  hostPrefix,
  type IpPrefix,
  parseAsn,
  parseIpAddress,
  parseRouteTarget,
} from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { changeAttributes } from "../src/rib/attribute-change.ts";
import { type RoutePolicy, refuse, refuseWithoutPolicy } from "../src/rib/policy.ts";
import { routeTargetPattern } from "../src/rib/route-pattern.ts";
import { neighborSettings } from "../src/session/neighbor-options.ts";
import { policiesFor } from "../src/speaker-policies.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";

const OTHER_AS = parseAsn(65001);
const running: TestSpeaker[] = [];

const start = async (...args: ConstructorParameters<typeof TestSpeaker>): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker(...args);
  running.push(speaker);
  setVrf(speaker, "red", 100);
  await speaker.speaker.start();
  return speaker;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

const acceptAll: RoutePolicy = () => "accept";

describe("which policy applies to a neighbour", () => {
  const [own, general]: RoutePolicy[] = [() => "accept", () => "accept"];
  const plain = { importPolicy: undefined, exportPolicy: undefined, ebgpRequiresPolicy: true };
  const settings = neighborSettings({ address: parseIpAddress("10.0.0.1"), asn: AS }, AS);

  it("is its own, then the speaker's", () => {
    const defaults = { ...plain, importPolicy: general, exportPolicy: general };
    expect(policiesFor({ ...settings, importPolicy: own }, "ibgp", defaults)).toEqual({
      importPolicy: own,
      exportPolicy: general,
    });
  });

  it("is none for an internal neighbour, and refusal for an external one (RFC 8212)", () => {
    const none = { importPolicy: undefined, exportPolicy: undefined };
    expect(policiesFor(settings, "ibgp", plain)).toEqual(none);
    expect(policiesFor(settings, "ebgp", plain)).toEqual({
      importPolicy: refuseWithoutPolicy,
      exportPolicy: refuseWithoutPolicy,
    });
    expect(policiesFor(settings, "ebgp", { ...plain, ebgpRequiresPolicy: false })).toEqual(none);
  });
});

describe("a policy of a neighbour", () => {
  it("takes an address from the host that holds it alone, and follows it when it moves", async () => {
    const holders = new Map<IpPrefix, string>();
    const prefix = hostPrefix(parseIpAddress("10.1.0.5"));
    holders.set(prefix, "127.0.0.1");
    const notTheHolder = refuse("another host holds the address");
    const holderOnly: RoutePolicy = (route) => {
      const nlri = route.decode();
      if (nlri.kind !== "ip-prefix") return "accept";
      return holders.get(nlri.prefix) === route.peer?.address ? "accept" : notTheHolder;
    };
    const reflector = await start("127.0.0.9", { importPolicy: holderOnly });
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    for (const host of [a, b]) {
      host.speaker.originate("red", type5(prefix, 5001, host.address));
      host.peerWith(reflector, {}, { reflectorClient: true });
    }
    await established(reflector);
    await until(() => reflector.neighbor("127.0.0.2").prefixesReceived === 1);
    await until(() => b.routes("red").length === 1);
    expect(a.routes("red")).toEqual([]);
    expect(reflector.neighbor("127.0.0.2").refused).toEqual({
      "another host holds the address": 1,
    });
    expect(
      reflector.speaker
        .routes()
        .map(({ neighbor, refused, wonAt }) => [neighbor, refused ?? wonAt]),
    ).toEqual(
      expect.arrayContaining([
        ["127.0.0.1", "only-path"],
        ["127.0.0.2", "another host holds the address"],
      ]),
    );

    holders.set(prefix, "127.0.0.2");
    reflector.speaker.reevaluate("import");
    await until(() => a.routes("red").length === 1 && b.routes("red").length === 0);
    expect(reflector.neighbor("127.0.0.1").refused).toEqual({
      "another host holds the address": 1,
    });
  });

  it("can be changed without a new session", async () => {
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    const asB = { address: parseIpAddress("127.0.0.1"), asn: AS, passive: true };
    const asA = { address: parseIpAddress("127.0.0.2"), asn: AS, port: b.port };
    b.speaker.setNeighbor(asB);
    a.speaker.setNeighbor(asA);
    await until(() => b.routes("red").length === 1);
    const away = refuse("nothing from there");
    b.speaker.setNeighbor({ ...asB, importPolicy: () => away });
    await until(() => b.routes("red").length === 0);
    b.speaker.setNeighbor(asB);
    await until(() => b.routes("red").length === 1);
    a.speaker.setNeighbor({ ...asA, exportPolicy: () => away });
    await until(() => b.routes("red").length === 0);
    a.speaker.setNeighbor(asA);
    await until(() => b.routes("red").length === 1);
    expect([a.neighbor().timesEstablished, b.neighbor().timesEstablished]).toEqual([1, 1]);
  });

  it("changes attributes on the way in and out", async () => {
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    setVrf(b, "blue", 200);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    const toRed = changeAttributes({
      addRouteTargets: [parseRouteTarget("65000:200")],
      removeRouteTargets: [parseRouteTarget("65000:100")],
    });
    const prefer = changeAttributes({ localPreference: 300, addCommunities: ["65000:7"] });
    const red = routeTargetPattern(parseRouteTarget("65000:100"));
    a.peerWith(
      b,
      { exportPolicy: (route) => (route.hasRouteTarget(red) ? toRed : "accept") },
      { importPolicy: () => prefer },
    );
    await until(() => b.routes("blue").length === 1);
    expect(b.routes("red")).toEqual([]);
    expect(b.speaker.routes()[0]?.attributes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "local-pref", value: 300 }),
        expect.objectContaining({ kind: "communities", communities: ["65000:7"] }),
      ]),
    );
  });

  it("that throws ends no session, and is logged ten times at most in a period", async () => {
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    for (let i = 0; i < 30; i++) {
      a.speaker.originate("red", type5(`10.1.${i}.0/24`, 5001, "127.0.0.1"));
    }
    const faulty: RoutePolicy = () => {
      throw new RangeError("no such lease");
    };
    a.peerWith(b, {}, { importPolicy: faulty });
    await until(() => b.neighbor().prefixesReceived === 30);
    expect(b.neighbor()).toMatchObject({
      state: "Established",
      refused: { "the policy failed": 30 },
    });
    const lines = b.log.withMessage("a route policy failed; the route is refused");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toEqual({
      neighbor: "127.0.0.1",
      error: "RangeError: no such lease",
      suppressed: 0,
    });
  });
});

describe("an external neighbour", () => {
  const pair = async (requires: boolean): Promise<readonly [TestSpeaker, TestSpeaker]> => {
    const a = await start("127.0.0.1", { ebgpRequiresPolicy: requires });
    const b = await start("127.0.0.2", { asn: OTHER_AS, ebgpRequiresPolicy: requires });
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    b.speaker.originate("red", type5("10.2.0.0/24", 5001, "127.0.0.2"));
    return [a, b];
  };

  it("without policy is told nothing, and nothing is taken from it, which its summary says", async () => {
    const [a, b] = await pair(true);
    a.peerWith(b, { asn: OTHER_AS, exportPolicy: acceptAll });
    await until(() => b.neighbor().prefixesReceived === 1);
    expect(b.neighbor().refused).toEqual({ "eBGP without a policy (RFC 8212)": 1 });
    await until(() => b.neighbor().output === "synchronised");
    expect(b.neighbor().prefixesSent).toBe(0);
    expect([a.routes("red"), b.routes("red")]).toEqual([[], []]);
  });

  it("exchanges routes as its policies say", async () => {
    const [a, b] = await pair(true);
    const both = { importPolicy: acceptAll, exportPolicy: acceptAll };
    a.peerWith(b, { asn: OTHER_AS, ...both }, both);
    await until(() => a.routes("red").length === 1 && b.routes("red").length === 1);
  });

  it("needs none where the speaker says so", async () => {
    const [a, b] = await pair(false);
    a.peerWith(b, { asn: OTHER_AS });
    await until(() => a.routes("red").length === 1 && b.routes("red").length === 1);
  });
});
