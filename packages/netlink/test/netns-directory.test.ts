import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { NetworkNamespace } from "../src/namespace.ts";
import { errorOf, labNamespace, labSocket, output, requireRoot, uniqueName } from "./kernel-lab.ts";

/** Creates a namespace as an operator would. */
function createdByIp(): string {
  requireRoot();
  const name = uniqueName("ip");
  output("ip", "netns", "add", name);
  onTestFinished(() => {
    if (NetworkNamespace.list().includes(name)) {
      NetworkNamespace.delete(name);
    }
  });
  return name;
}

test("`ip netns` lists, enters and deletes a namespace made here", () => {
  const { name = "" } = labNamespace("ours");
  expect(output("ip", "netns", "list")).toContain(name);
  expect(output("ip", "netns", "exec", name, "ip", "-o", "link")).toMatch(/^1: lo: /);
  output("ip", "netns", "delete", name);
  expect(NetworkNamespace.exists(name)).toBe(false);
  expect(existsSync(`/run/netns/${name}`)).toBe(false);
});

test("a namespace made by `ip netns` is listed, opened and deleted here", () => {
  const name = createdByIp();
  expect(NetworkNamespace.list()).toContain(name);
  using namespace = NetworkNamespace.open(name);
  const [loopback] = labSocket(namespace).links();
  expect(loopback?.name).toBe("lo");
  NetworkNamespace.delete(name);
  expect(output("ip", "netns", "list")).not.toContain(name);
});

test("a namespace made here appears in mount namespaces split off before, and vanishes there", async () => {
  labNamespace("directory");
  // As `ip netns exec` does: a mount namespace that follows the mounts of the one it comes from.
  const child = spawn("unshare", ["--mount", "--propagation", "slave", "sh", "-c", "echo; read _"]);
  onTestFinished(() => {
    child.kill();
  });
  await once(child.stdout, "data");
  const { name = "" } = labNamespace("shared");
  const there = (...command: string[]): string =>
    output("nsenter", `--mount=/proc/${child.pid}/ns/mnt`, ...command);
  expect(there("stat", "--file-system", "--format=%T", `/run/netns/${name}`).trim()).toBe("nsfs");
  NetworkNamespace.delete(name);
  expect(there("ls", "/run/netns")).not.toContain(name);
});

test("a plain file left over under a name is listed, is no namespace, and can be deleted", () => {
  const { name: other = "" } = labNamespace("directory");
  const name = uniqueName("stale");
  writeFileSync(`/run/netns/${name}`, "");
  expect(other).not.toBe(name);
  expect(NetworkNamespace.list()).toContain(name);
  expect(NetworkNamespace.exists(name)).toBe(false);
  expect(errorOf(() => NetworkNamespace.open(name))).toMatchObject({ code: "EINVAL" });
  expect(errorOf(() => NetworkNamespace.create(name))).toMatchObject({ code: "EEXIST" });
  NetworkNamespace.delete(name);
  expect(NetworkNamespace.list()).not.toContain(name);
});

test("a name bound twice over is gone after one deletion", () => {
  const { name = "" } = labNamespace("twice");
  output("mount", "--bind", `/run/netns/${name}`, `/run/netns/${name}`);
  NetworkNamespace.delete(name);
  expect(existsSync(`/run/netns/${name}`)).toBe(false);
});
