/** Network namespaces of a benchmark, all of them removed at its end, however it ends. */
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";

/**
 * Does `work`, which may make namespaces whose names start with `prefix`; also on Ctrl-C they are removed. Returns its exit
 * code, or 1 without root.
 */
export async function inNamespaces(prefix: string, work: () => Promise<number>): Promise<number> {
  if (process.getuid?.() !== 0) {
    console.error("network namespaces need root");
    return 1;
  }
  await primeThreadPool();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      removeNamespaces(prefix);
      process.exit(130);
    });
  }
  try {
    return await work();
  } finally {
    removeNamespaces(prefix);
  }
}

/** Removes all whose names start so. */
export function removeNamespaces(prefix: string): void {
  for (const name of NetworkNamespace.list()) {
    if (name.startsWith(prefix)) NetworkNamespace.delete(name);
  }
}
