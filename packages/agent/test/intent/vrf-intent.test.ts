import { parseIpAddress } from "@selvedge/net";
import type { Subnet } from "@selvedge/resources";
import { describe, expect, test } from "vitest";
import { vrfIntent } from "../../src/intent/vrf-intent.ts";
import { bridgedSubnet, host, subnet, vrf } from "../fixtures.ts";

const subnets = [
  subnet("red", "b", "main", ["10.2.0.0/24"]),
  subnet("red", "a", "main", ["10.1.0.0/24"]),
] as const;

describe("the intent of a VRF", () => {
  test("gives the router addresses of its host, which no other host has", () => {
    const of = (id: number) =>
      vrfIntent({
        self: host("h", { id }),
        vrf: vrf("red", "main", 1),
        subnets,
        subnetsInUse: subnets,
        namespacePrefix: "vrf",
      });
    expect(of(1)?.routerAddresses).toHaveLength(2);
    expect(of(1)?.routerAddresses).not.toEqual(of(2)?.routerAddresses);
  });

  test("lists aggregates in an order of their own", () => {
    const of = (list: readonly Subnet[]) =>
      vrfIntent({
        self: host("h"),
        vrf: vrf("red", "main", 1),
        subnets: list,
        subnetsInUse: list,
        namespacePrefix: "vrf",
      });
    expect(of(subnets)).toEqual(of(subnets.toReversed()));
  });

  test("has bridge domains for bridged subnets in use here, and gateways of routed subnets alone", () => {
    const gateway = [parseIpAddress("10.2.0.1")];
    const routed = { ...subnets[0], spec: { ...subnets[0].spec, gateway } };
    const lan = bridgedSubnet("red", "lan", "main", ["10.5.0.0/24"], 6001);
    const other = bridgedSubnet("red", "other", "main", ["10.6.0.0/24"], 6002);
    const intent = vrfIntent({
      self: host("h"),
      vrf: vrf("red", "main", 1),
      subnets: [routed, lan, other],
      subnetsInUse: [routed, lan],
      namespacePrefix: "vrf",
    });
    expect(intent?.gateways).toEqual(gateway);
    expect(intent?.bridgeDomains.map(({ name }) => name)).toEqual(["red/lan"]);
  });

  test("is none on a host that is only a reflector, and before admission gave identifiers", () => {
    const rr = host("rr", { roles: ["reflector"] });
    const input = {
      vrf: vrf("red", "main", 1),
      subnets,
      subnetsInUse: subnets,
      namespacePrefix: "vrf",
    };
    expect(vrfIntent({ ...input, self: rr })).toBeUndefined();
    const { status: _, ...unadmitted } = input.vrf;
    expect(vrfIntent({ ...input, self: host("h"), vrf: unadmitted })).toBeUndefined();
  });
});
