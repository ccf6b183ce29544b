/**
 * Views of the state of a dataplane, for people and for `show` commands. Plain values, made afresh.
 */
import type { IpAddress, IpPrefix, MacAddress, Vni } from "@selvedge/net";
import type { EndpointState } from "./endpoint-wiring.ts";
import { type DataplaneErrorCode, refusal, refusedBy } from "./errors.ts";
import type { UnderlayDrops, UnderlayGuard } from "./guard/underlay-guard.ts";
import type { RemoteVtep } from "./next-hops.ts";
import { endpointMac, hostInterfaceName } from "./ownership.ts";
import { noUsableVtep } from "./remote-routes.ts";
import type { RouteCounts } from "./route-table.ts";
import type { Vrf } from "./vrf.ts";
import type { EndpointEntry } from "./vrf-endpoints.ts";
import { unreachableVteps } from "./vtep-family.ts";

/** Something that is wrong. */
export interface FailureStatus {
  readonly code: DataplaneErrorCode;
  readonly object: string;
  readonly message: string;
}

/** How a VRF is. */
export interface VrfStatus {
  readonly name: string;
  readonly namespace: string;
  readonly l3vni: Vni;
  readonly vtep: IpAddress;
  readonly routerMac: MacAddress;
  readonly routerAddresses: readonly IpAddress[];
  /** "failed" when something is wrong with the VRF itself, "pending" while there is work to do. */
  readonly state: "ready" | "pending" | "failed";
  /** The VXLAN device, once it exists. */
  readonly device:
    | { readonly name: string; readonly index: number; readonly up: boolean }
    | undefined;
  readonly routes: RouteCounts;
  /** Remote VTEPs in use. */
  readonly remoteVteps: number;
  readonly endpoints: { readonly wanted: number; readonly attached: number };
  /** Objects that others have changed and that have been put right, since the start. */
  readonly repairs: number;
  readonly failures: readonly FailureStatus[];
}

/** How an endpoint is. */
export interface EndpointStatus {
  readonly name: string;
  readonly vrf: string;
  /** The bridge domain that it is a port of; absent when it is routed. */
  readonly bridgeDomain: string | undefined;
  readonly addresses: readonly IpAddress[];
  readonly mac: MacAddress;
  readonly workload: { readonly namespace: string; readonly interface: string };
  readonly state: EndpointState;
  readonly failures: readonly FailureStatus[];
}

/** Remote VTEPs in use, with the names of the VRFs that use them. */
export function remoteVteps(vrfs: Iterable<Vrf>): Map<IpAddress, string[]> {
  const found = new Map<IpAddress, string[]>();
  for (const vrf of vrfs) {
    const { name } = vrf;
    for (const vtep of vrf.vteps()) {
      const names = found.get(vtep);
      if (names === undefined) {
        found.set(vtep, [name]);
      } else {
        names.push(name);
      }
    }
  }
  return found;
}

/** A MAC of a bridge domain that is behind another VTEP. */
export interface RemoteMacStatus {
  readonly vrf: string;
  readonly bridgeDomain: string;
  readonly mac: MacAddress;
  readonly vtep: IpAddress;
  /** That belong to it. */
  readonly addresses: readonly IpAddress[];
}

/** What is known of the bridge domains of a VRF on other hosts. */
export function remoteMacs({ name: vrf, remote }: Vrf): RemoteMacStatus[] {
  return [...remote.entries()].flatMap(([bridgeDomain, { macs, neighbours }]) => {
    const addresses = new Map<MacAddress, IpAddress[]>();
    for (const [address, mac] of neighbours) {
      const list = addresses.get(mac);
      if (list === undefined) {
        addresses.set(mac, [address]);
      } else {
        list.push(address);
      }
    }
    return [...macs].map(([mac, vtep]) => {
      return { vrf, bridgeDomain, mac, vtep, addresses: addresses.get(mac) ?? [] };
    });
  });
}

/** How the underlay guard is. */
export interface UnderlayGuardStatus {
  readonly failure: FailureStatus | undefined;
  /** Packets dropped so far; undefined while there is no guard. */
  readonly drops: UnderlayDrops | undefined;
  /** How often somebody else has changed it and it has been put right, since the start. */
  readonly repairs: number;
}

