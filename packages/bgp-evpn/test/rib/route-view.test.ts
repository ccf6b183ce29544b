import { parseIpAddress, parseMacAddress, parseRouteDistinguisher } from "@selvedge/net";
import { expect, test } from "vitest";
import type { RouteFilter } from "../../src/rib/route-filter.ts";
import type { EvpnRouteView } from "../../src/rib/route-view.ts";
import type { EvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { announcement, localRoute, vrf } from "./model/make.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const OTHER = sessionSlot("other client", "10.0.0.12", { client: true });
const MAC: EvpnRoute = {
  kind: "mac-ip",
  routeType: 2,
  rd: parseRouteDistinguisher("10.0.0.11:1"),
  esi: "00:00:00:00:00:00:00:00:00:00",
  ethernetTag: 0,
  mac: parseMacAddress("02:00:00:00:00:01"),
  ip: parseIpAddress("10.1.0.5"),
  labels: [100, 5001],
};

/** A table with two paths for one prefix, a MAC and a local route. */
function table(): World {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  world.announce(CLIENT, [announcement("10.1.0.0/24")]);
  world.announce(OTHER, [announcement("10.1.0.0/24", { localPreference: 50 })]);
  world.announce(CLIENT, [{ ...announcement("10.1.0.0/24"), route: MAC }]);
  world.setVrf(vrf("red", { target: "65000:2" }));
  world.rib.local.originateType5("red", localRoute("10.9.0.0/24"));
  return world;
}

function shown(world: World, filter?: RouteFilter): string[] {
  return [...world.rib.view.routes(filter)].map(({ best, lostAt, peer, route }) => {
    const source = peer === "local" ? "local" : peer === world.id(CLIENT) ? "client" : "other";
    return `${route.routeType} ${source} ${best ? "best" : lostAt}`;
  });
}

test("all paths are shown, prefix by prefix, with the step that a path lost", () => {
  expect(shown(table()).sort()).toEqual([
    "2 client best",
    "5 client best",
    "5 local best",
    "5 other local-preference",
  ]);
});

test("the best says what it won by, and paths that are equal in cost say so", () => {
  const world = table();
  const standing = (): unknown[] =>
    [...world.rib.view.routes({ routeType: 5 })].map(({ lostAt, multipath, wonAt }) => [
      wonAt ?? lostAt,
      multipath,
    ]);
  expect(standing()).toEqual([
    ["local-preference", false],
    ["local-preference", false],
    ["only-path", false],
  ]);
  world.announce(OTHER, [announcement("10.1.0.0/24", { vtep: "192.0.2.12" })]);
  expect(standing()).toEqual([
    ["router-id", true],
    ["router-id", true],
    ["only-path", false],
  ]);
});

test("a refused path is shown with the reason and as it came, and stands in nobody's way", () => {
  const world = table();
  world.setPolicies(CLIENT, { importPolicy: "by-vtep" });
  world.setPolicies(OTHER, { importPolicy: "prefer" });
  world.announce(CLIENT, [
    announcement("10.1.0.0/24", { vtep: "192.0.2.2", localPreference: 400 }),
  ]);
  world.settle();
  const paths = [...world.rib.view.routes({ routeType: 5 })].filter(({ peer }) => peer !== "local");
  const preference = (view: EvpnRouteView): unknown =>
    view.attributes.find(({ kind }) => kind === "local-pref");
  const [refused, best] = paths.sort((a, b) => Number(a.best) - Number(b.best));
  expect(refused).toMatchObject({ best: false, multipath: false, refused: "not there" });
  expect(refused).not.toHaveProperty("lostAt");
  expect(refused && preference(refused)).toMatchObject({ value: 400 });
  expect(best).toMatchObject({ best: true, wonAt: "only-path" });
  expect(best && preference(best)).toMatchObject({ value: 300 });
});

test("paths are filtered by peer, route type and whether they are the best", () => {
  const world = table();
  expect(shown(world, { peer: "local" })).toEqual(["5 local best"]);
  expect(shown(world, { peer: world.id(OTHER) })).toEqual(["5 other local-preference"]);
  expect(shown(world, { routeType: 2 })).toEqual(["2 client best"]);
  expect(shown(world, { best: false })).toEqual(["5 other local-preference"]);
  expect(shown(world, { best: true, routeType: 5, peer: world.id(CLIENT) })).toEqual([
    "5 client best",
  ]);
});

test("the table may change while it is shown", () => {
  const world = table();
  const routes = world.rib.view.routes();
  const seen = [routes.next().value?.route.routeType];
  world.down(CLIENT);
  world.settle();
  for (const { route } of routes) seen.push(route.routeType);
  // The rest of the prefix that was being shown, and what is left of the others.
  expect(seen).toEqual([5, 5, 5]);
});
