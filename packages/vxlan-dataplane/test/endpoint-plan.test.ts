import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import type { Link, Route } from "@selvedge/netlink";
import { describe, expect, it } from "vitest";
import {
  type HostEnd,
  judgeWorkload,
  planHostEnd,
  planRelease,
  planWorkload,
  staleHostRoutes,
  wantedEndpoint,
} from "../src/endpoint-plan.ts";
import { GATEWAY_MAC } from "../src/ownership.ts";

const addresses = ["10.1.0.5", "2001:db8::5"].map(parseIpAddress);
const wanted = wantedEndpoint(
  {
    name: "red/web-1",
    vrf: "red/main",
    addresses,
    workload: { namespace: "w1", interface: "eth0" },
  },
  addresses,
  1450,
  undefined,
);
const host = (changes: Partial<HostEnd> = {}): HostEnd => ({
  index: 3,
  peer: 2,
  up: true,
  mtu: 1450,
  mac: GATEWAY_MAC,
  alias: wanted.alias,
  master: undefined,
  learning: false,
  hasGateway: true,
  routes: new Set(["10.1.0.5/32", "2001:db8::5/128"].map(parseIpPrefix)),
  ...changes,
});
const link: Link = {
  index: 2,
  name: "eth0",
  detail: { kind: "veth" },
  up: true,
  carrier: true,
  mtu: 1450,
  mac: wanted.mac,
  alias: wanted.alias,
  master: undefined,
  bridgePort: undefined,
  peer: 3,
  peerNamespaceId: 0,
  addrGenMode: "eui64",
};
const flags = { permanent: true, tentative: false, dadFailed: false, protocol: 201 } as const;
const present = addresses.map((address) => ({
  link: 2,
  address,
  length: address.includes(":") ? 128 : 32,
  scope: "universe" as const,
  ...flags,
}));
const gateway = parseIpAddress("169.254.1.1");
const defaultRoute: Route = {
  destination: parseIpPrefix("0.0.0.0/0"),
  via: { kind: "gateway", address: gateway, link: 2, onlink: false },
  protocol: 201,
  metric: 0,
  source: undefined,
};
const routes: Route[] = [
  defaultRoute,
  {
    ...defaultRoute,
    destination: parseIpPrefix("169.254.1.1/32"),
    via: { kind: "link", index: 2 },
  },
  {
    ...defaultRoute,
    destination: parseIpPrefix("::/0"),
    via: { kind: "gateway", address: parseIpAddress("fe80::1"), link: 2, onlink: false },
    metric: 1024,
  },
];

describe("the workload end of an endpoint", () => {
  it("is the device that the host end says, if alias or MAC address agree", () => {
    expect(judgeWorkload(wanted, host(), [link])).toEqual({ kind: "wired", link });
    for (const changes of [{ alias: undefined }, { mac: GATEWAY_MAC }]) {
      expect(judgeWorkload(wanted, host(), [{ ...link, ...changes }]).kind).toBe("wired");
    }
  });

  it.each([
    ["has no host end", undefined, {}],
    ["has another peer", host(), { peer: 4 }],
    ["is not the peer of the host end", host({ peer: 9 }), {}],
    [
      "is another kind of device",
      host(),
      { detail: { kind: "bridge", multicastSnooping: true } as const },
    ],
    [
      "belongs to an endpoint of another VRF whose indexes are the same",
      host(),
      { alias: "selvedge endpoint blue/web-1", mac: GATEWAY_MAC },
    ],
  ])("is somebody else's when it %s", (_, end, changes) => {
    expect(judgeWorkload(wanted, end, [{ ...link, ...changes }]).kind).toBe("taken");
  });

  it("is absent when no device has the name", () => {
    expect(judgeWorkload(wanted, host(), [{ ...link, name: "eth1" }])).toEqual({ kind: "absent" });
  });

  it("needs nothing when everything is there", () => {
    const reading = { link, addresses: present, routes };
    expect(planWorkload(wanted, reading, true)).toEqual({ requests: [], takenRoutes: [] });
  });

  it("keeps addresses and routes that the workload has added", () => {
    const reading = {
      link,
      addresses: [
        ...present,
        {
          ...present[0],
          link: 2,
          address: gateway,
          length: 32,
          scope: "universe" as const,
          ...flags,
          protocol: 0,
        },
      ],
      routes: [
        ...routes,
        { ...defaultRoute, destination: parseIpPrefix("10.9.0.0/16"), protocol: 4 },
      ],
    };
    expect(planWorkload(wanted, reading, true).requests).toEqual([]);
    expect(planRelease(wanted, reading)).toEqual([]);
  });

  it("loses the addresses that it was given and is not to have, and their host routes", () => {
    const fewer = { ...wanted, addresses: addresses.slice(1) };
    expect(staleHostRoutes(fewer, host())).toEqual(["10.1.0.5/32"]);
    expect(planRelease(fewer, { link, addresses: present })).toEqual([
      { kind: "address.delete", link: 2, address: "10.1.0.5", length: 32 },
    ]);
    const foreign = present.map((one) => ({ ...one, protocol: 0 }));
    expect(planRelease(fewer, { link, addresses: foreign })).toEqual([]);
  });

  it("loses the routes of a family that it has no address of, when anything may be removed", () => {
    const onlyV6 = { ...wanted, addresses: addresses.slice(1) };
    const reading = { link, addresses: present, routes };
    expect(planWorkload(onlyV6, reading, false).requests).toEqual([]);
    expect(planWorkload(onlyV6, reading, true).requests).toMatchObject([
      { kind: "route.delete", destination: "0.0.0.0/0" },
      { kind: "route.delete", destination: "169.254.1.1/32" },
    ]);
  });

  it.each([
    ["of another protocol", { ...defaultRoute, protocol: 4 }],
    ["over another device", { ...defaultRoute, via: { kind: "link", index: 9 } as const }],
  ])("leaves a default route alone that is %s", (_, route) => {
    const reading = { link, addresses: present, routes: [route, ...routes.slice(1)] };
    expect(planWorkload(wanted, reading, true)).toEqual({
      requests: [],
      takenRoutes: ["0.0.0.0/0"],
    });
  });
});

describe("the host end of an endpoint", () => {
  it("needs nothing when everything is there", () => {
    expect(planHostEnd(wanted, host())).toEqual([]);
  });

  it("needs everything when it has just been made", () => {
    const fresh = host({ up: false, alias: undefined, hasGateway: false, routes: new Set() });
    expect(planHostEnd(wanted, fresh).map(({ kind }) => kind)).toEqual([
      "link.set",
      "address.replace",
      "route.replace",
      "route.replace",
    ]);
  });
});
