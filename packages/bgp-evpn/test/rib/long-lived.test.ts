/** What the random histories of rib-model.test.ts meet too seldom. */
import { describe, expect, it } from "vitest";
import { announcement, hostRoutes } from "./model/make.ts";
import { SLOTS } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const [first, second] = SLOTS;
if (first === undefined || second === undefined) throw new Error("there are no sessions");

const AGE = { kind: "age", slot: 0 } as const;
const routes = hostRoutes(5);

/** A peer with five routes has gone, and is to be aged. */
const ageing = (): World => {
  const world = new World();
  world.up(first);
  world.up(second);
  world.announce(first, routes);
  world.settle();
  world.retain(first);
  world.settle();
  world.apply(AGE);
  return world;
};

const agedIn = (world: World): number =>
  [...world.rib.view.routes()].filter(({ attributes }) =>
    attributes.some((one) => one.kind === "communities" && one.communities.includes("llgr-stale")),
  ).length;

describe("paths that become long-lived stale", () => {
  it("do so in slices, and are told with the community", () => {
    const world = ageing();
    world.rib.work(2);
    expect(agedIn(world)).toBe(2);
    world.settle();
    expect(agedIn(world)).toBe(5);
    world.expectAgreement();
    expect([...world.model(second).routes.values()][0]?.attributes).toContainEqual(
      expect.stringContaining("ffff0006"),
    );
    world.expectNoLeak();
  });

  it("are fresh again when they are announced again, and are told so", () => {
    const world = ageing();
    world.settle();
    world.up(first);
    world.announce(first, routes);
    world.settle();
    expect(agedIn(world)).toBe(0);
    world.expectAgreement();
  });

  it("may go while others are still to come", () => {
    for (const { route } of routes) {
      const world = ageing();
      world.rib.work(1);
      world.up(first);
      world.withdraw(first, [route]);
      world.settle();
      world.expectAgreement();
      world.expectNoLeak();
    }
  });

  it("are told apart from those that are merely stale", () => {
    const world = ageing();
    world.up(first);
    world.announce(first, routes.slice(0, 2));
    world.apply({ kind: "mark-stale", slot: 0 });
    world.settle();
    expect(agedIn(world)).toBe(3);
    world.expectAgreement();
  });

  it("lose against any other path, and are the last resort", () => {
    const world = ageing();
    world.announce(second, [announcement("10.0.0.0/32", { localPreference: 1 })]);
    world.settle();
    const paths = [...world.rib.view.routes({ best: true })];
    expect(paths).toHaveLength(5);
    expect(paths.filter(({ stale }) => stale)).toHaveLength(4);
    const loser = [...world.rib.view.routes()].find(({ best }) => !best);
    expect(loser?.lostAt).toBe("llgr-stale");
    world.expectAgreement();
  });
});
