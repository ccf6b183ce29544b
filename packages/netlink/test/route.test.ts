import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { Route } from "../src/route.ts";
import type { RouteReplaceRequest } from "../src/route-request.ts";
import type { RouteSocket } from "../src/route-socket.ts";
import { bringLoopbackUp, labBridge, labNamespace, labSocket, output } from "./kernel-lab.ts";

const ip = parseIpAddress;
const prefix = parseIpPrefix;
const OURS = 201;

/** A socket in a namespace with a device that has an address of each family. */
function routedLab() {
  const namespace = labNamespace("route");
  const socket = labSocket(namespace);
  bringLoopbackUp(socket);
  const link = labBridge(socket);
  const { failures } = socket.execute([
    { kind: "address.replace", link, address: ip("192.0.2.1"), length: 24 },
    { kind: "address.replace", link, address: ip("2001:db8:7::1"), length: 64, noDad: true },
    {
      kind: "nexthop.replace",
      id: 1,
      protocol: OURS,
      via: { kind: "gateway", address: ip("fe80::1"), link, onlink: true },
    },
    { kind: "nexthop.replace", id: 2, protocol: OURS, via: { kind: "blackhole" } },
  ]);
  expect(failures).toEqual([]);
  return { namespace, socket, link };
}

function ours(socket: RouteSocket): Route[] {
  return socket.routes({ protocol: OURS });
}

describe("route.replace", () => {
  test("adds every kind of route, and the dump gives back what was asked for", () => {
    const { socket, link } = routedLab();
    const requests: RouteReplaceRequest[] = [
      { via: { kind: "nexthop" as const, id: 1 }, to: "10.0.0.0/24" },
      { via: { kind: "nexthop" as const, id: 1 }, to: "2001:db8:1::/64" },
      { via: { kind: "nexthop" as const, id: 2 }, to: "10.0.1.0/24" },
      { via: { kind: "nexthop" as const, id: 2 }, to: "2001:db8:2::/64" },
      { via: { kind: "link" as const, index: link }, to: "10.0.2.1/32" },
      { via: { kind: "link" as const, index: link }, to: "2001:db8:3::1/128" },
      {
        via: { kind: "gateway" as const, address: ip("192.0.2.9"), link, onlink: false },
        to: "10.0.3.0/24",
      },
      {
        via: { kind: "gateway" as const, address: ip("203.0.113.1"), link, onlink: true },
        to: "10.0.4.0/24",
      },
      {
        via: { kind: "gateway" as const, address: ip("fe80::9"), link, onlink: false },
        to: "10.0.5.0/24",
      },
      {
        via: { kind: "gateway" as const, address: ip("fe80::9"), link, onlink: false },
        to: "2001:db8:4::/64",
      },
      { via: { kind: "unreachable" as const }, to: "0.0.0.0/0" },
      { via: { kind: "unreachable" as const }, to: "::/0" },
    ].map(({ via, to }) => ({
      kind: "route.replace",
      destination: prefix(to),
      via,
      protocol: OURS,
      metric: 4000,
    }));
    expect(socket.execute(requests)).toMatchObject({ failures: [] });
    const expected = requests.map(({ destination, via }) => ({
      destination,
      via,
      protocol: OURS,
      metric: 4000,
      source: undefined,
    }));
    expect(ours(socket)).toHaveLength(expected.length);
    expect(ours(socket)).toEqual(expect.arrayContaining(expected));
  });

  test("gives the kernel's default metrics, the protocol `static`, and keeps a source address", () => {
    const { socket, link } = routedLab();
    socket.execute([
      {
        kind: "route.replace",
        destination: prefix("10.0.0.0/8"),
        via: { kind: "link", index: link },
        source: ip("192.0.2.1"),
      },
      {
        kind: "route.replace",
        destination: prefix("2001:db8::/32"),
        via: { kind: "link", index: link },
      },
    ]);
    expect(socket.routes({ protocol: 4 })).toMatchObject([
      { destination: "10.0.0.0/8", metric: 0, source: "192.0.2.1" },
      { destination: "2001:db8::/32", metric: 1024, source: undefined },
    ]);
  });

  test.each(["10.0.0.0/24", "2001:db8:1::/64"])(
    "puts %s in place of the route with the same metric",
    (to) => {
      const { socket, link } = routedLab();
      const destination = prefix(to);
      for (const via of [
        { kind: "nexthop", id: 1 },
        { kind: "link", index: link },
        { kind: "nexthop", id: 2 },
      ] as const) {
        socket.executeOne({ kind: "route.replace", destination, via, protocol: OURS });
        expect(ours(socket)).toMatchObject([{ destination, via }]);
      }
    },
  );

  test("over a next hop that does not exist is refused with the kernel's explanation", () => {
    const { socket } = routedLab();
    const { failures } = socket.execute([
      {
        kind: "route.replace",
        destination: prefix("10.0.0.0/24"),
        via: { kind: "nexthop", id: 99 },
      },
    ]);
    expect(failures.map(({ error }) => error.message)).toEqual([
      "route.replace route 10.0.0.0/24: Invalid argument: Nexthop id does not exist",
    ]);
  });
});

