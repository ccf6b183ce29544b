import { parseIpAddress, parseMacAddress, parseVni } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { NewLink } from "../src/link-request.ts";
import type { NetworkNamespace } from "../src/namespace.ts";
import { errorOf, labBridge, labNamespace, labSocket, linkNamed, output } from "./kernel-lab.ts";

function vxlan(vni: number, local: string): NewLink {
  return {
    kind: "vxlan",
    vni: parseVni(vni),
    local: parseIpAddress(local),
    port: 4789,
    learning: false,
    ttl: 64,
    udpChecksum: true,
  };
}

const mac = parseMacAddress;

describe("link.create", () => {
  test.each([
    ["IPv4", "10.0.0.1"],
    ["IPv6", "2001:db8::1"],
  ])("makes a VXLAN device over %s with every property asked for, down", (_version, local) => {
    const socket = labSocket();
    const link = vxlan(5001, local);
    socket.executeOne({
      kind: "link.create",
      name: "vx5001",
      link,
      mac: mac("02:00:0a:00:00:01"),
      mtu: 1430,
    });
    expect(linkNamed(socket, "vx5001")).toMatchObject({
      detail: link,
      mac: "02:00:0a:00:00:01",
      mtu: 1430,
      up: false,
      peerNamespaceId: undefined,
    });
  });

  test("makes a veth pair whose peer is in another namespace, both with the MTU", () => {
    const tenant = labNamespace("tenant");
    const workload = labNamespace("workload");
    labSocket().executeOne({
      kind: "link.create",
      name: "c1",
      namespace: tenant,
      mac: mac("02:00:00:00:00:01"),
      mtu: 1450,
      link: {
        kind: "veth",
        peerName: "eth0",
        peerNamespace: workload,
        peerMac: mac("02:00:00:00:00:02"),
      },
    });
    const host = linkNamed(labSocket(tenant), "c1");
    const peer = linkNamed(labSocket(workload), "eth0");
    expect(host).toMatchObject({ detail: { kind: "veth" }, mac: "02:00:00:00:00:01", mtu: 1450 });
    expect(peer).toMatchObject({ detail: { kind: "veth" }, mac: "02:00:00:00:00:02", mtu: 1450 });
    expect([host.peer, peer.peer]).toEqual([peer.index, host.index]);
    expect(host.peerNamespaceId).toBeDefined();
  });

  test("puts both ends of a veth pair where the device goes, unless told otherwise", () => {
    const tenant = labNamespace("tenant");
    labSocket().executeOne({
      kind: "link.create",
      name: "a",
      namespace: tenant,
      link: { kind: "veth", peerName: "b" },
    });
    const socket = labSocket(tenant);
    const end = linkNamed(socket, "a");
    expect(end.peer).toBe(linkNamed(socket, "b").index);
    expect(end.peerNamespaceId).toBeUndefined();
  });

  test("makes a bridge that sends multicast everywhere", () => {
    const socket = labSocket();
    const link = { kind: "bridge", multicastSnooping: false } as const;
    socket.executeOne({ kind: "link.create", name: "br0", link });
    expect(linkNamed(socket, "br0").detail).toEqual(link);
  });

  test("makes a bridge", () => {
    const socket = labSocket();
    socket.executeOne({ kind: "link.create", name: "br0", link: { kind: "bridge" } });
    expect(linkNamed(socket, "br0").detail).toEqual({ kind: "bridge", multicastSnooping: true });
  });

  test("is refused when the name is taken, or the VNI, and says why", () => {
    const socket = labSocket();
    socket.executeOne({ kind: "link.create", name: "vx", link: vxlan(7, "10.0.0.1") });
    const { failures } = socket.execute([
      { kind: "link.create", name: "vx", link: vxlan(8, "10.0.0.1") },
      { kind: "link.create", name: "vy", link: vxlan(7, "10.0.0.1") },
    ]);
    expect(failures.map(({ error }) => [error.code, error.message])).toEqual([
      ["EEXIST", "link.create vxlan vx: File exists"],
      [
        "EEXIST",
        "link.create vxlan vy: File exists: A VXLAN device with the specified VNI already exists",
      ],
    ]);
  });

  test("takes the name of a device of the socket's namespace for one in another", () => {
    const socket = labSocket();
    const tenant = labNamespace("tenant");
    const request = { kind: "link.create", name: "br0", link: { kind: "bridge" } } as const;
    socket.executeOne(request);
    socket.executeOne({ ...request, namespace: tenant });
    expect(linkNamed(labSocket(tenant), "br0").detail).toEqual({
      kind: "bridge",
      multicastSnooping: true,
    });
  });
});

