import { parseIpAddress, parseIpPrefix, parseMacAddress } from "@selvedge/net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { NetworkNamespace } from "../src/namespace.ts";
import type { RouteRequest } from "../src/request.ts";
import {
  type MonitorEvent,
  type MonitorGroup,
  type MonitorOptions,
  RouteMonitor,
} from "../src/route-monitor.ts";
import {
  bringLoopbackUp,
  childOutput,
  eventually,
  labBridge,
  labNamespace,
  labSocket,
  linkNamed,
  output,
} from "./kernel-lab.ts";

const ip = parseIpAddress;
const mac = parseMacAddress("02:00:0a:00:00:02");

const ALL: readonly MonitorGroup[] = ["link", "address", "route", "neighbour", "nexthop"];

function labMonitor(
  namespace: NetworkNamespace,
  groups: readonly MonitorGroup[] = ALL,
  options?: MonitorOptions,
) {
  const events: MonitorEvent[] = [];
  const monitor = RouteMonitor.open(namespace, groups, (event) => events.push(event), options);
  onTestFinished(() => monitor.close());
  return { monitor, events };
}

/** Routes that are of no use but to make events. */
function routes(link: number, count: number): RouteRequest[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: "route.replace",
    destination: parseIpPrefix(`10.${i >> 8}.${i & 255}.0/24`),
    via: { kind: "link", index: link },
    protocol: 201,
  }));
}

