import { parseIpPrefix, parseMacAddress, parseRouteTarget } from "@selvedge/net";
import { beforeEach, describe, expect, it } from "vitest";
import { LocalChanges, type RouteSteps } from "../../src/rib/local-changes.ts";
import { Rib } from "../../src/rib/rib.ts";
import { localRoute, macVrf, vrf } from "./model/make.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const ROUTES = 2000;
const prefixOf = (n: number): string => `10.${n >> 8}.${n & 255}.0/24`;

const stepsOf = (log: string[], ...names: readonly string[]): RouteSteps =>
  (function* () {
    for (const name of names) {
      log.push(name);
      yield;
    }
  })();

describe("changes of many local routes", () => {
  it("are made a few at a time, announcements first", () => {
    const log: string[] = [];
    const changes = new LocalChanges();
    changes.withdraw(stepsOf(log, "-1", "-2"));
    changes.withdraw(stepsOf(log, "-3"));
    changes.announce("red", stepsOf(log, "+1", "+2", "+3"));
    expect(changes.work(2)).toBe(2);
    expect(log).toEqual(["+1", "+2"]);
    expect(changes.work(2)).toBe(2);
    expect(log.slice(2)).toEqual(["+3", "-1"]);
    expect(changes.hasWork).toBe(true);
    expect(changes.work(5)).toBe(2);
    expect(log.slice(4)).toEqual(["-2", "-3"]);
    expect([changes.hasWork, changes.work(5)]).toEqual([false, 0]);
  });

  it("begin anew when what is announced changes again", () => {
    const log: string[] = [];
    const changes = new LocalChanges();
    changes.announce("red", stepsOf(log, "old 1", "old 2"));
    changes.work(1);
    changes.announce("red", stepsOf(log, "new 1", "new 2"));
    changes.work(5);
    expect(log).toEqual(["old 1", "new 1", "new 2"]);
  });
});

describe("a VRF with many routes", () => {
  let rib: Rib;

  beforeEach(() => {
    rib = new Rib({ asn: OWN_ASN, routerId: OWN_ROUTER_ID, send: () => "continue" });
    rib.local.setVrf(vrf("red"));
    for (let n = 0; n < ROUTES; n++) rib.local.originateType5("red", localRoute(prefixOf(n)));
    while (rib.work());
  });

  /** Pieces of work until there is none, and the most changes in one of them. */
  const pieces = (): { count: number; largest: number } => {
    let [count, largest] = [0, 0];
    for (let more = true; more; count++) {
      const before = rib.view.counts().version;
      more = rib.work();
      largest = Math.max(largest, rib.view.counts().version - before);
    }
    return { count, largest };
  };

  const originated = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { route } of rib.view.routes()) {
      if ("rd" in route) counts.set(route.rd, (counts.get(route.rd) ?? 0) + 1);
    }
    return counts;
  };

  it.each<[string, () => void, number]>([
    [
      "another distinguisher",
      () => rib.local.setVrf(vrf("red", { rd: "10.0.0.1:77" })),
      2 * ROUTES,
    ],
    [
      "other export route targets",
      () => rib.local.setVrf({ ...vrf("red"), exportRouteTargets: [parseRouteTarget("65000:7")] }),
      ROUTES,
    ],
    ["its end", () => rib.local.removeVrf("red"), ROUTES],
  ])("leaves the event loop free between pieces of work after %s", (_, change, steps) => {
    const before = rib.view.counts().version;
    change();
    expect(rib.view.counts().version).toBe(before);
    const { count, largest } = pieces();
    expect(largest).toBeLessThanOrEqual(256);
    expect(count).toBeGreaterThanOrEqual(steps / 256);
  });

  it("has them all under the new distinguisher before one of the old ones goes", () => {
    rib.local.setVrf(vrf("red", { rd: "10.0.0.1:77" }));
    while (rib.work()) {
      const counts = originated();
      const [old, fresh] = [counts.get("10.0.0.1:1") ?? 0, counts.get("10.0.0.1:77") ?? 0];
      if (old < ROUTES) expect(fresh).toBe(ROUTES);
    }
    expect(originated()).toEqual(new Map([["10.0.0.1:77", ROUTES]]));
  });

  it("announces nothing again when it imports other route targets", () => {
    const before = rib.view.counts().version;
    rib.local.setVrf({ ...vrf("red"), importRouteTargets: [parseRouteTarget("65000:9")] });
    while (rib.work());
    expect(rib.view.counts().version).toBe(before);
  });

  it("can be followed by another one with its distinguisher before all is withdrawn", () => {
    rib.local.removeVrf("red");
    rib.work();
    rib.local.setVrf(vrf("blue"));
    rib.local.originateType5("blue", localRoute(prefixOf(ROUTES - 1)));
    while (rib.work());
    expect(originated()).toEqual(new Map([["10.0.0.1:1", 1]]));
  });

  it("can change back, and lose and gain routes, in the middle", () => {
    rib.local.setVrf(vrf("red", { rd: "10.0.0.1:77" }));
    rib.work();
    rib.local.withdrawType5("red", parseIpPrefix(prefixOf(3)));
    rib.local.originateType5("red", localRoute("192.0.2.0/24"));
    rib.local.setVrf(vrf("red"));
    while (rib.work());
    expect(originated()).toEqual(new Map([["10.0.0.1:1", ROUTES]]));
  });
});

it("a peer that comes in the middle hears the end of the table after the last of the routes", () => {
  const client = sessionSlot("client", "10.0.0.11", { client: true });
  const world = new World();
  world.setVrf(vrf("red"));
  for (let n = 0; n < 600; n++) {
    world.apply({ kind: "originate", vrf: "red", route: localRoute(prefixOf(n)) });
  }
  world.settle();
  world.setVrf(vrf("red", { rd: "10.0.0.1:77" }));
  world.up(client);
  while (world.model(client).endOfRibs === 0) world.rib.work(16);
  const told = [...world.model(client).routes.keys()];
  // Type 1, 10.0.0.1, 77 (RFC 4364 section 4.2).
  expect(told.filter((key) => key.includes("00010a000001004d"))).toHaveLength(600);
  world.settle();
  world.expectAgreement();
});

it("a MAC-VRF with many MACs changes and goes in pieces, too", () => {
  const rib = new Rib({ asn: OWN_ASN, routerId: OWN_ROUTER_ID, send: () => "continue" });
  rib.local.setMacVrf(macVrf("blue"));
  for (let n = 0; n < 1000; n++) {
    const octets = `${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;
    rib.local.originateMac("blue", { mac: parseMacAddress(`02:00:00:00:${octets}`) });
  }
  while (rib.work());
  const paths = (): number => rib.view.counts().paths;
  expect(paths()).toBe(1001);
  rib.local.setMacVrf(macVrf("blue", { rd: "10.0.0.1:177" }));
  expect(paths()).toBe(1001);
  rib.work();
  expect(paths()).toBe(1001 + 256);
  while (rib.work());
  expect(paths()).toBe(1001);
  rib.local.removeMacVrf("blue");
  expect(paths()).toBe(1000);
  while (rib.work());
  expect(rib.view.counts()).toMatchObject({ paths: 0, attributeSets: 0 });
});
