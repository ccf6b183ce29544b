/**
 * Tells whether an event of the kernel agrees with what is known of a VRF's namespace. Pure.
 *
 * Our own changes come back as events too. They agree with what was recorded when they were made, at
 * least the last one about each object does; what somebody else did does not.
 *
 * Does not: tell who did it, or notice what the kernel does without an event. When a device goes down
 * or away, its IPv4 routes, neighbours and next-hop objects go silently: the device's own event says it.
 */
import type {
  Address,
  BridgePort,
  FdbEntry,
  Link,
  MonitorEvent,
  Neighbour,
  Nexthop,
  Route,
} from "@selvedge/netlink";
import { checkBridgeEvent } from "./bridge/bridge-events.ts";
import type { HostEnd } from "./endpoint-plan.ts";
import { isHostAddress } from "./host-address.ts";
import { ROUTE_METRIC, ROUTE_PROTOCOL, WORKLOAD_GATEWAY_V6 } from "./ownership.ts";
import { LOOPBACK_INDEX } from "./vrf-objects.ts";
import { type VrfState, vxlanIndex } from "./vrf-state.ts";

/** Whether the last event about `object` agrees with what is known. */
export interface EventCheck {
  /** Key of the object, the same for all events about it. */
  readonly object: string;
  readonly agrees: boolean;
  /** Name of the host end of an endpoint that the object belongs to; absent when to the VRF as a whole. */
  readonly host?: string;
}

/** `undefined` when the event is not about an object of ours. Remote routes are not looked at. */
export function checkEvent(event: MonitorEvent, state: VrfState): EventCheck | undefined {
  return checkVrfEvent(event, state) ?? checkBridgeEvent(event, state.bridges.values());
}

function checkVrfEvent(event: MonitorEvent, state: VrfState): EventCheck | undefined {
  switch (event.kind) {
    case "link.new":
    case "link.delete":
      return checkLink(event.link, event.kind === "link.new", state);
    case "port.new":
      return checkPort(event.index, event.port, state);
    case "address.new":
    case "address.delete":
      return checkAddress(event.address, event.kind === "address.new", state);
    case "route.new":
    case "route.delete":
      return checkRoute(event.route, event.kind === "route.new", state);
    case "neighbour.new":
    case "neighbour.delete":
      return checkNeighbour(event.neighbour, event.kind === "neighbour.new", state);
    case "fdb.new":
    case "fdb.delete":
      return checkFdb(event.entry, event.kind === "fdb.new", state);
    case "nexthop.new":
    case "nexthop.delete":
      return checkNexthop(event.nexthop, event.kind === "nexthop.new", state);
    case "overrun":
      return { object: "overrun", agrees: false };
    default:
      return event satisfies never;
  }
}

/** Where a remote route of ours leads by this event: an id, or 0 when it is gone. */
export function remoteRouteEvent(
  event: MonitorEvent,
): { readonly prefix: Route["destination"]; readonly nexthop: number } | undefined {
  if (event.kind !== "route.new" && event.kind !== "route.delete") {
    return undefined;
  }
  const { destination, via, protocol, metric } = event.route;
  if (via.kind !== "nexthop" || protocol !== ROUTE_PROTOCOL || metric !== ROUTE_METRIC.remote) {
    return undefined;
  }
  return { prefix: destination, nexthop: event.kind === "route.new" ? via.id : 0 };
}

function checkLink(link: Link, isNew: boolean, state: VrfState): EventCheck | undefined {
  const known = [state.loopback, state.vxlan].find((device) => device?.index === link.index);
  const object = `link ${link.index}`;
  if (known !== undefined) {
    const isSame = known.name === link.name && isSameLink(known, link);
    return { object, agrees: isNew && isSame };
  }
  const host = state.hosts.get(link.name);
  if (host?.index !== link.index) {
    return undefined;
  }
  if (host.master !== link.master) {
    // A bridge silently forgets the MACs behind a port that leaves it.
    return { object, agrees: false };
  }
  const isSamePort = host.learning === (link.bridgePort?.learning === true);
  return { object, agrees: isNew && isSamePort && isSameLink(host, link), host: link.name };
}

