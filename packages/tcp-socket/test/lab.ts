/**
 * Three namespaces in a row for one test, gone when it has finished:
 *
 *   left  10.0.1.1 ---- 10.0.1.2  middle  10.0.2.2 ---- 10.0.2.1  right
 *
 * and the same with 2001:db8:1::1 and so on. `middle` routes.
 */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { join } from "node:path";
import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { NetworkNamespace } from "@selvedge/netlink";
import { onTestFinished, vi } from "vitest";
import { connectTcp, type TcpTarget } from "../src/connect.ts";
import { type TcpEndpoint, TcpListener } from "../src/listener.ts";
import type { PeerOptions } from "../src/socket-options.ts";

export interface Row {
  readonly left: string;
  readonly middle: string;
  readonly right: string;
}

const ip = (...args: readonly string[]): void => {
  execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] });
};

const addNamespace = (place: string): string => {
  const name = `svt-tcp-${place}-${process.pid}-${randomBytes(3).toString("hex")}`;
  using namespace = NetworkNamespace.create(name);
  onTestFinished(() => NetworkNamespace.delete(name));
  namespace.setSysctl("net/ipv6/conf/default/accept_dad", "0");
  ip("-n", name, "link", "set", "lo", "up");
  return name;
};

const addLink = (subnet: number, end: string, middle: string): void => {
  const device = `eth${subnet}`;
  ip("-n", end, "link", "add", "eth0", "type", "veth", "peer", "name", device, "netns", middle);
  for (const [namespace, name, host] of [
    [end, "eth0", 1],
    [middle, device, 2],
  ] as const) {
    ip("-n", namespace, "addr", "add", `10.0.${subnet}.${host}/24`, "dev", name);
    ip("-n", namespace, "addr", "add", `2001:db8:${subnet}::${host}/64`, "dev", name, "nodad");
    ip("-n", namespace, "addr", "add", `fe80::${host}/64`, "dev", name, "nodad");
    ip("-n", namespace, "link", "set", name, "up");
  }
  ip("-n", end, "route", "add", "default", "via", `10.0.${subnet}.2`);
  ip("-n", end, "route", "add", "default", "via", `2001:db8:${subnet}::2`);
};

/** Makes the three namespaces. */
export function makeRow(): Row {
  if (process.getuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  const row = {
    left: addNamespace("left"),
    middle: addNamespace("mid"),
    right: addNamespace("right"),
  };
  using middle = NetworkNamespace.open(row.middle);
  middle.setSysctl("net/ipv4/ip_forward", "1");
  middle.setSysctl("net/ipv6/conf/all/forwarding", "1");
  addLink(1, row.left, row.middle);
  addLink(2, row.right, row.middle);
  return row;
}

/** A listener and what happened to it. */
export interface Ear {
  readonly listener: TcpListener;
  readonly accepted: { readonly socket: Socket; readonly remote: TcpEndpoint }[];
  readonly refused: string[];
}

/** Listens until the test has finished; `peers` by the text of their prefix. */
export function listenIn(
  networkNamespace: string | undefined,
  address: string,
  peers: Readonly<Record<string, PeerOptions>> = {},
): Ear {
  const accepted: Ear["accepted"] = [];
  const refused: string[] = [];
  const listener = TcpListener.open(
    { address: parseIpAddress(address), port: 0 },
    { networkNamespace },
    Object.entries(peers).map(([prefix, options]) => [parseIpPrefix(prefix), options] as const),
    {
      onConnection: (socket, remote) => {
        accepted.push({ socket, remote });
        socket.on("error", () => undefined);
        onTestFinished(() => void socket.destroy());
      },
      onRefused: (remote, reason) => refused.push(`${remote.address}: ${reason}`),
    },
  );
  onTestFinished(() => listener.close());
  return { listener, accepted, refused };
}

/** A connection until the test has finished, and what its socket said. */
export function connectIn(
  networkNamespace: string | undefined,
  address: string,
  port: number,
  options: Omit<Partial<TcpTarget>, "address" | "port"> = {},
): { readonly socket: Socket; readonly events: string[] } {
  const socket = connectTcp({
    networkNamespace,
    address: parseIpAddress(address),
    port,
    ...options,
  });
  const events: string[] = [];
  socket.on("connect", () => events.push("connect"));
  socket.on("data", (data) => events.push(String(data)));
  socket.on("error", (error: NodeJS.ErrnoException) => events.push(error.code ?? error.message));
  socket.on("close", () => events.push("close"));
  onTestFinished(() => void socket.destroy());
  return { socket, events };
}

/** Connects from another process, which is gone when this returns, while this one does nothing else. */
export function connectAndLeave(networkNamespace: string, address: string, port: number): void {
  const script = `exec 3<>/dev/tcp/${address}/${port}`;
  execFileSync("ip", ["netns", "exec", networkNamespace, "bash", "-c", script]);
}

/** Runs a script of test/children in a namespace and returns what it printed. */
export function runIn(
  networkNamespace: string,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  const path = join(import.meta.dirname, "children", script);
  const node = [process.execPath, "--conditions=@selvedge/source", path, ...args];
  return new Promise((resolve, reject) => {
    execFile("ip", ["netns", "exec", networkNamespace, ...node], (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

/** Waits until an expectation holds, which the kernel or the event loop brings about. */
export async function eventually(expectation: () => void): Promise<void> {
  await vi.waitFor(expectation, { timeout: 10_000, interval: 5 });
}

/** The value of a counter of nstat(8) in a namespace. */
export function counter(namespace: string, name: string): number {
  const text = execFileSync("ip", ["netns", "exec", namespace, "nstat", "-asz", name], {
    encoding: "utf8",
  });
  return Number(
    text
      .split("\n")
      .find((line) => line.startsWith(name))
      ?.split(/\s+/)[1],
  );
}
