/**
 * Tells whether an event of the kernel agrees with what is known of the bridge domains of a VRF. Pure.
 */
import type { FdbEntry, Link, MonitorEvent } from "@selvedge/netlink";
import { addressKey } from "../host-address.ts";
import { ROUTE_METRIC, ROUTE_PROTOCOL } from "../ownership.ts";
import { isSamePort } from "./bridge-devices.ts";
import { ANY_MAC } from "./bridge-objects.ts";
import { type BridgeState, bridgeDevices } from "./bridge-state.ts";

/** Whether the last event about `object` agrees with what is known. */
export interface BridgeEventCheck {
  /** Key of the object, the same for all events about it. */
  readonly object: string;
  readonly agrees: boolean;
}

/** `undefined` when the event is about nothing that is known of a bridge domain. */
export function checkBridgeEvent(
  event: MonitorEvent,
  states: Iterable<BridgeState>,
): BridgeEventCheck | undefined {
  for (const state of states) {
    const check = checkOne(event, state);
    if (check !== undefined) {
      return check;
    }
  }
  return undefined;
}

function checkOne(event: MonitorEvent, state: BridgeState): BridgeEventCheck | undefined {
  const { bridge, vxlan, objects } = state;
  switch (event.kind) {
    case "link.new":
    case "link.delete": {
      const { link } = event;
      const known = [bridge, vxlan].find((device) => device?.index === link.index);
      const agrees = event.kind === "link.new" && known !== undefined && isSameDevice(known, link);
      return known && { object: `link ${link.index}`, agrees };
    }
    case "port.new": {
      if (event.index !== vxlan?.index) {
        return undefined;
      }
      const agrees = isSamePort(vxlan.bridgePort, event.port);
      return { object: `link ${event.index}`, agrees };
    }
    case "address.new":
    case "address.delete": {
      const { link, address, length, scope } = event.address;
      if (link !== bridge?.index || scope !== "universe") {
        return undefined;
      }
      const isKnown = objects.addresses.has(addressKey({ address, length }));
      const agrees = isKnown === (event.kind === "address.new");
      return { object: `address ${address}/${length} ${link}`, agrees };
    }
    case "route.new":
    case "route.delete": {
      const { destination, via, protocol, metric } = event.route;
      const isOurs = protocol === ROUTE_PROTOCOL && metric === ROUTE_METRIC.endpoint;
      if (!isOurs || via.kind !== "link" || via.index !== bridge?.index) {
        return undefined;
      }
      const agrees = objects.routes.has(destination) === (event.kind === "route.new");
      return { object: `route ${destination} ${via.index}`, agrees };
    }
    case "neighbour.new":
    case "neighbour.delete": {
      const { link, address, mac, state: reachability, protocol } = event.neighbour;
      const known = link === bridge?.index ? objects.neighbours.get(address) : undefined;
      if (known === undefined) {
        return undefined;
      }
      const isOurs = mac === known && reachability === "permanent" && protocol === ROUTE_PROTOCOL;
      const agrees = isOurs && event.kind === "neighbour.new";
      return { object: `neighbour ${address} ${link}`, agrees };
    }
    case "fdb.new":
    case "fdb.delete":
      return checkFdb(event.entry, event.kind === "fdb.new", state);
    default:
      return undefined;
  }
}

function checkFdb(
  { link, mac, destination, table, externLearn }: FdbEntry,
  isNew: boolean,
  state: BridgeState,
): BridgeEventCheck | undefined {
  const { objects } = state;
  const devices = bridgeDevices(state);
  if (devices === undefined) {
    return undefined;
  }
  if (table === "master") {
    const known = objects.ports.get(mac);
    return known === undefined
      ? undefined
      : { object: `fdb ${mac} ${devices.bridge}`, agrees: isNew && link === known && externLearn };
  }
  if (link !== devices.vxlan || destination === undefined) {
    return undefined;
  }
  if (mac === ANY_MAC) {
    const isKnown = objects.flood.has(destination);
    return { object: `flood ${destination} ${link}`, agrees: isKnown === isNew };
  }
  const known = objects.vteps.get(mac);
  return known === undefined
    ? undefined
    : { object: `fdb ${mac} ${link}`, agrees: isNew && destination === known };
}

function isSameDevice(known: Link, link: Link): boolean {
  return (
    known.name === link.name &&
    known.up === link.up &&
    known.mtu === link.mtu &&
    known.mac === link.mac &&
    known.alias === link.alias &&
    known.master === link.master &&
    // Of a bridge, neither is a port.
    (link.bridgePort === undefined
      ? known.bridgePort === undefined
      : isSamePort(known.bridgePort, link.bridgePort))
  );
}