/** The view of the underlay guard. */
export function underlayGuardStatus(guard: UnderlayGuard): UnderlayGuardStatus {
  const { failure } = guard;
  let drops: UnderlayDrops | undefined;
  const refused = refusedBy(() => {
    drops = guard.drops();
  });
  const fault = failure ?? (refused && refusal(refused, {}));
  return { failure: fault && failureStatus(fault), drops, repairs: guard.repairs };
}

/** Packets dropped of each endpoint. A VRF whose namespace cannot be read now is passed over. */
export function endpointDrops(vrfs: Iterable<Vrf>): Map<string, number> {
  const drops = new Map<string, number>();
  for (const { guard, endpoints } of vrfs) {
    refusedBy(() => {
      const byPort = guard?.drops();
      for (const { intent } of endpoints.entries()) {
        const packets = byPort?.get(hostInterfaceName(intent.name));
        if (packets !== undefined) {
          drops.set(intent.name, packets);
        }
      }
    });
  }
  return drops;
}

/** The view of a VRF; `undefined` when it is not wanted. */
export function vrfStatus(vrf: Vrf): VrfStatus | undefined {
  const { intent, device, failures } = vrf;
  if (intent === undefined) {
    return undefined;
  }
  const { name, namespace, l3vni, vtep, routerMac, routerAddresses } = intent;
  const vteps = [...vrf.routes.nextHops.vteps()];
  const endpoints = [...vrf.endpoints.entries()];
  const warnings = [
    ...failures.map(failureStatus),
    ...[...vrf.routes.unusable].map(unusableRoute),
    ...[...unreachableVteps(vtep, vrf.vteps())].map(unreachableVtep),
    ...macConflicts(vteps),
  ];
  return {
    name,
    namespace,
    l3vni,
    vtep,
    routerMac,
    routerAddresses,
    state: failures.length > 0 ? "failed" : vrf.hasWork ? "pending" : "ready",
    device: device && { name: device.name, index: device.index, up: device.up },
    routes: vrf.routes.table.counts(),
    remoteVteps: vrf.vteps().size,
    endpoints: {
      wanted: endpoints.length,
      attached: endpoints.filter(({ state }) => state.kind === "attached").length,
    },
    repairs: vrf.repairs,
    failures: warnings,
  };
}

/** The view of an endpoint. */
export function endpointStatus(entry: EndpointEntry, vrf: Vrf): EndpointStatus {
  const { name, bridgeDomain, addresses, mac, workload } = entry.intent;
  const message = `VRF ${vrf.name} is not on this host`;
  return {
    name,
    vrf: vrf.name,
    bridgeDomain,
    addresses,
    mac: mac ?? endpointMac(name),
    workload,
    state:
      vrf.intent === undefined
        ? { kind: "not-attached", reason: "vrf-missing", message }
        : entry.state,
    failures: entry.failures.map(failureStatus),
  };
}

function failureStatus({ code, object, message }: FailureStatus): FailureStatus {
  return { code, object, message };
}

function unusableRoute(prefix: IpPrefix): FailureStatus {
  return { code: "unsupported-next-hop", object: prefix, message: noUsableVtep(prefix) };
}

function unreachableVtep([object, message]: readonly [IpAddress, string]): FailureStatus {
  return { code: "unsupported-next-hop", object, message };
}

/** VTEPs with several router MACs, and those with the router MAC of another. */
function macConflicts(vteps: readonly RemoteVtep[]): FailureStatus[] {
  const code = "router-mac-conflict";
  const failures: FailureStatus[] = [];
  const owners = new Map<MacAddress, IpAddress>();
  for (const { vtep, routerMac, conflict } of [...vteps].sort((a, b) => a.id - b.id)) {
    if (conflict) {
      const message = `routes name several router MACs for ${vtep}; ${routerMac} is used`;
      failures.push({ code, object: vtep, message });
    }
    const owner = owners.get(routerMac);
    if (owner === undefined) {
      owners.set(routerMac, vtep);
    } else {
      const message = `${vtep} has the router MAC ${routerMac} of ${owner}, which gets its packets`;
      failures.push({ code, object: vtep, message });
    }
  }
  return failures;
}
