import { beforeEach, describe, expect, it } from "vitest";
import { Repairs } from "../src/repairs.ts";

describe("the repairs of a VRF", () => {
  let logged: object[];
  let repairs: Repairs;

  beforeEach(() => {
    logged = [];
    const log = { info: (fields: object) => logged.push(fields), debug: () => undefined };
    repairs = new Repairs("red/main", log);
  });

  it("are counted and told once, when all is right again", () => {
    repairs.find(["link vx5001", "address 10.1.0.1"]);
    repairs.find(["link vx5001"]);
    expect([repairs.total, logged]).toEqual([0, []]);
    repairs.settle();
    repairs.settle();
    expect(repairs.total).toBe(2);
    const objects = ["link vx5001", "address 10.1.0.1"];
    expect(logged).toEqual([{ vrf: "red/main", repaired: 2, objects }]);
  });

  it("name few objects, and routes by their number", () => {
    repairs.find(Array.from({ length: 40 }, (_, number) => `neighbour 10.1.0.${number}`));
    repairs.countRoutes(1000);
    repairs.countRoutes(24);
    repairs.settle();
    expect(repairs.total).toBe(1064);
    expect(logged).toMatchObject([
      { repaired: 1064, objects: { length: 17, 16: "1024 remote routes" } },
    ]);
  });
});
