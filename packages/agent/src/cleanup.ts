/** `selvedge agent --cleanup`: removes from this host what an agent has made. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isSocketAlive, RefusedError } from "@selvedge/api";
import { primeThreadPool } from "@selvedge/netlink";
import { type ApplyReport, Dataplane } from "@selvedge/vxlan-dataplane";
import type { AgentConfig } from "./config.ts";
import type { Logger } from "./log.ts";
import { forgetStart } from "./restart-marker.ts";

/**
 * Removes VRF namespaces with their devices and endpoints, attachments and the socket. The datastore is
 * left alone.
 * @throws RefusedError (Conflict) while an agent runs.
 */
export async function cleanUp(config: AgentConfig, log: Logger): Promise<ApplyReport> {
  const { runtimeDirectory, namespacePrefix } = config;
  const socketPath = join(runtimeDirectory, "api.sock");
  if (await isSocketAlive(socketPath)) {
    throw new RefusedError(
      "Conflict",
      `the agent of ${socketPath} is running and would make everything again; stop it first`,
    );
  }
  await primeThreadPool();
  using dataplane = new Dataplane({ namespacePrefix, log });
  const report = dataplane.cleanup();
  await rm(join(runtimeDirectory, "attachments"), { recursive: true, force: true });
  await rm(socketPath, { force: true });
  await forgetStart(runtimeDirectory);
  return report;
}
