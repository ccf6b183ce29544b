/**
 * A VXLAN device sends from one address, and so to VTEPs with addresses of that family only. Pure.
 */
import { type IpAddress, ipFamily } from "@selvedge/net";

/** Whether packets of the VTEP `local` can be sent to another VTEP. */
export function isReachable(local: IpAddress, vtep: IpAddress): boolean {
  return ipFamily(local) === ipFamily(vtep);
}

/** What is wrong with the VTEPs that cannot be reached from `local`, by VTEP. */
export function* unreachableVteps(
  local: IpAddress,
  vteps: Iterable<IpAddress>,
): Generator<readonly [vtep: IpAddress, message: string]> {
  for (const vtep of vteps) {
    if (!isReachable(local, vtep)) {
      yield [
        vtep,
        `nothing can be sent to VTEP ${vtep} from ${local}, the VTEP of this host: one address is IPv4, the other IPv6`,
      ];
    }
  }
}
