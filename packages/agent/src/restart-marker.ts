/**
 * Tells a restart from a first start: a file in the runtime directory, which a reboot empties. After a
 * restart the kernel still forwards for the agent of before, and the peers keep its routes (RFC 4724).
 */
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

const NAME = "started";

/** Whether an agent has run with this directory since the last boot. */
export async function isRestart(runtimeDirectory: string): Promise<boolean> {
  return stat(join(runtimeDirectory, NAME)).then(
    () => true,
    () => false,
  );
}

/** From now on a start is a restart. */
export async function markStarted(runtimeDirectory: string): Promise<void> {
  await writeFile(join(runtimeDirectory, NAME), "");
}

/** The next start is a first one. */
export async function forgetStart(runtimeDirectory: string): Promise<void> {
  await rm(join(runtimeDirectory, NAME), { force: true });
}