describe("a VXLAN device made inside a tenant from the underlay's namespace", () => {
  /** A host: an underlay namespace and a tenant's, in which the overlay address is. */
  function host(underlay: NetworkNamespace, address: string, overlay: string) {
    const tenant = labNamespace("tenant");
    const root = labSocket(underlay);
    const { index } = linkNamed(root, "eth0");
    root.execute([
      { kind: "address.replace", link: index, address: parseIpAddress(address), length: 24 },
      { kind: "link.set", index, up: true },
      { kind: "link.create", name: "vx", namespace: tenant, link: vxlan(42, address) },
    ]);
    const inside = labSocket(tenant);
    const vx = linkNamed(inside, "vx");
    inside.execute([
      { kind: "link.set", index: vx.index, up: true },
      { kind: "address.replace", link: vx.index, address: parseIpAddress(overlay), length: 24 },
    ]);
    return { tenant, root, inside, vx };
  }

  test("has its UDP socket outside: two tenants reach each other over the underlay", () => {
    const underlay = [labNamespace("host"), labNamespace("host")] as const;
    labSocket(underlay[0]).executeOne({
      kind: "link.create",
      name: "eth0",
      link: { kind: "veth", peerName: "eth0", peerNamespace: underlay[1] },
    });
    const here = host(underlay[0], "192.0.2.1", "10.9.0.1");
    const there = host(underlay[1], "192.0.2.2", "10.9.0.2");
    for (const [near, far, address, vtep] of [
      [here, there, "10.9.0.2", "192.0.2.2"],
      [there, here, "10.9.0.1", "192.0.2.1"],
    ] as const) {
      const link = near.vx.index;
      const farMac = far.vx.mac ?? mac("00:00:00:00:00:00");
      const { failures } = near.inside.execute([
        {
          kind: "neighbour.replace",
          link,
          address: parseIpAddress(address),
          mac: farMac,
          state: "permanent",
        },
        {
          kind: "fdb.replace",
          link,
          mac: farMac,
          table: "self",
          destination: parseIpAddress(vtep),
          state: "permanent",
        },
      ]);
      expect(failures).toEqual([]);
    }
    // The tenant has no way to the VTEP: if the socket were inside, nothing could get out.
    expect(here.inside.links().map(({ name }) => name)).toEqual(["lo", "vx"]);
    expect(here.root.links().map(({ name }) => name)).toEqual(["lo", "eth0"]);
    expect(here.vx.peerNamespaceId).toBeDefined();
    const reply = here.tenant.run(() => output("ping", "-c", "1", "-W", "5", "10.9.0.2"));
    expect(reply).toContain(" 0% packet loss");
  });
});

