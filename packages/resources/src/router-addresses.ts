/** The address that a host has as a router inside every VRF, so that its ICMP errors have a source of their own. */

import {
  type IpAddress,
  type IpPrefix,
  ipFromBytes,
  prefixBytes,
  prefixFamily,
} from "@selvedge/net";
import type { Host } from "./host.ts";
import { ROUTER_ADDRESS_RANGES } from "./router-address-ranges.ts";

/**
 * One IPv4 and one IPv6 address, unique to the host: `status.id` counted from the start of each range. Empty for a host
 * that was not admitted.
 */
export function routerAddresses(host: Host): IpAddress[] {
  const id = host.status?.id;
  return id === undefined ? [] : ROUTER_ADDRESS_RANGES.map((range) => addressIn(range, id));
}

/** `id` has at most 22 bits, and the low 22 bits of both ranges are zero. */
function addressIn(range: IpPrefix, id: number): IpAddress {
  const bytes = prefixBytes(range);
  const view = new DataView(bytes.buffer);
  const lowest = bytes.length - 4;
  view.setUint32(lowest, view.getUint32(lowest) + id);
  return ipFromBytes(bytes, 0, prefixFamily(range));
}