describe("a monitor", () => {
  test("tells of everything that appears and vanishes, as the dumps would show it", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const { events } = labMonitor(namespace);
    const link = labBridge(socket);
    const destination = parseIpPrefix("10.1.0.0/24");
    const via = { kind: "gateway", address: ip("10.0.0.9"), link, onlink: true } as const;
    const steps: RouteRequest[] = [
      { kind: "address.replace", link, address: ip("10.0.0.1"), length: 24 },
      { kind: "nexthop.replace", id: 1, protocol: 201, via },
      {
        kind: "route.replace",
        destination,
        via: { kind: "nexthop", id: 1 },
        protocol: 201,
      },
      { kind: "neighbour.replace", link, address: ip("10.0.0.9"), mac, state: "permanent" },
      { kind: "fdb.replace", link, mac, table: "self", state: "permanent" },
    ];
    expect(socket.execute(steps).failures).toEqual([]);
    const shown = {
      link: socket.links().find(({ index }) => index === link),
      address: socket.addresses().find(({ address }) => address === "10.0.0.1"),
      nexthop: socket.nexthops()[0],
      route: socket.routes({ protocol: 201 })[0],
      neighbour: socket.neighbours().find(({ address }) => address === "10.0.0.9"),
      entry: socket.fdb().find((entry) => entry.mac === mac),
    };
    const { failures } = socket.execute([
      { kind: "fdb.delete", link, mac, table: "self" },
      { kind: "neighbour.delete", link, address: ip("10.0.0.9") },
      { kind: "route.delete", destination },
      { kind: "nexthop.delete", id: 1 },
      { kind: "address.delete", link, address: ip("10.0.0.1"), length: 24 },
      { kind: "link.delete", index: link },
    ]);
    expect(failures).toEqual([]);
    await eventually(() => expect(events.at(-1)?.kind).toBe("link.delete"));

    expect(events).toContainEqual({ kind: "address.new", address: shown.address });
    expect(events).toContainEqual({ kind: "nexthop.new", nexthop: shown.nexthop });
    expect(events).toContainEqual({ kind: "route.new", route: shown.route });
    expect(events).toContainEqual({ kind: "neighbour.new", neighbour: shown.neighbour });
    expect(events).toContainEqual({ kind: "fdb.new", entry: shown.entry });
    expect(events).toContainEqual({ kind: "fdb.delete", entry: shown.entry });
    expect(events).toContainEqual({ kind: "route.delete", route: shown.route });
    expect(events).toContainEqual({ kind: "nexthop.delete", nexthop: shown.nexthop });
    expect(events).toContainEqual({ kind: "address.delete", address: shown.address });
    const links = events.flatMap((event) =>
      "link" in event ? [[event.kind, event.link.name]] : [],
    );
    expect(links).toContainEqual(["link.new", "br0"]);
    expect(links).toContainEqual(["link.delete", "br0"]);
    expect(events.some(({ kind }) => kind === "overrun")).toBe(false);
  });

  test("tells of what somebody has changed of a port of a bridge", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const master = labBridge(socket);
    socket.execute([
      { kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } },
      { kind: "link.set", name: "a", master },
    ]);
    const { index } = linkNamed(socket, "a");
    const { events } = labMonitor(namespace, ["link"]);
    namespace.run(() => output("bridge", "link", "set", "dev", "a", "learning", "off"));
    await eventually(() =>
      expect(events).toContainEqual({
        kind: "port.new",
        index,
        port: linkNamed(socket, "a").bridgePort,
      }),
    );
    expect(linkNamed(socket, "a").bridgePort?.learning).toBe(false);
  });

  test("does not take a device that leaves a bridge for one that is deleted", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const master = labBridge(socket);
    socket.execute([
      { kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } },
      { kind: "link.set", name: "a", master },
    ]);
    const { events } = labMonitor(namespace, ["link"]);
    socket.execute([
      { kind: "link.set", name: "a", master: 0 },
      { kind: "link.set", name: "a", mtu: 1400 },
    ]);
    const last = (event: MonitorEvent) => "link" in event && event.link.mtu === 1400;
    await eventually(() => expect(events.some(last)).toBe(true));
    expect(events.map(({ kind }) => kind)).not.toContain("link.delete");
  });

  test("tells only of the groups asked for, and only of its own namespace", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const { events } = labMonitor(namespace, ["nexthop"]);
    labBridge(labSocket());
    bringLoopbackUp(socket);
    socket.executeOne({
      kind: "nexthop.replace",
      id: 1,
      protocol: 201,
      via: { kind: "blackhole" },
    });
    await eventually(() => expect(events).not.toEqual([]));
    expect(events.map(({ kind }) => kind)).toEqual(["nexthop.new"]);
  });

  test("tells once that events were lost, and goes on listening", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const link = labBridge(socket);
    const { events } = labMonitor(namespace, ["route"], { receiveBuffer: 16 * 1024 });
    socket.execute(routes(link, 2000));
    await eventually(() => expect(events.at(-1)?.kind).toBe("overrun"));
    expect(events.filter(({ kind }) => kind === "overrun")).toHaveLength(1);

    const before = events.length;
    socket.executeOne({ kind: "route.delete", destination: parseIpPrefix("10.0.0.0/24") });
    await eventually(() => expect(events.length).toBeGreaterThan(before));
    expect(events.slice(before)).toMatchObject([
      { kind: "route.delete", route: { destination: "10.0.0.0/24" } },
    ]);
  });

  test("keeps thousands of events until the event loop comes to them", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const link = labBridge(socket);
    const { events } = labMonitor(namespace, ["route"]);
    socket.execute(routes(link, 5000));
    expect(events).toEqual([]);
    await eventually(() => expect(events).toHaveLength(5000));
    expect(events.every(({ kind }) => kind === "route.new")).toBe(true);
  });

  test("can be used from within an event, for the socket has buffers of its own", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const link = labBridge(socket);
    const seen: string[] = [];
    const monitor = RouteMonitor.open(namespace, ["route"], (event) => {
      if (event.kind === "route.new") {
        seen.push(event.route.destination);
        expect(socket.links()).toHaveLength(2);
      }
    });
    onTestFinished(() => monitor.close());
    socket.execute(routes(link, 20));
    await eventually(() => expect(seen).toHaveLength(20));
    expect(new Set(seen).size).toBe(20);
  });

  test("is silent once closed, even by what it told", async () => {
    const namespace = labNamespace("monitor");
    const socket = labSocket(namespace);
    const link = labBridge(socket);
    const witness = labMonitor(namespace, ["route"]);
    const seen: MonitorEvent[] = [];
    const monitor = RouteMonitor.open(namespace, ["route"], (event) => {
      seen.push(event);
      monitor.close();
    });
    socket.execute(routes(link, 10));
    await eventually(() => expect(witness.events).toHaveLength(10));
    expect(seen).toHaveLength(1);
    monitor.close();
  });

  test("lets the process end when it is closed", () => {
    const { name = "" } = labNamespace("monitor");
    expect(childOutput("monitor.ts", name)).toBe("link.new");
  });
});
