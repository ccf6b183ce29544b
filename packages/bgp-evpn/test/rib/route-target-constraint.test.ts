import { parseIpAddress, parseRouteTarget, parseVni } from "@selvedge/net";
import { beforeEach, expect, test } from "vitest";
import type { MembershipRoute } from "../../src/wire/route-target-membership.ts";
import { hostRoutes, vrf } from "./model/make.ts";
import type { PeerModel } from "./model/peer-model.ts";
import { OWN_ROUTER_ID, type SessionSlot, sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const source = sessionSlot("the source of routes", "10.0.0.11", { client: true });
const clientA = sessionSlot("client A", "10.0.1.1", { client: true, constrained: true });
const clientB = sessionSlot("client B", "10.0.1.2", { client: true, constrained: true });
const nonClient = sessionSlot("a non-client", "10.0.2.1", { constrained: true });
const DEFAULT: MembershipRoute = { kind: "membership", prefixLength: 0 };

const membership = (tenant: number): MembershipRoute => ({
  kind: "membership",
  prefixLength: 96,
  originAs: 65000,
  target: parseRouteTarget(`65000:${tenant}`),
});

let world: World;

beforeEach(() => {
  world = new World();
});

const want = (slot: SessionSlot, ...memberships: readonly MembershipRoute[]): void =>
  world.want(slot, {
    memberships,
    nextHop: slot.peer.address,
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: 100 },
    ],
  });

/** Routes of a tenant, each with a route distinguisher of its own. */
const announce = (tenant: number, count: number): void =>
  world.announce(
    source,
    hostRoutes(count, { rd: `10.0.0.11:${tenant}`, targets: [`65000:${tenant}`] }),
  );

const settled = (slot: SessionSlot): PeerModel => {
  world.settle();
  world.expectAgreement();
  return world.model(slot);
};

test("a peer gets no route before it has told all of its memberships, and then those that it wants", () => {
  world.up(source);
  world.up(clientA);
  announce(1, 5);
  announce(2, 7);
  want(clientA, membership(1));
  expect(settled(clientA)).toMatchObject({ endOfRibs: 0, membershipEndOfRibs: 1 });
  expect(world.model(clientA).routes.size).toBe(0);
  world.complete(clientA);
  expect(settled(clientA).routes.size).toBe(5);
  expect(world.model(clientA).endOfRibs).toBe(1);
});

test("a peer that does not come to an end with its memberships is waited for no longer than the caller likes", () => {
  world.up(source);
  world.up(clientA);
  announce(1, 5);
  want(clientA, membership(1));
  world.settle();
  world.rib.endMembershipWait(world.id(clientA));
  world.settle();
  expect(world.model(clientA)).toMatchObject({ endOfRibs: 1 });
  expect(world.model(clientA).routes.size).toBe(5);
});

test("a change of memberships sends the routes whose verdict changes and no others", () => {
  for (const slot of [source, clientA]) world.up(slot);
  for (const tenant of [1, 2, 3]) announce(tenant, 50);
  want(clientA, membership(1), membership(2));
  world.complete(clientA);
  expect(settled(clientA).routes.size).toBe(100);
  const before = world.model(clientA).messages;
  want(clientA, membership(3));
  expect(settled(clientA).routes.size).toBe(150);
  // 50 routes of 36 octets fit into one UPDATE.
  expect(world.model(clientA).messages).toBe(before + 1);
  world.noLongerWant(clientA, [membership(1)]);
  expect(settled(clientA).routes.size).toBe(100);
  expect(world.model(clientA).messages).toBe(before + 2);
});

test("a route whose route target changes comes to those who want the new one and goes from the others", () => {
  for (const slot of [source, clientA, clientB]) world.up(slot);
  want(clientA, membership(1));
  want(clientB, membership(2));
  for (const slot of [clientA, clientB]) world.complete(slot);
  announce(1, 3);
  expect(settled(clientA).routes.size).toBe(3);
  world.announce(source, hostRoutes(3, { rd: "10.0.0.11:1", targets: ["65000:2"] }));
  expect(settled(clientA).routes.size).toBe(0);
  expect(world.model(clientB).routes.size).toBe(3);
});

test("peers with different memberships share a group", () => {
  for (const slot of [source, clientA, clientB]) world.up(slot);
  want(clientA, membership(1), membership(3));
  want(clientB, membership(2), membership(3));
  for (const slot of [clientA, clientB]) world.complete(slot);
  for (const tenant of [1, 2, 3]) announce(tenant, 1);
  expect(settled(clientA).routes.size).toBe(2);
  expect(world.model(clientB).routes.size).toBe(2);
  // The other is that of the peer without constraint.
  expect(world.rib.view.counts()).toMatchObject({ updateGroups: 2, targetSets: 3, memberships: 4 });
});

