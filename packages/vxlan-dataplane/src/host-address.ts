/**
 * Addresses of devices: with the length of a host prefix everywhere but in bridged subnets.
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

/** An address of a device. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  /** Of its prefix. */
  readonly length: number;
}

/** The same for two that are the same. */
export function addressKey({ address, length }: InterfaceAddress): string {
  return `${address}/${length}`;
}
