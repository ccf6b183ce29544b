/** What the kernel holds, from /proc. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Slabs and per-CPU areas in KiB (proc_meminfo(5)), which is where network namespaces and devices are. */
export function kernelKiB(): number {
  const text = readFileSync("/proc/meminfo", "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  return field("Slab") + field("Percpu");
}

/** Network namespaces that the kernel has, named or not. */
export function namespaceCount(): number {
  return slabObjects("net_namespace");
}

/** Connections that the kernel tracks, in all namespaces; none where it cannot track any. */
export function connectionCount(): number {
  return slabObjects("nf_conntrack");
}

/** Objects in use (slabinfo(5)). */
function slabObjects(cache: string): number {
  const text = readFileSync("/proc/slabinfo", "utf8");
  return Number(new RegExp(`^${cache}\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
}

/** The kernel ends namespaces some time after their names; how many more than before there are at last, also of others. */
export async function namespacesLeft(before: number, patienceSeconds: number): Promise<number> {
  for (let tenth = 0; tenth < patienceSeconds * 10 && namespaceCount() > before; tenth++) {
    await pause(100);
  }
  return Math.max(0, namespaceCount() - before);
}
