/**
 * Tells a restart from a first start: a file in the runtime directory with the id of the boot in which it was written,
 * because the directory may outlive a reboot, which nothing in the kernel does. After a restart the kernel still
 * forwards for the agent of before, and the peers keep its routes (RFC 4724, F bit).
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const NAME = "started";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Whether an agent has run with this directory since the last boot. */
export async function isRestart(runtimeDirectory: string): Promise<boolean> {
  const written = await readFile(join(runtimeDirectory, NAME), "utf8").catch(() => undefined);
  return written === (await bootId());
}

/** From now on a start is a restart. */
export async function markStarted(runtimeDirectory: string): Promise<void> {
  await writeFile(join(runtimeDirectory, NAME), await bootId());
}

/** The next start is a first one. */
export async function forgetStart(runtimeDirectory: string): Promise<void> {
  await rm(join(runtimeDirectory, NAME), { force: true });
}

function bootId(): Promise<string> {
  return readFile(BOOT_ID, "utf8");
}
