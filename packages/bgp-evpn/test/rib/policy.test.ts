/** Policies in a RIB with peers: what becomes of refused and changed routes, and of a change of mind. */
import { expect, test } from "vitest";
import { changeAttributes } from "../../src/rib/attribute-change.ts";
import type { PeerId } from "../../src/rib/peer.ts";
import { type PolicyVerdict, type RoutePolicy, refuse } from "../../src/rib/policy.ts";
import type { PolicyRoute } from "../../src/rib/policy-route.ts";
import type { Rib } from "../../src/rib/rib.ts";
import { announcement, hostRoutes, vrf } from "./model/make.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const FROM = sessionSlot("from", "10.0.0.11", { client: true });
const TO = sessionSlot("to", "10.0.0.12", { client: true });
const ALSO = sessionSlot("also to", "10.0.0.13", { client: true });

function world(...slots: readonly (typeof FROM)[]): World {
  const made = new World();
  for (const slot of slots) made.up(slot);
  return made;
}

test("a refused route is kept and counted by its reason, and is neither told nor imported", () => {
  const one = world(FROM, TO);
  one.setVrf(vrf("red"));
  one.setPolicies(FROM, { importPolicy: "by-vtep" });
  one.announce(FROM, [announcement("10.1.0.0/24", { vtep: "192.0.2.2" })]);
  one.announce(FROM, [announcement("10.1.1.0/24")]);
  one.settle();
  one.expectAgreement();
  expect(one.model(TO).routes.size).toBe(1);
  expect(one.rib.view.peerCounts(one.id(FROM))).toMatchObject({
    paths: 2,
    bestPaths: 1,
    refused: { "not there": 1 },
  });
  one.withdraw(FROM, [announcement("10.1.0.0/24").route]);
  expect(one.rib.view.peerCounts(one.id(FROM)).refused).toEqual({});
  one.expectNoLeak();
});

test("a route that is announced again may be refused now, and is then withdrawn from the others", () => {
  const one = world(FROM, TO);
  one.setPolicies(FROM, { importPolicy: "by-vtep" });
  one.announce(FROM, [announcement("10.1.0.0/24")]);
  one.settle();
  one.announce(FROM, [announcement("10.1.0.0/24", { vtep: "192.0.2.2" })]);
  one.settle();
  one.expectAgreement();
  expect(one.model(TO).routes.size).toBe(0);
  expect(one.rib.view.counts().paths).toBe(1);
});

test("a refused route changes no best path, so the table's version stays", () => {
  const one = world(FROM, TO);
  for (const slot of [FROM, TO]) one.setPolicies(slot, { importPolicy: "by-vtep" });
  one.settle();
  const before = one.rib.view.counts().version;
  one.announce(FROM, [announcement("10.1.0.0/24", { vtep: "192.0.2.2" })]);
  one.announce(FROM, [announcement("10.1.0.0/24", { vtep: "192.0.2.2", label: 7 })]);
  one.announce(TO, [announcement("10.1.0.0/24", { vtep: "192.0.2.2" })]);
  one.withdraw(FROM, [announcement("10.1.0.0/24").route]);
  expect(one.rib.hasWork).toBe(false);
  one.withdraw(TO, [announcement("10.1.0.0/24").route]);
  one.settle();
  expect(one.rib.view.counts()).toMatchObject({ version: before, prefixes: 0 });
});

test("a policy that says otherwise later takes routes back in, without the peer's help", () => {
  const one = world(FROM, TO);
  one.apply({ kind: "flip" });
  one.setPolicies(FROM, { importPolicy: "switched" });
  one.announce(FROM, hostRoutes(20));
  one.settle();
  expect(one.model(TO).routes.size).toBe(0);
  expect(one.rib.view.peerCounts(one.id(FROM)).refused).toEqual({ "switched off": 20 });
  one.apply({ kind: "flip" });
  one.rib.reevaluateImport(one.id(FROM));
  // A slice of three paths: the rest waits.
  expect(one.rib.work(3)).toBe(true);
  expect(one.rib.view.peerCounts(one.id(FROM)).refused).toEqual({ "switched off": 17 });
  one.settle();
  one.expectAgreement();
  expect(one.model(TO).routes.size).toBe(20);
});

test("a policy that is taken away leaves the routes as they came", () => {
  const one = world(FROM, TO);
  one.setPolicies(FROM, { importPolicy: "prefer" });
  one.announce(FROM, hostRoutes(5));
  one.settle();
  one.expectAgreement();
  expect(one.rib.view.counts().attributeSets).toBe(2);
  one.setPolicies(FROM, {});
  one.settle();
  one.expectAgreement();
  expect(one.rib.view.counts().attributeSets).toBe(1);
});

