import { parseIpPrefix } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wiredAddresses } from "../../src/kernel/observe-kernel.ts";

let namespace: NetworkNamespace;
let name: string;

beforeEach(() => {
  if (process.getuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  name = `svt-wired-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  namespace = NetworkNamespace.create(name);
});

afterEach(() => {
  namespace[Symbol.dispose]();
  NetworkNamespace.delete(name);
});

test("what the kernel has are host routes to devices, whoever made them", () => {
  using socket = RouteSocket.open(namespace);
  const peer = { kind: "veth", peerName: "a1" } as const;
  socket.executeOne({ kind: "link.create", name: "a0", link: peer });
  socket.executeOne({ kind: "link.set", name: "a0", up: true });
  socket.executeOne({ kind: "link.set", name: "a1", up: true });
  socket.executeOne({ kind: "link.set", name: "lo", up: true });
  const index = socket.links().find((link) => link.name === "a0")?.index ?? 0;
  const route = (prefix: string, protocol: number, via: "link" | "unreachable" = "link") =>
    socket.executeOne({
      kind: "route.replace",
      destination: parseIpPrefix(prefix),
      via: via === "link" ? { kind: "link", index } : { kind: "unreachable" },
      ...{ protocol, metric: 50 },
    });
  route("10.1.0.11/32", 201);
  route("2001:db8::11/128", 201);
  route("10.1.0.12/32", 4);
  route("10.1.0.0/24", 201);
  route("10.1.0.13/32", 201, "unreachable");
  expect(wiredAddresses(name).sort()).toEqual(["10.1.0.11", "10.1.0.12", "2001:db8::11"]);
});

test("a namespace that is not there has nothing", () => {
  expect(wiredAddresses(`${name}-none`)).toEqual([]);
});