describe("route.delete", () => {
  const replace = (to: string, protocol: number, metric: number, link: number) =>
    ({
      kind: "route.replace",
      destination: prefix(to),
      via: { kind: "link", index: link },
      protocol,
      metric,
    }) as const;

  test.each(["10.0.0.0/24", "2001:db8:1::/64"])("compares only what is given (%s)", (to) => {
    const { socket, link } = routedLab();
    const destination = prefix(to);
    const metrics = () => ours(socket).map(({ metric }) => metric);
    socket.execute([replace(to, OURS, 10, link), replace(to, OURS, 20, link)]);
    socket.executeOne({ kind: "route.delete", destination, metric: 20 });
    expect(metrics()).toEqual([10]);
    expect(
      socket.execute([{ kind: "route.delete", destination, protocol: 77 }]).failures,
    ).toMatchObject([{ error: { code: "ESRCH" } }]);
    socket.executeOne({ kind: "route.delete", destination });
    expect(metrics()).toEqual([]);
  });

  test.each(["10.0.0.0/24", "2001:db8:1::/64"])("finds a route by where it leads (%s)", (to) => {
    const { socket } = routedLab();
    const destination = prefix(to);
    const request = (id: number) =>
      ({ kind: "route.delete", destination, via: { kind: "nexthop", id } }) as const;
    socket.executeOne({
      kind: "route.replace",
      destination,
      via: { kind: "nexthop", id: 1 },
      protocol: OURS,
    });
    expect(socket.execute([request(2)]).failures).toMatchObject([{ error: { code: "ESRCH" } }]);
    expect(socket.execute([request(1)]).failures).toEqual([]);
  });

  test("deletes an unreachable route", () => {
    const { socket } = routedLab();
    const destination = prefix("10.0.0.0/8");
    const via = { kind: "unreachable" } as const;
    socket.executeOne({ kind: "route.replace", destination, via, protocol: OURS });
    socket.executeOne({ kind: "route.delete", destination, via });
    expect(ours(socket)).toEqual([]);
  });
});

describe("a dump of routes", () => {
  test("is filtered by family and by protocol", () => {
    const { socket, link } = routedLab();
    socket.execute(
      ["10.0.0.0/24", "2001:db8:1::/64"].map((to) => ({
        kind: "route.replace",
        destination: prefix(to),
        via: { kind: "link", index: link },
        protocol: OURS,
      })),
    );
    const destinations = (filter: Parameters<RouteSocket["routes"]>[0]) =>
      socket.routes(filter).map(({ destination }) => destination);
    expect(destinations({ protocol: OURS, family: 4 })).toEqual(["10.0.0.0/24"]);
    expect(destinations({ protocol: OURS, family: 6 })).toEqual(["2001:db8:1::/64"]);
    expect(destinations({ protocol: OURS })).toEqual(["10.0.0.0/24", "2001:db8:1::/64"]);
    expect(destinations({ protocol: 77 })).toEqual([]);
    expect(destinations({ family: 4 })).toContain("192.0.2.0/24");
  });

  test("has no routes of other tables, and tells of kinds that are not made here", () => {
    const { namespace, socket } = routedLab();
    const run = (...words: string[]) => namespace.run(() => output("ip", ...words));
    run("route", "add", "10.0.0.0/24", "dev", "br0", "table", "100");
    run("route", "add", "blackhole", "10.0.1.0/24");
    run(
      "route",
      "add",
      "10.0.2.0/24",
      "nexthop",
      "via",
      "192.0.2.2",
      "nexthop",
      "via",
      "192.0.2.3",
    );
    const found = socket.routes({ family: 4 }).filter(({ protocol }) => protocol === 3);
    expect(found).toMatchObject([
      { destination: "10.0.1.0/24", via: { kind: "other", type: 6 } },
      { destination: "10.0.2.0/24", via: { kind: "other", type: 1 } },
    ]);
  });
});
