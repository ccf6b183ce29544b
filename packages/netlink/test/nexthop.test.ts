import { parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { NexthopReplaceRequest, NexthopVia } from "../src/nexthop.ts";
import { bringLoopbackUp, errorOf, labBridge, labSocket, linkNamed } from "./kernel-lab.ts";

const ip = parseIpAddress;
const OURS = 201;

const replace = (id: number, via: NexthopVia, protocol = OURS): NexthopReplaceRequest => ({
  kind: "nexthop.replace",
  id,
  via,
  protocol,
});

describe("nexthop.replace", () => {
  test("adds every kind of next hop, and the dump gives back what was asked for", () => {
    const socket = labSocket();
    bringLoopbackUp(socket);
    const link = labBridge(socket);
    socket.executeOne({ kind: "address.replace", link, address: ip("192.0.2.1"), length: 24 });
    const requests = [
      replace(1, { kind: "gateway", address: ip("fe80::1"), link, onlink: true }),
      replace(2, { kind: "gateway", address: ip("192.0.2.9"), link, onlink: false }),
      replace(3, { kind: "gateway", address: ip("203.0.113.1"), link, onlink: true }),
      replace(4, {
        kind: "group",
        members: [
          { id: 1, weight: 1 },
          { id: 2, weight: 200 },
        ],
      }),
      replace(5, { kind: "blackhole" }),
      replace(6, { kind: "fdb", address: ip("10.0.0.2") }),
      replace(7, { kind: "fdb", address: ip("10.0.0.3") }),
      replace(8, {
        kind: "fdb-group",
        members: [
          { id: 6, weight: 1 },
          { id: 7, weight: 1 },
        ],
      }),
    ];
    expect(socket.execute(requests)).toMatchObject({ applied: requests.length, failures: [] });
    expect(socket.nexthops()).toEqual(
      requests.map(({ id, via, protocol }) => ({ id, via, protocol })),
    );
  });

  test("changes where an object leads under the routes that name it", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const via = (address: string) =>
      ({ kind: "gateway", address: ip(address), link, onlink: true }) as const;
    socket.execute([
      replace(1, via("fe80::1")),
      {
        kind: "route.replace",
        destination: parseIpPrefix("10.0.0.0/24"),
        via: { kind: "nexthop", id: 1 },
        protocol: OURS,
      },
      replace(1, via("fe80::2")),
    ]);
    expect(socket.nexthops()).toMatchObject([{ id: 1, via: via("fe80::2") }]);
    expect(socket.routes({ protocol: OURS })).toMatchObject([{ via: { kind: "nexthop", id: 1 } }]);
  });

  test("of a group with a member that does not exist is refused", () => {
    const group = replace(4, { kind: "group", members: [{ id: 99, weight: 1 }] });
    expect(errorOf(() => labSocket().executeOne(group))).toMatchObject({
      code: "EINVAL",
      object: "nexthop 4",
      extack: "Invalid nexthop id",
    });
  });
});

describe("nexthop.delete", () => {
  test("deletes the object with its routes and its memberships; again it is ENOENT", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const via = { kind: "gateway", address: ip("fe80::1"), link, onlink: true } as const;
    socket.execute([
      replace(1, via),
      replace(2, via),
      replace(3, {
        kind: "group",
        members: [
          { id: 1, weight: 1 },
          { id: 2, weight: 1 },
        ],
      }),
      {
        kind: "route.replace",
        destination: parseIpPrefix("10.0.0.0/24"),
        via: { kind: "nexthop", id: 1 },
        protocol: OURS,
      },
    ]);
    socket.executeOne({ kind: "nexthop.delete", id: 1 });
    expect(socket.routes({ protocol: OURS })).toEqual([]);
    expect(socket.nexthops().at(-1)?.via).toEqual({
      kind: "group",
      members: [{ id: 2, weight: 1 }],
    });
    expect(errorOf(() => socket.executeOne({ kind: "nexthop.delete", id: 1 }))).toMatchObject({
      code: "ENOENT",
    });
  });
});

test("a dump of next hops is filtered by protocol", () => {
  const socket = labSocket();
  bringLoopbackUp(socket);
  socket.execute([replace(1, { kind: "blackhole" }), replace(2, { kind: "blackhole" }, 77)]);
  expect(socket.nexthops({ protocol: 77 }).map(({ id }) => id)).toEqual([2]);
  expect(socket.nexthops().map(({ id }) => id)).toEqual([1, 2]);
});

test("an FDB entry can name an FDB next hop of the namespace where the VXLAN device's socket is", () => {
  const socket = labSocket();
  socket.execute([
    replace(6, { kind: "fdb", address: ip("10.0.0.2") }),
    replace(8, { kind: "fdb-group", members: [{ id: 6, weight: 1 }] }),
    {
      kind: "link.create",
      name: "vx",
      link: {
        kind: "vxlan",
        vni: parseVni(9),
        local: ip("10.0.0.1"),
        port: 4789,
        learning: false,
        ttl: 64,
        udpChecksum: true,
      },
    },
  ]);
  const { index: link } = linkNamed(socket, "vx");
  const mac = parseMacAddress("02:00:0a:00:00:02");
  socket.executeOne({
    kind: "fdb.replace",
    link,
    mac,
    table: "self",
    nexthop: 8,
    state: "permanent",
  });
  expect(socket.fdb().filter((entry) => entry.mac === mac)).toMatchObject([
    { nexthop: 8, destination: undefined },
  ]);
});
