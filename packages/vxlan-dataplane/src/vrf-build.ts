/**
 * The steps that put what a VRF's namespace lacks and remove what it has too much, in their order:
 * settings and devices, the guard of the endpoints, single objects, endpoints, bridge domains, remote
 * routes, what is surplus.
 */
import type { RouteRequest } from "@selvedge/netlink";
import type { Attempts } from "./attempts.ts";
import { announcements, movedAddresses } from "./bridge/announcements.ts";
import { foldBridgeRequest, forgetPorts, wantedBridgeObjects } from "./bridge/bridge-objects.ts";
import { planAddresses, planBridge } from "./bridge/bridge-plan.ts";
import { bridgeSites } from "./bridge/bridge-port.ts";
import { bridgeDevices } from "./bridge/bridge-state.ts";
import type { RemoteDomains } from "./bridge/remote-domains.ts";
import type { Deadline } from "./budget.ts";
import type { Changes } from "./changes.ts";
import { refusedBy } from "./errors.ts";
import type { EndpointGuard } from "./guard/endpoint-guard.ts";
import type { VrfIntent } from "./intent.ts";
import type { Kernel, KernelNamespace, OutgoingFrame } from "./kernel.ts";
import type { DataplaneLog } from "./log.ts";
import { type ObjectPlan, planObjects } from "./object-plan.ts";
import { noUsableVtep, type RemoteRoutes } from "./remote-routes.ts";
import type { Repairs } from "./repairs.ts";
import { flushRoutes } from "./route-flush.ts";
import type { VrfEndpoints } from "./vrf-endpoints.ts";
import { foldRequest, wantedObjects } from "./vrf-objects.ts";
import { applyVrfSettings } from "./vrf-settings.ts";
import { devicesOf, type VrfState, vxlanIndex } from "./vrf-state.ts";

/** What one pass over a VRF works with. */
export interface VrfPass {
  readonly changes: Changes;
  readonly deadline: Deadline;
  /** Whether anything may be deleted: the first full desired state is here. */
  readonly mayRemove: boolean;
}

/** What has to be looked at. */
export interface VrfMarks {
  /** Whether the name still leads to the namespace that is held. */
  identity: boolean;
  /** Everything has to be read from the kernel. */
  reading: boolean;
  /** What is known may not be what was left: what is read then says nothing of others. */
  uncertain: boolean;
  /** Devices may be there that are not wanted. */
  leftovers: boolean;
  settings: boolean;
  objects: boolean;
  /** Objects of bridge domains. */
  bridges: boolean;
  /** Single objects may be there that are not wanted. */
  surplus: boolean;
  /** The endpoint guard may not be as it is to be. */
  guard: boolean;
  /** Somebody else has changed packet filters. */
  guardDisturbed: boolean;
  /** It may let through what no endpoint is to send. */
  guardSurplus: boolean;
}

/** Those of a VRF of which nothing is known. */
export function firstMarks(): VrfMarks {
  return {
    identity: false,
    reading: true,
    uncertain: false,
    leftovers: false,
    settings: false,
    objects: false,
    bridges: false,
    surplus: false,
    guard: false,
    guardDisturbed: false,
    guardSurplus: false,
  };
}

/** What the steps work on. */
export interface BuildSite {
  readonly intent: VrfIntent;
  /** Prefix of the names of VRF namespaces. */
  readonly prefix: string;
  readonly kernel: Kernel;
  readonly namespace: KernelNamespace;
  readonly state: VrfState;
  readonly guard: EndpointGuard;
  readonly endpoints: VrfEndpoints;
  readonly routes: RemoteRoutes;
  readonly remote: RemoteDomains;
  readonly log: DataplaneLog;
  readonly marks: VrfMarks;
  readonly attempts: Attempts;
  readonly repairs: Repairs;
  readonly pass: VrfPass;
}

/** Does what is due until that is all or the time is over, at least one step. */
export function buildVrf(site: BuildSite): void {
  for (const step of STEPS) {
    if (step(site) && site.pass.deadline.exhausted()) {
      return;
    }
  }
}

const STEPS: readonly ((site: BuildSite) => boolean)[] = [
  buildSettings,
  buildGuard,
  buildObjects,
  buildEndpoints,
  buildBridges,
  buildRoutes,
  removeSurplus,
  removeGuardSurplus,
];

// Each step returns whether it was due.

function buildSettings(site: BuildSite): boolean {
  const { intent, prefix, namespace, state, marks, attempts } = site;
  const { changes } = site.pass;
  if (!marks.settings) {
    return false;
  }
  marks.settings = false;
  const before = state.vxlan;
  attempts.run("settings", changes, () => {
    applyVrfSettings(namespace, { intent, prefix }, state, changes);
  });
  marks.bridges ||= state.bridges.size > 0;
  if (before !== undefined && before.mac !== state.vxlan?.mac) {
    // The kernel forgets all neighbours of a device whose MAC address changes, permanent ones too.
    state.objects.neighbours.clear();
    marks.objects = true;
  }
  return true;
}

function buildGuard({ intent, guard, log, marks, attempts, repairs, pass }: BuildSite): boolean {
  if (!marks.guard) {
    return false;
  }
  const { guardDisturbed } = marks;
  marks.guard = false;
  marks.guardDisturbed = false;
  marks.guardSurplus = true;
  attempts.run("guard", pass.changes, () => {
    const operations = guard.repair(pass.changes);
    if (operations > 0 && guardDisturbed) {
      repairs.find(["endpoint guard"]);
    } else if (operations > 0) {
      log.debug({ vrf: intent.name, operations }, "the endpoint guard was made or repaired");
    }
  });
  return true;
}

