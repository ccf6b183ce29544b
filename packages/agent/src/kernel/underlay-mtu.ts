/** The MTU that VXLAN packets of a VTEP must fit into. */
import type { IpAddress } from "@selvedge/net";
import { RouteSocket } from "@selvedge/netlink";

/** Used when no device of the underlay is up yet. */
const ETHERNET_MTU = 1500;

/**
 * The smallest MTU, in octets, of the devices that lead into the underlay: the one that has the VTEP's
 * address, or, where that is on the loopback device, every one that is up and has an address.
 */
export function underlayMtu(vtep: IpAddress): number {
  using socket = RouteSocket.open();
  const links = new Map(socket.links().map((link) => [link.index, link]));
  const addresses = socket.addresses();
  const isLoopback = (index: number): boolean => links.get(index)?.name === "lo";
  const owner = addresses.find(({ address, link }) => address === vtep && !isLoopback(link));
  const candidates =
    owner === undefined
      ? addresses.filter(({ link }) => !isLoopback(link) && links.get(link)?.up === true)
      : [owner];
  const mtus = candidates.flatMap(({ link }) => links.get(link)?.mtu ?? []);
  return mtus.length === 0 ? ETHERNET_MTU : Math.min(...mtus);
}
