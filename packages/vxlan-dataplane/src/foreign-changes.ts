/**
 * What others have changed in a VRF's namespace: a read-back against what was known, which is what was
 * left there. Pure.
 *
 * Does not: look at remote routes (see route-table.ts) and at workloads.
 */
import type { Link, RouteRequest } from "@selvedge/netlink";
import { planAddresses, planBridge } from "./bridge/bridge-plan.ts";
import { type BridgeState, bridgeDevices } from "./bridge/bridge-state.ts";
import type { HostEnd } from "./endpoint-plan.ts";
import { planObjects } from "./object-plan.ts";
import { devicesOf, type VrfState } from "./vrf-state.ts";

/** Names of the objects that are not as they were known, in words of ip(8). */
export function foreignChanges(known: VrfState, found: VrfState): string[] {
  return [...changes(known, found)];
}

function* changes(known: VrfState, found: VrfState): Generator<string> {
  yield* linkChange(known.loopback, found.loopback);
  yield* linkChange(known.vxlan, found.vxlan);
  for (const [path, value] of known.sysctls) {
    if (found.sysctls.get(path) !== value) {
      yield `sysctl ${path}`;
    }
  }
  const options = { routerAddresses: [], mayRemove: true };
  const { put, remove } = planObjects(
    known.objects,
    found.objects,
    devicesOf(found.vxlan),
    options,
  );
  yield* [...put, ...remove].map(objectOf);
  for (const [name, bridge] of known.bridges) {
    const now = found.bridges.get(name);
    if (now !== undefined) {
      yield* bridgeChanges(bridge, now);
    }
  }
  for (const [name, end] of known.hosts) {
    if (isOtherEnd(end, found.hosts.get(name))) {
      yield `link ${name}`;
    }
  }
}

function* bridgeChanges(known: BridgeState, found: BridgeState): Generator<string> {
  yield* linkChange(known.bridge, found.bridge);
  yield* linkChange(known.vxlan, found.vxlan);
  const devices = bridgeDevices(found);
  if (devices === undefined) {
    return;
  }
  const { put, remove } = planBridge(known.objects, found.objects, devices);
  const addresses = planAddresses(known.objects, found.objects, devices, true);
  yield* [...addresses, ...put, ...remove].map(objectOf);
}

function* linkChange(known: Link | undefined, found: Link | undefined): Generator<string> {
  const isSame =
    known === undefined ||
    (known.index === found?.index &&
      known.up === found.up &&
      known.mtu === found.mtu &&
      known.mac === found.mac &&
      known.alias === found.alias &&
      known.master === found.master &&
      JSON.stringify(known.bridgePort) === JSON.stringify(found.bridgePort));
  if (!isSame) {
    yield `link ${known.name}`;
  }
}

function isOtherEnd(known: HostEnd, found: HostEnd | undefined): boolean {
  return (
    known.index !== found?.index ||
    known.up !== found.up ||
    known.mtu !== found.mtu ||
    known.mac !== found.mac ||
    known.alias !== found.alias ||
    known.master !== found.master ||
    known.learning !== found.learning ||
    known.hasGateway !== found.hasGateway ||
    known.routes.size !== found.routes.size ||
    [...known.routes].some((prefix) => !found.routes.has(prefix))
  );
}

/** What a request is about. */
function objectOf(request: RouteRequest): string {
  switch (request.kind) {
    case "address.replace":
    case "address.delete":
      return `address ${request.address}`;
    case "route.replace":
    case "route.delete":
      return `route ${request.destination}`;
    case "neighbour.replace":
    case "neighbour.delete":
      return `neighbour ${request.address}`;
    case "fdb.replace":
    case "fdb.append":
    case "fdb.delete":
      return `fdb ${request.mac} ${request.table}`;
    case "nexthop.replace":
    case "nexthop.delete":
      return `nexthop ${request.id}`;
    default:
      return request.kind;
  }
}
