/**
 * Takes away what a lab made: its processes first, because they hold namespaces open, then the
 * namespaces with every device, address and route in them. Goes by the journal alone, so it serves
 * a lab that ends and one that was killed alike; may be repeated.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { NetlinkError, NetworkNamespace } from "@selvedge/netlink";
import { isAlive, signalProcess } from "../../setup/process-identity.mjs";
import type { ProcessEntry, Remains } from "./journal.ts";

/** Milliseconds to end after SIGTERM. Agents need some ten. */
const GRACE = 3000;
const POLL_MS = 10;

export interface CleanUpSummary {
  readonly processes: number;
  readonly namespaces: number;
}

export async function cleanUp(remains: Remains, grace: number = GRACE): Promise<CleanUpSummary> {
  const processes = await endProcesses(remains.processes, grace);
  const made = NetworkNamespace.list().filter((name) =>
    remains.agentPrefixes.some((prefix) => name.startsWith(prefix)),
  );
  const ours = remains.namespaces.filter(({ name, id }) => isStill(name, id));
  const names = [...made, ...ours.map(({ name }) => name)];
  for (const name of names) deleteNamespace(name);
  return { processes, namespaces: names.length };
}

/** Asks the processes to end, after `grace` milliseconds makes them; returns how many there were. */
async function endProcesses(processes: readonly ProcessEntry[], grace: number): Promise<number> {
  const asked = processes.filter((process) => signalProcess(process, "SIGTERM"));
  const deadline = performance.now() + grace;
  let left = asked.filter(isAlive);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(POLL_MS);
    left = left.filter(isAlive);
  }
  for (const process of left) signalProcess(process, "SIGKILL");
  while (left.length > 0) {
    await sleep(POLL_MS);
    left = left.filter(isAlive);
  }
  return asked.length;
}

/** Whether the name stands for the namespace that the lab made, not one that came after it. */
function isStill(name: string, id: string | undefined): boolean {
  try {
    using namespace = NetworkNamespace.open(name);
    return id === undefined || namespace.id === id;
  } catch (error) {
    // A plain file under the name: the lab was killed between making the file and mounting on it.
    if (error instanceof NetlinkError && error.code === "EINVAL") return id === undefined;
    if (error instanceof NetlinkError && error.code === "ENOENT") return false;
    throw error;
  }
}

function deleteNamespace(name: string): void {
  try {
    NetworkNamespace.delete(name);
  } catch (error) {
    if (error instanceof NetlinkError && error.code === "ENOENT") return;
    throw error;
  }
}
