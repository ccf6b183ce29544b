/** The VRFs of this host as the API's document: as declared, and as the dataplane has them. */
import type { VrfListDocument, VrfStatusDocument } from "@selvedge/api";
import type { VrfStatus } from "@selvedge/vxlan-dataplane";
import type { VrfIntent } from "../intent/vrf-intent.ts";

const STATES = { ready: "Up", pending: "Pending", failed: "Failed" } as const;

/** All VRFs of the host, in the order of their names. */
export function vrfListDocument(
  intents: Iterable<VrfIntent>,
  statuses: readonly VrfStatus[],
): VrfListDocument {
  const byName = new Map(statuses.map((status) => [status.name, status]));
  const vrfs = [...intents].map((intent) => vrfDocument(intent, byName.get(intent.name)));
  return { vrfs: vrfs.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function vrfDocument(intent: VrfIntent, status: VrfStatus | undefined): VrfStatusDocument {
  const reasons = status?.failures.map(({ message }) => message) ?? [];
  return {
    name: intent.name,
    namespace: intent.namespace,
    vni: intent.l3vni,
    vxlanInterface: status?.device?.name ?? "-",
    vtepIp: intent.vtep,
    routerMac: intent.routerMac,
    routerAddresses: [...intent.routerAddresses],
    rd: intent.rd,
    importRts: [...intent.importRouteTargets, ...intent.importVnis.map((vni) => `*:${vni}`)],
    exportRts: [...intent.exportRouteTargets],
    state: STATES[status?.state ?? "pending"],
    ...(reasons.length === 0 ? {} : { reason: reasons.join("; ") }),
    numEndpoints: status?.endpoints.attached ?? 0,
    numRemoteVteps: status?.remoteVteps ?? 0,
    numRemoteRoutes: status?.routes.wanted ?? 0,
    numRepairs: status?.repairs ?? 0,
  };
}