describe("link.set", () => {
  test("changes what is given and leaves the rest", () => {
    const socket = labSocket();
    socket.executeOne({ kind: "link.create", name: "br0", link: { kind: "bridge" } });
    const before = linkNamed(socket, "br0");
    const { index } = before;
    socket.execute([
      { kind: "link.set", index, mtu: 1400, alias: "selvedge: größe" },
      { kind: "link.set", name: "br0", mac: mac("02:00:00:00:00:42"), addrGenMode: "none" },
    ]);
    expect(linkNamed(socket, "br0")).toEqual({
      ...before,
      mtu: 1400,
      alias: "selvedge: größe",
      mac: "02:00:00:00:00:42",
      addrGenMode: "none",
    });
    socket.execute([{ kind: "link.set", index, alias: "", up: true }]);
    expect(linkNamed(socket, "br0")).toMatchObject({ alias: undefined, up: true, mtu: 1400 });
  });

  test("renames", () => {
    const socket = labSocket();
    const index = labBridge(socket);
    socket.execute([
      { kind: "link.set", index, up: false },
      { kind: "link.set", index, newName: "br1" },
    ]);
    expect(linkNamed(socket, "br1").index).toBe(index);
  });

  test("makes a port of a bridge and releases it", () => {
    const socket = labSocket();
    const master = labBridge(socket);
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    socket.executeOne({ kind: "link.set", name: "a", master });
    expect(linkNamed(socket, "a").master).toBe(master);
    socket.executeOne({ kind: "link.set", name: "a", master: 0 });
    expect(linkNamed(socket, "a").master).toBeUndefined();
  });

  test("changes how a device is a port of a bridge, and reads it back", () => {
    const socket = labSocket();
    const master = labBridge(socket);
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    socket.executeOne({ kind: "link.set", name: "a", master });
    const made = linkNamed(socket, "a").bridgePort;
    expect(made).toEqual({
      learning: true,
      unicastFlood: true,
      multicastFlood: true,
      broadcastFlood: true,
      neighSuppress: false,
      isolated: false,
    });
    const changes = { learning: false, broadcastFlood: false, neighSuppress: true } as const;
    socket.executeOne({ kind: "link.set", name: "a", bridgePort: changes });
    expect(linkNamed(socket, "a").bridgePort).toEqual({ ...made, ...changes });
    const others = { unicastFlood: false, multicastFlood: false, isolated: true } as const;
    socket.executeOne({ kind: "link.set", name: "a", bridgePort: others });
    expect(linkNamed(socket, "a").bridgePort).toEqual({ ...made, ...changes, ...others });
    socket.executeOne({ kind: "link.set", name: "a", master: 0 });
    expect(linkNamed(socket, "a").bridgePort).toBeUndefined();
  });

  test("of a port is refused for a device that is none", () => {
    const socket = labSocket();
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    const request = { kind: "link.set", name: "a", bridgePort: { learning: false } } as const;
    expect(errorOf(() => socket.executeOne(request))).toMatchObject({ code: "EOPNOTSUPP" });
  });

  test("moves to another namespace", () => {
    const socket = labSocket();
    const tenant = labNamespace("tenant");
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    socket.executeOne({ kind: "link.set", name: "a", namespace: tenant });
    expect(linkNamed(labSocket(tenant), "a").detail).toEqual({ kind: "veth" });
    expect(socket.links().map(({ name }) => name)).toEqual(["lo", "b"]);
  });

  test("of a device that does not exist is ENODEV", () => {
    const socket = labSocket();
    expect(
      errorOf(() => socket.executeOne({ kind: "link.set", name: "no", up: true })),
    ).toMatchObject({
      code: "ENODEV",
      object: "link no",
    });
  });
});

describe("link.delete", () => {
  test("deletes a device, and a veth together with its peer, at once", () => {
    const socket = labSocket();
    labBridge(socket);
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    const index = linkNamed(socket, "br0").index;
    expect(
      socket.execute([
        { kind: "link.delete", name: "a" },
        { kind: "link.delete", index },
      ]).failures,
    ).toEqual([]);
    expect(socket.links().map(({ name }) => name)).toEqual(["lo"]);
    const error = errorOf(() => socket.executeOne({ kind: "link.delete", name: "a" }));
    expect(error).toMatchObject({ code: "ENODEV", request: "link.delete" });
  });
});

describe("link.deleteGroup", () => {
  test("deletes all devices of the group and no other, and is ENODEV when there is none", () => {
    const socket = labSocket();
    for (const [name, peerName] of [
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ] as const) {
      socket.executeOne({ kind: "link.create", name, link: { kind: "veth", peerName } });
    }
    const group = 4711;
    const outcome = socket.execute([
      { kind: "link.set", name: "a", group },
      { kind: "link.set", name: "d", group },
      { kind: "link.deleteGroup", group },
    ]);
    expect(outcome).toEqual({ kind: "complete", applied: 3, failures: [] });
    const names = socket.links().map(({ name }) => name);
    expect(names.sort()).toEqual(["e", "f", "lo"]);
    const error = errorOf(() => socket.executeOne({ kind: "link.deleteGroup", group }));
    expect(error).toMatchObject({
      ...{ code: "ENODEV", request: "link.deleteGroup", object: "link group 4711" },
    });
  });
});

describe("link.settle", () => {
  test("of a device is carried out among other requests, and changes nothing of it", () => {
    const socket = labSocket();
    socket.executeOne({ kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } });
    const { index } = linkNamed(socket, "a");
    const outcome = socket.execute([
      { kind: "link.set", name: "a", up: true },
      { kind: "link.set", name: "b", up: true },
      { kind: "link.settle", index },
      { kind: "link.set", name: "b", mtu: 1400 },
    ]);
    expect(outcome).toEqual({ kind: "complete", applied: 4, failures: [] });
    expect(linkNamed(socket, "a")).toMatchObject({ index, up: true });
    expect(linkNamed(socket, "b").mtu).toBe(1400);
  });

  test("of a device that does not exist is ENODEV", () => {
    const socket = labSocket();
    const error = errorOf(() => socket.executeOne({ kind: "link.settle", index: 4711 }));
    expect(error).toMatchObject({ code: "ENODEV", request: "link.settle", object: "link 4711" });
  });
});
