/**
 * Addresses with the length of a host prefix, the only ones that this package gives to devices.
 */
import { type IpAddress, ipFamily } from "@selvedge/net";

/** 32 or 128. */
export function hostLength(address: IpAddress): number {
  return ipFamily(address) === 4 ? 32 : 128;
}

/** Whether an address of a device stands for itself alone. */
export function isHostAddress(address: IpAddress, length: number): boolean {
  return length === hostLength(address);
}
