import { describe, expect, test } from "vitest";
import { vrfIntent } from "../../src/intent/vrf-intent.ts";
import { host, subnet, vrf } from "../fixtures.ts";

const subnets = [
  subnet("red", "b", "main", ["10.2.0.0/24"]),
  subnet("red", "a", "main", ["10.1.0.0/24"]),
];

describe("the intent of a VRF", () => {
  test("gives the router addresses of its host, which no other host has", () => {
    const of = (id: number) =>
      vrfIntent({
        self: host("h", { id }),
        vrf: vrf("red", "main", 1),
        subnets,
        namespacePrefix: "vrf",
      });
    expect(of(1)?.routerAddresses).toHaveLength(2);
    expect(of(1)?.routerAddresses).not.toEqual(of(2)?.routerAddresses);
  });

  test("lists aggregates in an order of their own", () => {
    const of = (list: typeof subnets) =>
      vrfIntent({
        self: host("h"),
        vrf: vrf("red", "main", 1),
        subnets: list,
        namespacePrefix: "vrf",
      });
    expect(of(subnets)).toEqual(of(subnets.toReversed()));
  });

  test("is none on a host that is only a reflector, and before admission gave identifiers", () => {
    const rr = host("rr", { roles: ["reflector"] });
    const input = { vrf: vrf("red", "main", 1), subnets, namespacePrefix: "vrf" };
    expect(vrfIntent({ ...input, self: rr })).toBeUndefined();
    const { status: _, ...unadmitted } = input.vrf;
    expect(vrfIntent({ ...input, self: host("h"), vrf: unadmitted })).toBeUndefined();
  });
});