test("a client is asked for everything, a non-client for what VRFs and clients want", () => {
  for (const slot of [clientA, nonClient]) world.up(slot);
  world.setVrf(vrf("red", { target: "65000:7" }));
  want(clientA, membership(1));
  settled(clientA);
  expect([...world.model(clientA).memberships.keys()]).toEqual(["00"]);
  expect([...world.model(nonClient).memberships.keys()].sort()).toEqual([
    "600000fde80002fde800000001",
    "600000fde80002fde800000007",
  ]);
  const [own] = [...world.model(nonClient).memberships.values()].filter(
    ({ nextHop }) => nextHop === OWN_ROUTER_ID,
  );
  expect(own?.nlri).toBe("600000fde80002fde800000007");
  world.removeVrf("red");
  expect(settled(nonClient).memberships.size).toBe(1);
});

test("a non-client is asked for everything while a client cannot say what it wants", () => {
  for (const slot of [clientA, nonClient]) world.up(slot);
  expect(settled(nonClient).memberships.size).toBe(0);
  world.up(source);
  expect([...settled(nonClient).memberships.keys()]).toEqual(["00"]);
  world.down(source);
  expect(settled(nonClient).memberships.size).toBe(0);
});

test("the default membership of one peer is passed on like any other", () => {
  for (const slot of [clientA, nonClient]) world.up(slot);
  want(clientA, DEFAULT);
  expect([...settled(nonClient).memberships.keys()]).toEqual(["00"]);
});

test("the memberships of a peer that restarts are kept until it has told the new ones", () => {
  for (const slot of [source, clientA, nonClient]) world.up(slot);
  want(clientA, membership(1), membership(2));
  world.complete(clientA);
  settled(clientA);
  world.retain(clientA);
  settled(nonClient);
  expect(world.model(nonClient).memberships.size).toBe(3);
  world.up(clientA);
  want(clientA, membership(2));
  settled(clientA);
  expect([...world.rib.view.memberships()].map(({ best, stale }) => ({ best, stale }))).toEqual([
    { best: true, stale: true },
    { best: true, stale: false },
  ]);
  world.complete(clientA);
  settled(clientA);
  expect([...world.rib.view.memberships()]).toEqual([
    {
      membership: membership(2),
      peer: world.id(clientA),
      neighbor: parseIpAddress("10.0.1.1"),
      best: true,
      stale: false,
    },
  ]);
  expect(world.model(nonClient).memberships.size).toBe(2);
});

test("a peer that asks for the memberships again gets them again", () => {
  world.up(nonClient);
  world.setVrf(vrf("red"));
  const before = settled(nonClient).messages;
  world.rib.refreshMemberships(world.id(nonClient));
  expect(settled(nonClient).messages).toBe(before + 1);
});

test("a peer that takes no more bytes in the middle of many memberships is told the others afterwards", () => {
  world.up(nonClient);
  world.settle();
  const importRouteTargets = Array.from({ length: 9000 }, (_, n) => parseRouteTarget(`65000:${n}`));
  world.setVrf({ ...vrf("red"), importRouteTargets });
  world.model(nonClient).willBlock = true;
  world.rib.work();
  const told = world.model(nonClient).memberships.size;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThan(importRouteTargets.length);
  world.setVrf({ ...vrf("red"), importRouteTargets: importRouteTargets.slice(0, 8990) });
  world.rib.work();
  expect(settled(nonClient).memberships.size).toBe(8990);
});

test("many memberships with long attributes of their own reach another peer in whole messages", () => {
  world.up(nonClient);
  world.up(clientA);
  world.settle();
  for (let tenant = 1; tenant <= 80; tenant++) {
    const communities = Array.from({ length: 800 }, (_, n) => `${tenant}:${n}`);
    world.want(clientA, {
      memberships: [membership(tenant)],
      nextHop: clientA.peer.address,
      attributes: [
        { kind: "origin", origin: "igp" },
        { kind: "as-path", segments: [] },
        { kind: "local-pref", value: 100 },
        { kind: "communities", communities },
      ],
    });
  }
  expect(settled(nonClient).memberships.size).toBe(80);
});

test("for a VRF with a wildcard everything is asked for, as no membership leaves the AS open", () => {
  world.up(nonClient);
  const told = (): string[] => {
    world.settle();
    return [...world.model(nonClient).memberships.keys()];
  };
  // Prefix length, and nothing: the default membership (RFC 4684 section 4).
  const everything = "00";
  world.rib.local.setVrf({ ...vrf("red"), importVnis: [parseVni(5000)] });
  expect(told()).toContain(everything);
  world.rib.local.setVrf(vrf("red"));
  expect(told()).not.toContain(everything);
});
