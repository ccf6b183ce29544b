/** What to try next in a lab that is up. */
import { WORKLOAD_INTERFACE } from "../build/workloads.ts";
import type { LabPlan } from "../plan/lab-plan.ts";

export interface Suggestion {
  readonly command: string;
  readonly why: string;
}

/** `socketOf` gives the path of a host's API socket. */
export function suggestions(plan: LabPlan, socketOf: (host: string) => string): Suggestion[] {
  const [first] = plan.workloads;
  const other = plan.workloads.find(
    (workload) => workload.tenant === first?.tenant && workload.host !== first.host,
  );
  const reflector = plan.agents.find((agent) => agent.isReflector) ?? plan.agents[0];
  const found: Suggestion[] = [];
  const [address] = other?.addresses ?? [];
  if (first !== undefined && other !== undefined && address !== undefined) {
    found.push({
      command: `ip netns exec ${first.namespace} ping ${address}`,
      why: `from ${first.endpoint} to ${other.endpoint}`,
    });
    found.push({
      command: `ip netns exec ${other.namespace} tcpdump -ni ${WORKLOAD_INTERFACE}`,
      why: "and watch it arrive",
    });
  }
  if (reflector !== undefined) {
    const socket = `--socket ${socketOf(reflector.host)}`;
    found.push(
      {
        command: `bin/selvedge.mjs show bgp summary ${socket}`,
        why: `sessions of ${reflector.host}`,
      },
      {
        command: `bin/selvedge.mjs show evpn routes ${socket}`,
        why: "every route of every tenant",
      },
    );
  }
  if (first !== undefined) {
    const vrf = `${plan.lab}-${first.host}.${first.tenant}.${first.vrf}`;
    found.push(
      {
        command: `bin/selvedge.mjs show vrf --socket ${socketOf(first.host)}`,
        why: `what ${first.host} carries`,
      },
      { command: `ip netns exec ${vrf} ip route`, why: `the same in the kernel` },
    );
  }
  return found;
}

export function formatSuggestions(found: readonly Suggestion[]): string {
  return found.flatMap(({ command, why }) => [`  # ${why}`, `  ${command}`]).join("\n");
}
