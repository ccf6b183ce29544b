/**
 * Collects from the events of a VRF's namespace what somebody else has changed. Does no I/O: marks
 * what has to be looked at in the next pass.
 */
import type { MonitorEvent } from "@selvedge/netlink";
import type { HostEnd } from "./endpoint-plan.ts";
import { checkEvent, remoteRouteEvent } from "./event-check.ts";
import type { RouteTable } from "./route-table.ts";
import type { VrfEndpoints } from "./vrf-endpoints.ts";
import type { VrfState } from "./vrf-state.ts";

/** Something that is not as it was left. */
interface Suspicion {
  readonly event: MonitorEvent;
  /** Name of the host end that the object belongs to; absent when it belongs to the VRF as a whole. */
  readonly host: string | undefined;
}

/** Foreign changes in the namespace of a VRF. */
export class VrfEvents {
  /** The last event about each object, if it disagrees with what is known. */
  readonly #suspicions = new Map<string, Suspicion>();

  /** Whether there is something to look at. */
  get hasWork(): boolean {
    return this.#suspicions.size > 0;
  }

  /** Takes an event. Returns whether it makes work. */
  observe(event: MonitorEvent, state: VrfState, routes: RouteTable): boolean {
    const remote = remoteRouteEvent(event);
    if (remote !== undefined) {
      routes.observe(remote.prefix, remote.nexthop);
      return !routes.settled;
    }
    const check = checkEvent(event, state);
    if (check === undefined) {
      return false;
    }
    if (check.agrees) {
      this.#suspicions.delete(check.object);
      return false;
    }
    this.#suspicions.set(check.object, { event, host: check.host });
    return true;
  }

  /**
   * Corrects what is known of endpoints and marks these. Returns the objects that are not as they were
   * left, the host ends that some of them belong to, and whether others belong to the VRF as a whole: then the
   * namespace has to be read.
   */
  settle(
    state: VrfState,
    endpoints: VrfEndpoints,
  ): {
    readonly objects: readonly string[];
    readonly hosts: readonly string[];
    readonly mustRead: boolean;
  } {
    const objects = [...this.#suspicions.keys()];
    const hosts = new Set<string>();
    let mustRead = false;
    for (const { event, host } of this.#suspicions.values()) {
      const end = host === undefined ? undefined : state.hosts.get(host);
      if (host === undefined) {
        mustRead = true;
      } else {
        hosts.add(`link ${host}`);
        if (event.kind === "link.delete") {
          state.hosts.delete(host);
        } else if (end !== undefined) {
          correctHostEnd(end, event);
        }
        endpoints.markHostEnd(host);
      }
    }
    this.#suspicions.clear();
    return { objects, hosts: [...hosts], mustRead };
  }

  /** Everything was read: older events mean nothing. */
  clear(): void {
    this.#suspicions.clear();
  }
}

function correctHostEnd(end: HostEnd, event: MonitorEvent): void {
  switch (event.kind) {
    case "link.new":
      end.up = event.link.up;
      end.mtu = event.link.mtu;
      end.mac = event.link.mac;
      end.alias = event.link.alias;
      end.learning = event.link.bridgePort?.learning === true;
      if (!end.up) {
        // With the device the kernel has silently taken its routes and its IPv6 addresses down.
        end.routes.clear();
        end.hasGateway = false;
      }
      break;
    case "port.new":
      end.learning = event.port.learning;
      break;
    case "address.new":
    case "address.delete":
      end.hasGateway = event.kind === "address.new";
      break;
    case "route.new":
      end.routes.add(event.route.destination);
      break;
    case "route.delete":
      end.routes.delete(event.route.destination);
      break;
    default:
      break;
  }
}
