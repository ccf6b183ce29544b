import { parseIpAddress, parseMacAddress, parseVni } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { RouteSocket } from "../src/route-socket.ts";
import { errorOf, labBridge, labSocket, linkNamed } from "./kernel-lab.ts";

const ip = parseIpAddress;
const mac = parseMacAddress("02:00:0a:00:00:02");
const flood = parseMacAddress("00:00:00:00:00:00");

function labVxlan(socket: RouteSocket): number {
  socket.executeOne({
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
  });
  return linkNamed(socket, "vx").index;
}

function entriesOf(socket: RouteSocket, address: string) {
  return socket.fdb().filter((entry) => entry.mac === address);
}

describe("in the table of a VXLAN device", () => {
  test("fdb.replace adds an entry, then changes its destination", () => {
    const socket = labSocket();
    const link = labVxlan(socket);
    for (const destination of [ip("10.0.0.2"), ip("10.0.0.3")]) {
      socket.executeOne({
        kind: "fdb.replace",
        link,
        mac,
        table: "self",
        destination,
        state: "permanent",
        externLearn: true,
      });
      expect(entriesOf(socket, mac)).toEqual([
        {
          link,
          mac,
          table: "self",
          destination,
          nexthop: undefined,
          state: "permanent",
          externLearn: true,
          vlan: undefined,
        },
      ]);
    }
  });

  test("fdb.append adds destinations to a flooding list, fdb.delete takes one of them", () => {
    const socket = labSocket();
    const link = labVxlan(socket);
    const destinations = () => entriesOf(socket, flood).map(({ destination }) => destination);
    for (const destination of [ip("10.0.0.2"), ip("10.0.0.3")]) {
      socket.executeOne({
        kind: "fdb.append",
        link,
        mac: flood,
        table: "self",
        destination,
        state: "permanent",
      });
    }
    expect(destinations()).toEqual(["10.0.0.2", "10.0.0.3"]);
    const request = {
      kind: "fdb.delete",
      link,
      mac: flood,
      table: "self",
      destination: ip("10.0.0.2"),
    } as const;
    socket.executeOne(request);
    expect(destinations()).toEqual(["10.0.0.3"]);
    expect(errorOf(() => socket.executeOne({ ...request, mac }))).toMatchObject({
      code: "ENOENT",
      object: `fdb ${mac} on link ${link}`,
    });
  });

  test.each(["permanent", "static", "dynamic"] as const)("an entry can be %s", (state) => {
    const socket = labSocket();
    const link = labVxlan(socket);
    const destination = ip("10.0.0.2");
    socket.executeOne({ kind: "fdb.replace", link, mac, table: "self", destination, state });
    expect(entriesOf(socket, mac)).toMatchObject([{ state }]);
  });
});

describe("in the table of a bridge", () => {
  test.each(["permanent", "static", "dynamic"] as const)(
    "an entry of a port can be %s",
    (state) => {
      const socket = labSocket();
      const master = labBridge(socket);
      socket.execute([
        { kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } },
        { kind: "link.set", name: "a", master },
        { kind: "link.set", name: "a", up: true },
        { kind: "link.set", name: "b", up: true },
      ]);
      const link = linkNamed(socket, "a").index;
      socket.executeOne({ kind: "fdb.replace", link, mac, table: "master", state });
      expect(entriesOf(socket, mac)).toMatchObject([{ link, table: "master", state }]);
      socket.executeOne({ kind: "fdb.delete", link, mac, table: "master" });
      expect(entriesOf(socket, mac)).toEqual([]);
    },
  );
});
