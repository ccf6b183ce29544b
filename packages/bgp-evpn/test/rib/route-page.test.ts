import { describe, expect, test } from "vitest";
import type { RoutePage } from "../../src/rib/route-page.ts";
import { announcement, hostRoutes } from "./model/make.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const OTHER = sessionSlot("other client", "10.0.0.12", { client: true });

function table(count: number): World {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  for (const route of hostRoutes(count)) world.announce(CLIENT, [route]);
  world.settle();
  return world;
}

/** All pages, one after the other. */
function pages(next: (from?: number) => RoutePage): RoutePage[] {
  const all = [next()];
  for (let at = all.at(-1)?.next; at !== undefined; at = all.at(-1)?.next) all.push(next(at));
  return all;
}

describe("pages of a table", () => {
  test("hold so many routes, say where the next one begins, and end", () => {
    const { rib } = table(7);
    const all = pages((from) =>
      rib.view.routePage({}, { limit: 3, ...(from === undefined ? {} : { from }) }),
    );
    expect(all.map(({ routes }) => routes.length)).toEqual([3, 3, 1]);
    expect(all.at(-1)).not.toHaveProperty("next");
  });

  test("never part the paths of a prefix", () => {
    const world = table(2);
    for (const route of hostRoutes(2)) world.announce(OTHER, [route]);
    world.settle();
    const all = pages((from) =>
      world.rib.view.routePage({}, { limit: 1, ...(from === undefined ? {} : { from }) }),
    );
    expect(all.map(({ routes }) => routes.length)).toEqual([2, 2]);
  });

  test("are short where few rows match, so that none takes long", () => {
    const world = table(20_000);
    const routeType = 3;
    const all = pages((from) =>
      world.rib.view.routePage(
        { routeType },
        { limit: 10, ...(from === undefined ? {} : { from }) },
      ),
    );
    expect(all.map(({ routes }) => routes.length)).toEqual([0, 0]);
  });

  test("of an empty table are one empty page", () => {
    expect(new World().rib.view.routePage({}, { limit: 10 })).toEqual({ routes: [] });
  });
});

describe("pages of what a peer was told", () => {
  test("leave out its own routes, and what it has yet to be told", () => {
    const world = table(3);
    const told = () =>
      world.rib.view.advertisedPage(world.id(OTHER), {}, { limit: 10 }).routes.length;
    expect(told()).toBe(3);
    expect(world.rib.view.advertisedPage(world.id(CLIENT), {}, { limit: 10 }).routes).toEqual([]);
    world.announce(CLIENT, [announcement("10.9.0.0/24")]);
    expect(told()).toBe(3);
    // What the peer holds of this one is not what is best now.
    world.announce(CLIENT, [announcement("10.0.0.1/32", { label: 7 })]);
    expect(told()).toBe(2);
    world.settle();
    expect(told()).toBe(4);
  });

  test("show the attributes as they were sent, with what reflection adds", () => {
    const world = table(1);
    const [view] = world.rib.view.advertisedPage(world.id(OTHER), {}, { limit: 1 }).routes;
    const kinds = view?.attributes.map(({ kind }) => kind);
    expect(kinds).toContain("originator-id");
    expect(kinds).toContain("cluster-list");
    expect(view?.nextHop).toBe("192.0.2.11");
  });

  test("are empty for a peer without session", () => {
    const world = table(1);
    const id = world.id(OTHER);
    world.down(OTHER);
    expect(world.rib.view.advertisedPage(id, {}, { limit: 1 })).toEqual({ routes: [] });
  });
});
