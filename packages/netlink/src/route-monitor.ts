/**
 * Tells of changes of kernel state in one namespace, whoever made them (rtnetlink multicast groups).
 *
 * Loss is normal: when changes come faster than they are read, the kernel drops events and says so
 * once. The monitor then reports an overrun, and its owner dumps and compares.
 *
 * Does not: merge events, or report what existed before it was opened.
 */
import { type Address, decodeAddress } from "./address.ts";
import { type BridgePortChange, decodeBridgePort } from "./bridge-port.ts";
import { EventSocket } from "./event-socket.ts";
import { decodeFdbEntry, type FdbEntry } from "./fdb.ts";
import { decodeLink, type Link } from "./link.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { decodeNeighbour, type Neighbour } from "./neighbour.ts";
import { decodeNexthop, type Nexthop } from "./nexthop.ts";
import { decodeRoute, type Route } from "./route.ts";
import type { MessageReader } from "./wire/message-reader.ts";
import {
  AF_BRIDGE,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELNEIGH,
  RTM_DELNEXTHOP,
  RTM_DELROUTE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWNEXTHOP,
  RTM_NEWROUTE,
} from "./wire/protocol.ts";

const RECEIVE_BUFFER = 8 * 1024 * 1024;

/** What to listen to; "neighbour" includes FDB entries. */
export type MonitorGroup = "link" | "address" | "route" | "neighbour" | "nexthop";

/** RTNLGRP_* of linux/rtnetlink.h, of both families. */
const GROUPS = {
  link: [1],
  address: [5, 9],
  route: [7, 11],
  neighbour: [3],
  nexthop: [32],
} as const satisfies Record<MonitorGroup, readonly number[]>;

/** A change of kernel state. */
export type MonitorEvent =
  | { readonly kind: "link.new" | "link.delete"; readonly link: Link }
  /** Somebody may have changed what a device does as a port of a bridge. */
  | ({ readonly kind: "port.new" } & BridgePortChange)
  | { readonly kind: "address.new" | "address.delete"; readonly address: Address }
  | { readonly kind: "route.new" | "route.delete"; readonly route: Route }
  | { readonly kind: "neighbour.new" | "neighbour.delete"; readonly neighbour: Neighbour }
  | { readonly kind: "fdb.new" | "fdb.delete"; readonly entry: FdbEntry }
  | { readonly kind: "nexthop.new" | "nexthop.delete"; readonly nexthop: Nexthop }
  /**
   * Events were lost (or not understood), up to this moment: dump and compare. Those that the kernel
   * had kept are left out, so that no event from before the dump comes after it.
   */
  | { readonly kind: "overrun" };

/** How to listen. */
export interface MonitorOptions {
  /** Octets of events that may wait to be read; default 8 MiB, which is about 13,000 routes. */
  readonly receiveBuffer?: number;
}

/** A running monitor; keeps the process alive and the namespace held until closed. */
export class RouteMonitor implements Disposable {
  readonly #events: EventSocket<MonitorEvent>;

  private constructor(events: EventSocket<MonitorEvent>) {
    this.#events = events;
  }

  /**
   * Starts to listen in `namespace`; everything from now on is reported to `onEvent`, from the event
   * loop, never during the call. What `onEvent` throws becomes an uncaught exception.
   *
   * Equivalent to: `ip monitor link address route neigh nexthop`
   */
  static open(
    namespace: NetworkNamespace,
    groups: readonly MonitorGroup[],
    onEvent: (event: MonitorEvent) => void,
    options: MonitorOptions = {},
  ): RouteMonitor {
    const events = EventSocket.open(
      namespace,
      {
        protocol: "route",
        receiveBuffer: options.receiveBuffer ?? RECEIVE_BUFFER,
        groups: groups.flatMap((group) => GROUPS[group]),
      },
      {
        decode: decodeEvents,
        onEvent,
        onOverrun: () => onEvent({ kind: "overrun" }),
      },
    );
    return new RouteMonitor(events);
  }

  /** No event comes after this. May be called twice. */
  close(): void {
    this.#events.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The events of a datagram. Throws MalformedMessage. */
export function decodeEvents(message: MessageReader): MonitorEvent[] {
  const events: MonitorEvent[] = [];
  while (message.next()) {
    const event = decodeEvent(message);
    if (event !== undefined) {
      events.push(event);
    }
  }
  return events;
}

function decodeEvent(message: MessageReader): MonitorEvent | undefined {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const link = decodeLink(message);
      if (link === undefined) {
        const port = message.type === RTM_NEWLINK ? decodeBridgePort(message) : undefined;
        return port && { kind: "port.new", ...port };
      }
      return { kind: message.type === RTM_NEWLINK ? "link.new" : "link.delete", link };
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const address = decodeAddress(message);
      const kind = message.type === RTM_NEWADDR ? "address.new" : "address.delete";
      return address && { kind, address };
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const route = decodeRoute(message);
      const kind = message.type === RTM_NEWROUTE ? "route.new" : "route.delete";
      return route && { kind, route };
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      return decodeNeighbourEvent(message);
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP: {
      const kind = message.type === RTM_NEWNEXTHOP ? "nexthop.new" : "nexthop.delete";
      return { kind, nexthop: decodeNexthop(message) };
    }
    default:
      return undefined;
  }
}

/** ARP and ND entries and FDB entries share their message types. */
function decodeNeighbourEvent(message: MessageReader): MonitorEvent | undefined {
  const isNew = message.type === RTM_NEWNEIGH;
  if (message.u8(0) === AF_BRIDGE) {
    const entry = decodeFdbEntry(message);
    return entry && { kind: isNew ? "fdb.new" : "fdb.delete", entry };
  }
  const neighbour = decodeNeighbour(message);
  return neighbour && { kind: isNew ? "neighbour.new" : "neighbour.delete", neighbour };
}
