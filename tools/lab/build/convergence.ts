/** Waits until the routes of all attached workloads have gone round. */
import type { EvpnRoutesDocument } from "@selvedge/api";
import { LabError } from "../lab-error.ts";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import type { LabAgent } from "./agents.ts";
import { until } from "./poll.ts";

const TIMEOUT_MS = 10_000;

/**
 * @param agent whose table must hold them: a route reflector's holds every route.
 * @returns how many EVPN routes the table has.
 * @throws LabError naming an address without a route.
 */
export async function routesComplete(
  agent: LabAgent,
  workloads: readonly PlannedWorkload[],
  signal: AbortSignal,
): Promise<number> {
  let routes = 0;
  const reason = await until(
    async () => {
      const document = await agent.client.evpnRoutes();
      routes = document.numPrefix;
      return missingRoute(document, workloads);
    },
    { signal, timeout: TIMEOUT_MS },
  );
  if (reason !== undefined) throw new LabError(`${agent.plan.host} has ${reason}`);
  return routes;
}

/** Each address wants as many routes, of as many VRFs, as workloads have it. */
function missingRoute(
  document: EvpnRoutesDocument,
  workloads: readonly PlannedWorkload[],
): string | undefined {
  const routes = new Map<string, number>();
  for (const { routes: ofVrf } of document.routeDistinguishers) {
    for (const { prefix } of ofVrf) {
      const address = /\[([^\]]+)\]$/.exec(prefix)?.[1] ?? "";
      routes.set(address, (routes.get(address) ?? 0) + 1);
    }
  }
  const wanted = new Map<string, number>();
  for (const address of workloads.flatMap((workload) => workload.addresses)) {
    wanted.set(address, (wanted.get(address) ?? 0) + 1);
  }
  for (const [address, count] of wanted) {
    const found = routes.get(address) ?? 0;
    if (found < count) return `${found} of ${count} routes to ${address}`;
  }
  return undefined;
}