function checkPort(
  link: number,
  { learning }: BridgePort,
  state: VrfState,
): EventCheck | undefined {
  const [host, end] = hostEnd(state, link);
  return host === undefined || end === undefined
    ? undefined
    : { object: `link ${link}`, agrees: learning === end.learning, host };
}

function isSameLink(
  known: Pick<Link, "up" | "mtu" | "mac" | "alias">,
  link: Pick<Link, "up" | "mtu" | "mac" | "alias">,
): boolean {
  return (
    known.up === link.up &&
    known.mtu === link.mtu &&
    known.mac === link.mac &&
    known.alias === link.alias
  );
}

function checkAddress(
  { link, address, length, scope }: Address,
  isNew: boolean,
  state: VrfState,
): EventCheck | undefined {
  const object = `address ${address} ${link}`;
  if (link === LOOPBACK_INDEX || link === vxlanIndex(state)) {
    const { addresses, deviceAddresses } = state.objects;
    const known = link === LOOPBACK_INDEX ? addresses : deviceAddresses;
    return isHostAddress(address, length) && scope === "universe"
      ? { object, agrees: isNew === known.has(address) }
      : undefined;
  }
  const [host, end] = address === WORKLOAD_GATEWAY_V6 ? hostEnd(state, link) : [];
  return end === undefined || host === undefined
    ? undefined
    : { object, agrees: isNew === end.hasGateway, host };
}

function checkRoute(
  { destination, via, protocol, metric }: Route,
  isNew: boolean,
  state: VrfState,
): EventCheck | undefined {
  if (protocol !== ROUTE_PROTOCOL) {
    return undefined;
  }
  if (via.kind === "unreachable" && metric === ROUTE_METRIC.aggregate) {
    const isKnown = state.objects.unreachable.has(destination);
    return { object: `aggregate ${destination}`, agrees: isNew === isKnown };
  }
  if (via.kind === "link" && metric === ROUTE_METRIC.endpoint) {
    const [host, end] = hostEnd(state, via.index);
    return end === undefined || host === undefined
      ? undefined
      : {
          object: `route ${destination} ${via.index}`,
          agrees: isNew === end.routes.has(destination),
          host,
        };
  }
  return undefined;
}

function checkNeighbour(
  { link, address, mac, state: reachability, protocol }: Neighbour,
  isNew: boolean,
  state: VrfState,
): EventCheck | undefined {
  const known = link === vxlanIndex(state) ? state.objects.neighbours.get(address) : undefined;
  if (known === undefined) {
    return undefined;
  }
  const isOurs = mac === known && reachability === "permanent" && protocol === ROUTE_PROTOCOL;
  return { object: `neighbour ${address}`, agrees: isNew && isOurs };
}

function checkFdb(
  { link, mac, destination, table }: FdbEntry,
  isNew: boolean,
  state: VrfState,
): EventCheck | undefined {
  const isOnDevice = link === vxlanIndex(state) && table === "self";
  const known = isOnDevice ? state.objects.forwarding.get(mac) : undefined;
  return known === undefined
    ? undefined
    : { object: `fdb ${mac}`, agrees: isNew && destination === known };
}

function checkNexthop(
  { id, via }: Nexthop,
  isNew: boolean,
  state: VrfState,
): EventCheck | undefined {
  const object = `nexthop ${id}`;
  const gateway = state.objects.gateways.get(id);
  if (gateway !== undefined) {
    const isSame =
      via.kind === "gateway" && via.address === gateway && via.link === vxlanIndex(state);
    return { object, agrees: isNew && isSame };
  }
  const group = state.objects.groups.get(id);
  if (group === undefined) {
    return undefined;
  }
  const isSame =
    via.kind === "group" &&
    via.members.length === group.length &&
    via.members.every((member) => group.includes(member.id));
  return { object, agrees: isNew && isSame };
}

function hostEnd(state: VrfState, index: number): readonly [name?: string, end?: HostEnd] {
  for (const [name, end] of state.hosts) {
    if (end.index === index) {
      return [name, end];
    }
  }
  return [];
}
