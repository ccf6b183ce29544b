import { type IpAddress, macFromVtep, parseIpAddress, parseVni } from "@selvedge/net";
import { describe, expect, it } from "vitest";
import type { VrfIntent } from "../src/intent.ts";
import { NextHopTable } from "../src/next-hops.ts";
import { nextHopGateway, nextHopId } from "../src/ownership.ts";
import { wantedObjects } from "../src/vrf-objects.ts";

const ip = parseIpAddress;
const V6 = ip("2001:db8:ffff::2");
const V6_TOO = ip("2001:db8:ffff::3");
const V4 = ip("10.0.0.4");

const hop = (vtep: IpAddress) => ({ vtep, routerMac: macFromVtep(vtep) });
const idOf = (vtep: IpAddress): number => nextHopId(vtep) ?? 0;
const vrfAt = (vtep: IpAddress): VrfIntent => ({
  name: "red/main",
  namespace: "vrf.red.main",
  l3vni: parseVni(5001),
  vtep,
  routerMac: macFromVtep(vtep),
  routerAddresses: [],
  gateways: [],
  aggregates: [],
  mtu: 1430,
});

describe("what a VRF needs for its next hops", () => {
  it("is a next-hop object, a neighbour and an FDB entry for each VTEP, whatever their family", () => {
    const nextHops = new NextHopTable();
    nextHops.acquire([hop(V6)]);
    const objects = wantedObjects(vrfAt(ip("2001:db8:ffff::1")), nextHops);
    const gateway = nextHopGateway(idOf(V6));
    expect([...objects.gateways]).toEqual([[idOf(V6), gateway]]);
    expect([...objects.neighbours]).toEqual([[gateway, macFromVtep(V6)]]);
    expect([...objects.forwarding]).toEqual([[macFromVtep(V6), V6]]);
  });

  it("is no neighbour for a VTEP of the other family, and no part of a group that has others", () => {
    const nextHops = new NextHopTable();
    const mixed = nextHops.acquire([hop(V6), hop(V4), hop(V6_TOO)]);
    const lone = nextHops.acquire([hop(V6), hop(V6_TOO)]);
    const at = (vtep: IpAddress) => wantedObjects(vrfAt(vtep), nextHops);
    const ids = [idOf(V6), idOf(V6_TOO)].sort((a, b) => a - b);
    const over6 = at(ip("2001:db8:ffff::1"));
    expect([...over6.forwarding.values()].sort()).toEqual([V6, V6_TOO]);
    expect(over6.groups.get(mixed?.id ?? 0)).toEqual(ids);
    const over4 = at(ip("10.0.0.1"));
    expect([...over4.forwarding.values()]).toEqual([V4]);
    expect([...over4.neighbours.values()]).toEqual([macFromVtep(V4)]);
    expect(over4.groups.get(mixed?.id ?? 0)).toEqual([idOf(V4)]);
    // What has no other way is still a route, so that it is answered.
    expect(over4.groups.get(lone?.id ?? 0)).toEqual(ids);
    expect(over4.gateways.size).toBe(3);
  });
});
