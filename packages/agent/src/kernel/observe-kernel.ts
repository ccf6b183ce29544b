/**
 * The addresses that the kernel delivers to workloads of a VRF, read from its namespace: host routes to a device, whoever
 * made them. Does not: trust what the dataplane believes; this is what that is compared with.
 */

import type { Observation } from "@selvedge/ipam";
import { type IpAddress, ipFamily, prefixAddress, prefixLength } from "@selvedge/net";
import { NetlinkError, NetworkNamespace, type Route, RouteSocket } from "@selvedge/netlink";
import type { Dataplane } from "@selvedge/vxlan-dataplane";

/** rtm_protocol of routes that the kernel makes for addresses of its own devices. */
const RTPROT_KERNEL = 2;

/** What the kernel has of each VRF, and what it lacks of attached endpoints. Reads a VRF's routes as a whole. */
export function observeKernel(dataplane: Pick<Dataplane, "vrfs" | "endpoints">): Observation {
  const wired = new Map<string, readonly IpAddress[]>();
  for (const { name, namespace } of dataplane.vrfs()) wired.set(name, wiredAddresses(namespace));
  const known = new Map([...wired].map(([vrf, addresses]) => [vrf, new Set(addresses)]));
  const unwired = new Map<string, IpAddress[]>();
  for (const { vrf, addresses } of dataplane.endpoints()) {
    const lacking = addresses.filter((address) => known.get(vrf)?.has(address) !== true);
    unwired.set(vrf, [...(unwired.get(vrf) ?? []), ...lacking]);
  }
  return { wired, unwired };
}

/** Of the namespace of that name; none when there is no such namespace. */
export function wiredAddresses(namespaceName: string): IpAddress[] {
  try {
    using namespace = NetworkNamespace.open(namespaceName);
    using socket = RouteSocket.open(namespace);
    return socket.routes().flatMap((route) => (isToWorkload(route) ? hostOf(route) : []));
  } catch (error) {
    if (error instanceof NetlinkError && error.code === "ENOENT") return [];
    throw error;
  }
}

function isToWorkload({ via, protocol }: Route): boolean {
  return via.kind === "link" && protocol !== RTPROT_KERNEL;
}

function hostOf({ destination }: Route): IpAddress[] {
  const address = prefixAddress(destination);
  const isHost = prefixLength(destination) === (ipFamily(address) === 4 ? 32 : 128);
  return isHost ? [address] : [];
}
