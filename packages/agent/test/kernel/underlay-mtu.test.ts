import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { afterEach, beforeEach, expect, test } from "vitest";
import { underlayMtu } from "../../src/kernel/underlay-mtu.ts";

const VTEP = parseIpAddress("10.99.0.1");

let namespace: NetworkNamespace;
let name: string;

beforeEach(() => {
  if (process.getuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  name = `svt-mtu-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  namespace = NetworkNamespace.create(name);
});

afterEach(() => {
  namespace[Symbol.dispose]();
  NetworkNamespace.delete(name);
});

const mtu = (): number => namespace.run(() => underlayMtu(VTEP));

/** An underlay device of its own, with an address; its other end stays without one. */
function addDevice(device: string, size: number, address: string, up = true): void {
  using socket = RouteSocket.open(namespace);
  socket.executeOne({
    kind: "link.create",
    name: device,
    link: { kind: "veth", peerName: `${device}p` },
    mtu: size,
  });
  if (up) socket.executeOne({ kind: "link.set", name: device, up: true });
  setAddress(device, address);
}

function setAddress(device: string, address: string): void {
  using socket = RouteSocket.open(namespace);
  const link = socket.links().find((candidate) => candidate.name === device)?.index ?? 0;
  const length = 32;
  socket.executeOne({
    kind: "address.replace",
    link,
    address: parseIpAddress(address),
    length,
  });
}

test("is that of the device with the VTEP's address, whatever others have", () => {
  addDevice("a", 9000, "10.99.0.1");
  addDevice("b", 1400, "10.98.0.1");
  expect(mtu()).toBe(9000);
});

test("is the smallest of all that are up when the VTEP's address is on the loopback device", () => {
  setAddress("lo", "10.99.0.1");
  addDevice("a", 9000, "10.97.0.1");
  addDevice("b", 1600, "10.98.0.1");
  addDevice("c", 1400, "10.96.0.1", false);
  expect(mtu()).toBe(1600);
});

test("is Ethernet's while no device leads anywhere", () => {
  setAddress("lo", "10.99.0.1");
  expect(mtu()).toBe(1500);
});
