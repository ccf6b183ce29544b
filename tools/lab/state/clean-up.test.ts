import { spawn } from "node:child_process";
import { once } from "node:events";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { afterEach, beforeAll, expect, test } from "vitest";
import { identityOf, isAlive } from "../../setup/process-identity.mjs";
import { cleanUp } from "./clean-up.ts";
import type { Remains } from "./journal.ts";

const PREFIX = `svt-cleanup-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
const NOTHING: Remains = { namespaces: [], agentPrefixes: [], processes: [], kept: false };

beforeAll(async () => {
  if (process.geteuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  await primeThreadPool();
});

afterEach(() => {
  for (const name of NetworkNamespace.list()) {
    if (name.startsWith(PREFIX)) NetworkNamespace.delete(name);
  }
});

function makeNamespace(suffix: string): { readonly name: string; readonly id: string } {
  using namespace = NetworkNamespace.create(`${PREFIX}${suffix}`);
  return { name: `${PREFIX}${suffix}`, id: namespace.id };
}

test("takes away the lab's own namespaces and those of its agents, and no others", async () => {
  const own = makeNamespace("-a");
  makeNamespace("-h1.red.main");
  const other = makeNamespace("-other");
  const summary = await cleanUp({
    ...NOTHING,
    namespaces: [own, { name: `${PREFIX}-gone`, id: undefined }],
    agentPrefixes: [`${PREFIX}-h1.`],
  });
  expect(summary).toEqual({ processes: 0, namespaces: 2 });
  const left = NetworkNamespace.list().filter((name) => name.startsWith(PREFIX));
  expect(left).toEqual([other.name]);
});

test("leaves a namespace alone that took the name afterwards", async () => {
  const { name } = makeNamespace("-a");
  const summary = await cleanUp({ ...NOTHING, namespaces: [{ name, id: "4:1" }] });
  expect(summary.namespaces).toBe(0);
  expect(NetworkNamespace.exists(name)).toBe(true);
});

test("ends the lab's processes, also those that do not listen to SIGTERM, by pid and start time", async () => {
  const child = spawn("/bin/sh", ["-c", "trap '' TERM; echo ready; read -r line"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const bystander = spawn("sleep", ["60"]);
  await once(child.stdout, "data");
  const identity = identityOf(child.pid ?? 0);
  const other = identityOf(bystander.pid ?? 0);
  if (identity === undefined || other === undefined) throw new Error("the processes did not start");
  const reused = { ...other, startTime: other.startTime - 1 };
  const ended = once(child, "exit");
  const processes = [identity, reused].map(
    (id) => ({ kind: "process", role: "test", ...id }) as const,
  );
  const summary = await cleanUp({ ...NOTHING, processes }, 50);
  expect(summary.processes).toBe(1);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(isAlive(other)).toBe(true);
  bystander.kill("SIGKILL");
});

test("may be repeated", async () => {
  const remains = { ...NOTHING, namespaces: [makeNamespace("-a")] };
  expect((await cleanUp(remains)).namespaces).toBe(1);
  expect((await cleanUp(remains)).namespaces).toBe(0);
});