test("what is looked at again and is the same is not told again", () => {
  const one = world(FROM, TO);
  one.setPolicies(FROM, { importPolicy: "prefer" });
  one.announce(FROM, hostRoutes(5));
  one.settle();
  const before = one.model(TO).messages;
  one.rib.reevaluateImport(one.id(FROM));
  one.settle();
  expect(one.model(TO).messages).toBe(before);
});

test("an export policy that changes its mind between two members is heard by both", () => {
  const one = world(FROM, TO);
  for (const slot of [TO, ALSO]) one.setPolicies(slot, { exportPolicy: "switched" });
  one.announce(FROM, hostRoutes(5));
  one.settle();
  expect(one.model(TO).routes.size).toBe(5);
  one.apply({ kind: "flip" });
  // A member that comes now is told by what the policy says now; nobody has asked it about the first one.
  one.up(ALSO);
  while (one.rib.work());
  expect(one.model(ALSO).routes.size).toBe(0);
  expect(one.model(TO).routes.size).toBe(0);
  one.settle();
  one.expectAgreement();
});

test("a peer that gets another export policy is told the difference, and one End-of-RIB in all", () => {
  const one = world(FROM, TO);
  one.announce(FROM, hostRoutes(5, { vtep: "192.0.2.2" }));
  one.announce(FROM, [announcement("10.1.0.0/24")]);
  one.settle();
  one.setPolicies(TO, { exportPolicy: "by-vtep" });
  one.settle();
  one.expectAgreement();
  expect(one.model(TO).routes.size).toBe(1);
  one.setPolicies(TO, {});
  one.settle();
  one.expectAgreement();
  expect(one.model(TO).routes.size).toBe(6);
});

test("members with the same export policy are sent the same octets", () => {
  const one = world(FROM, TO, ALSO);
  for (const slot of [TO, ALSO]) one.setPolicies(slot, { exportPolicy: "prefer" });
  one.settle();
  // The announcing client has none, and a group of its own.
  expect(one.rib.view.counts().updateGroups).toBe(2);
});

/** A RIB whose only peer has this policy. */
function rib(
  policy: RoutePolicy,
  failures: unknown[] = [],
): { rib: Rib; announce: (n: number) => PeerId } {
  const inner = new World({ onPolicyFailure: (_, error) => failures.push(error) });
  inner.up(FROM);
  inner.rib.setPolicies(inner.id(FROM), { importPolicy: policy });
  return {
    rib: inner.rib,
    announce: (count) => {
      const routes = hostRoutes(count);
      for (let at = 0; at < count; at += 50) inner.announce(FROM, routes.slice(at, at + 50));
      return inner.id(FROM);
    },
  };
}

test("one view serves all routes, and a change is worked out once for all that share attributes", () => {
  const views = new Set<PolicyRoute>();
  const change = changeAttributes({ localPreference: 300 });
  let calls = 0;
  const { announce, rib: table } = rib((route) => {
    views.add(route);
    calls++;
    return change;
  });
  announce(200);
  expect(calls).toBe(200);
  expect(views.size).toBe(1);
  // As received, and as changed.
  expect(table.view.counts().attributeSets).toBe(2);
});

test.each<[string, () => PolicyVerdict]>([
  [
    "throws",
    () => {
      throw new Error("no such host");
    },
  ],
  ["gives nothing", () => JSON.parse("null")],
  ["gives a word of its own", () => JSON.parse('"yes"')],
  ["gives a promise", () => JSON.parse("{}")],
])("a policy that %s refuses the route and harms nobody", (_, policy) => {
  const failures: unknown[] = [];
  const { announce, rib: table } = rib(policy, failures);
  const peer = announce(3);
  expect(failures).toHaveLength(3);
  expect(table.view.peerCounts(peer)).toMatchObject({
    paths: 3,
    refused: { "the policy failed": 3 },
  });
});

test("reasons beyond what the table holds are counted as one", () => {
  let calls = 0;
  const { announce, rib: table } = rib(() => refuse(`reason ${++calls}`));
  const peer = announce(5000);
  const { refused } = table.view.peerCounts(peer);
  expect(Object.keys(refused).length).toBeLessThanOrEqual(4096);
  expect(refused["another reason"]).toBeGreaterThan(900);
});
