/**
 * Network namespaces for tests, with unique names, and sockets in them; all removed at the end of a
 * test, also of one that failed.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { onTestFinished, vi } from "vitest";
import type { Link } from "../src/link.ts";
import { NetworkNamespace } from "../src/namespace.ts";
import { RouteSocket } from "../src/route-socket.ts";

/** A name that nothing else uses. */
export function uniqueName(what: string): string {
  return `svt-${what}-${process.pid}-${randomBytes(3).toString("hex")}`;
}

/** Throws unless the process may create namespaces: a test that is skipped proves nothing. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new Error("this test changes the kernel's network state: run it as root");
  }
}

/** A new namespace; gone when the test has finished. */
export function labNamespace(what: string): NetworkNamespace {
  requireRoot();
  const name = uniqueName(what);
  const namespace = NetworkNamespace.create(name);
  onTestFinished(() => {
    namespace.close();
    if (NetworkNamespace.list().includes(name)) {
      NetworkNamespace.delete(name);
    }
  });
  return namespace;
}

/** A socket in the namespace, by default in a new one; closed when the test has finished. */
export function labSocket(namespace: NetworkNamespace = labNamespace("net")): RouteSocket {
  const socket = RouteSocket.open(namespace);
  onTestFinished(() => socket.close());
  return socket;
}

/** The device of that name. */
export function linkNamed(socket: RouteSocket, name: string): Link {
  const link = socket.links().find((candidate) => candidate.name === name);
  if (link === undefined) {
    throw new Error(`no link ${name}`);
  }
  return link;
}

/** Brings the loopback device up, without which the kernel takes no blackhole next hop. */
export function bringLoopbackUp(socket: RouteSocket): void {
  socket.executeOne({ kind: "link.set", name: "lo", up: true });
}

/** Makes a bridge and brings it up; the index. A device to hang things on that every kernel has. */
export function labBridge(socket: RouteSocket, name = "br0"): number {
  socket.executeOne({ kind: "link.create", name, link: { kind: "bridge" } });
  const { index } = linkNamed(socket, name);
  socket.executeOne({ kind: "link.set", index, up: true });
  return index;
}

/** Waits until an expectation holds, which the kernel or the event loop brings about. */
export async function eventually(expectation: () => void): Promise<void> {
  await vi.waitFor(expectation, { timeout: 10_000, interval: 5 });
}

/** What a command prints. Throws what it says when it fails. */
export function output(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  }
  return stdout;
}

/** The error that `work` throws. */
export function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Runs a script of test/children in a process of its own. */
export function runChild(script: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  const path = new URL(`./children/${script}`, import.meta.url).pathname;
  return spawnSync(process.execPath, ["--conditions=@selvedge/source", path, ...args], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

/** What a script of test/children prints. Throws what it says when it fails. */
export function childOutput(script: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, signal } = runChild(script, ...args);
  if (status !== 0) {
    throw new Error(`${script}: ${signal ?? status}: ${stderr}`);
  }
  return stdout;
}
