/**
 * Proves that tenants do not reach each other. That a ping has no answer proves little: the packet
 * may have arrived. So every interface of every workload and VRF is watched while everybody asks
 * every address, and each probe says who sent it. A capture counts only if it saw its own tenant's
 * probes: one that is blind proves nothing.
 */
import type { Evidence } from "../capture/evidence.ts";
import type { ReachabilityMatrix } from "../probe/matrix.ts";
import { type CheckOutcome, judged } from "./outcome.ts";
import { foreignAnswers } from "./reachability.ts";

/** What was seen in a namespace that belongs to one tenant. */
export interface TenantEvidence extends Evidence {
  readonly tenant: string;
}

export interface IsolationEvidence {
  readonly inside: readonly TenantEvidence[];
  /** What routers of the underlay saw. */
  readonly underlay: readonly Evidence[];
}

export function checkIsolated(
  tenants: readonly string[],
  matrix: ReachabilityMatrix,
  evidence: IsolationEvidence,
): CheckOutcome {
  const inside = evidence.inside.filter((capture) => tenants.includes(capture.tenant));
  const answers = foreignAnswers(tenants, matrix);
  const faults = [
    ...answers.faults,
    ...inside.flatMap((capture) => [...insideFaults(capture)]),
    ...evidence.underlay.flatMap((capture) => [...underlayFaults(capture)]),
  ];
  const packets = inside.reduce((sum, capture) => sum + capture.packets, 0);
  return judged(
    `nothing that one of ${tenants.join(", ")} sends reaches another`,
    faults,
    `${packets} probe packets seen in ${inside.length} namespaces, each of its own tenant; ` +
      `on the wire ${describeVnis(evidence.underlay)}; ` +
      `${answers.silent} probes to addresses that only another tenant has, none answered`,
  );
}

function* insideFaults(capture: TenantEvidence): Iterable<string> {
  const { namespace, tenant } = capture;
  const foreign = [...capture.sources].filter((source) => tenantOf(source) !== tenant);
  for (const source of foreign) yield `a packet of ${source} was seen in ${namespace} of ${tenant}`;
  if (foreign.length === capture.sources.size) {
    yield `the capture in ${namespace} saw no probe of ${tenant}: it proves nothing`;
  }
}

function* underlayFaults(capture: Evidence): Iterable<string> {
  if (capture.sourcesByVni.size === 0) {
    yield `the capture in ${capture.namespace} saw no probe in VXLAN: it proves nothing`;
  }
  for (const [vni, sources] of capture.sourcesByVni) {
    const tenants = tenantsOf(sources);
    if (tenants.length > 1) {
      yield `VNI ${vni} carries packets of ${tenants.join(" and ")}, seen in ${capture.namespace}`;
    }
  }
}

function describeVnis(underlay: readonly Evidence[]): string {
  const tenantsByVni = new Map<number, string>();
  for (const capture of underlay) {
    for (const [vni, sources] of capture.sourcesByVni) {
      tenantsByVni.set(vni, tenantsOf(sources).join(" and "));
    }
  }
  return [...tenantsByVni]
    .sort(([a], [b]) => a - b)
    .map(([vni, tenant]) => `VNI ${vni} is ${tenant} alone`)
    .join(", ");
}

function tenantsOf(sources: ReadonlySet<string>): string[] {
  return [...new Set([...sources].map(tenantOf))].sort();
}

function tenantOf(source: string): string {
  return source.slice(0, source.indexOf("/"));
}