function buildObjects(site: BuildSite): boolean {
  const { intent, routes, marks, attempts } = site;
  const { changes } = site.pass;
  for (const prefix of routes.takeUnusable()) {
    changes.fail("unsupported-next-hop", prefix, noUsableVtep(prefix), { vrf: intent.name });
  }
  if (!routes.nextHops.takeChanged() && !marks.objects) {
    return false;
  }
  marks.objects = false;
  marks.surplus = true;
  attempts.run("objects", changes, () => execute(site, plan(site).put, foldInto(site)));
  return true;
}

function buildEndpoints(site: BuildSite): boolean {
  const { intent, kernel, namespace, state, guard, endpoints, pass } = site;
  if (!endpoints.hasWork) {
    return false;
  }
  const { changes, deadline, mayRemove } = pass;
  const { mtu } = intent;
  const { hosts } = state;
  const bridges = bridgeSites(intent, state.bridges);
  endpoints.wire({ kernel, namespace, guard, hosts, bridges, mtu, mayRemove, changes }, deadline);
  site.marks.bridges ||= bridges.size > 0;
  return true;
}

/** Once all endpoints have been looked at, so that each has the port that it is to have. */
function buildBridges(site: BuildSite): boolean {
  const { intent, namespace, state, endpoints, remote, log, marks, attempts, pass } = site;
  if (!marks.bridges || endpoints.hasWork) {
    return false;
  }
  marks.bridges = false;
  const frames: OutgoingFrame[] = [];
  attempts.run("bridges", pass.changes, () => {
    for (const domain of intent.bridgeDomains ?? []) {
      const bridge = state.bridges.get(domain.name);
      const devices = bridge && bridgeDevices(bridge);
      if (bridge === undefined || devices === undefined) {
        continue;
      }
      forgetPorts(bridge.objects, devices, state.hosts.values());
      const local = endpoints.stationsOf(domain.name, devices.bridge, state.hosts);
      const wanted = wantedBridgeObjects(
        domain,
        local,
        remote.of(domain.name),
        devices,
        intent.vtep,
      );
      const { objects } = bridge;
      const fold = (request: RouteRequest): void => foldBridgeRequest(objects, request);
      const moved = [...movedAddresses(objects.neighbours, wanted.neighbours)];
      execute(site, planAddresses(wanted, objects, devices, pass.mayRemove), fold);
      const { put, remove } = planBridge(wanted, objects, devices);
      execute(site, [...put, ...(pass.mayRemove ? remove : [])], fold);
      frames.push(...announcements(moved, local));
    }
  });
  // A workload that is not told finds out by itself, some time later.
  const refused = frames.length === 0 ? undefined : refusedBy(() => namespace.transmit(frames));
  if (refused !== undefined) {
    log.debug(
      { vrf: intent.name, reason: refused.message },
      "workloads were not told of addresses",
    );
  }
  return true;
}

function buildRoutes(site: BuildSite): boolean {
  const { intent, namespace, state, routes, marks, attempts, pass } = site;
  const { table } = routes;
  if (table.settled || vxlanIndex(state) === undefined) {
    return false;
  }
  attempts.run("routes", pass.changes, () => {
    const options = { ...pass, subject: { vrf: intent.name } };
    if (!flushRoutes(namespace, table, options)) {
      marks.reading = true;
      marks.uncertain = true;
    }
  });
  return true;
}

/** Removes single objects, but no next-hop object that a route of the kernel still names. */
function removeSurplus(site: BuildSite): boolean {
  const { state, routes, marks, attempts, pass } = site;
  const { table } = routes;
  if (!marks.surplus || !table.settled) {
    return false;
  }
  marks.surplus = false;
  const { remove } = plan(site);
  if (remove.length > 0) {
    const named = table.installedNexthops();
    for (const id of [...named]) {
      for (const member of state.objects.groups.get(id) ?? []) {
        named.add(member);
      }
    }
    const safe = remove.filter(
      (request) => request.kind !== "nexthop.delete" || !named.has(request.id),
    );
    attempts.run("surplus", pass.changes, () => execute(site, safe, foldInto(site)));
  }
  return true;
}

/** Once all endpoints have been looked at: what is still known of none is nobody's. */
function removeGuardSurplus(site: BuildSite): boolean {
  const { guard, state, endpoints, marks, attempts, pass } = site;
  if (!marks.guardSurplus || endpoints.hasWork) {
    return false;
  }
  marks.guardSurplus = false;
  if (!pass.mayRemove || attempts.hasFailed("guard")) {
    return false;
  }
  attempts.run("guard", pass.changes, () =>
    guard.removeSurplus((port) => state.hosts.has(port), pass.changes),
  );
  return true;
}

function plan({ intent, state, routes, pass }: BuildSite): ObjectPlan {
  const wanted = wantedObjects(intent, routes.nextHops);
  const { routerAddresses } = intent;
  const { mayRemove } = pass;
  return planObjects(wanted, state.objects, devicesOf(state.vxlan), { routerAddresses, mayRemove });
}

function foldInto({ state }: BuildSite): (request: RouteRequest) => void {
  return (request) => foldRequest(state.objects, request);
}

/** Carries out requests, and `fold`s in what the kernel accepted. */
function execute(
  { intent, namespace, marks, pass }: BuildSite,
  requests: readonly RouteRequest[],
  fold: (request: RouteRequest) => void,
): void {
  const { failed, certain } = pass.changes.execute(namespace, requests, { vrf: intent.name });
  for (const [position, request] of requests.entries()) {
    if (!failed.has(position)) {
      fold(request);
    }
  }
  if (!certain) {
    marks.reading = true;
    marks.uncertain = true;
  }
}
