/**
 * struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)). The scope of a link-local address is not written: a socket that
 * needs one is bound to its device.
 */
import { type IpAddress, ipFamily, ipFromBytes, writeIp } from "@selvedge/net";

/** AF_INET of sys/socket.h. */
export const AF_INET = 2;
/** AF_INET6 of sys/socket.h. */
export const AF_INET6 = 10;
/** Octets that hold an address of either family. */
export const SOCKET_ADDRESS_LENGTH = 28;

const ADDRESS_IN_INET = 4;
const ADDRESS_IN_INET6 = 8;
const INET_LENGTH = 16;

/** The octets of an address and a port, as bind(2) takes them. */
export function encodeSocketAddress(address: IpAddress, port: number): Uint8Array {
  const isIpv4 = ipFamily(address) === 4;
  const bytes = new Uint8Array(isIpv4 ? INET_LENGTH : SOCKET_ADDRESS_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  writeIp(address, bytes, isIpv4 ? ADDRESS_IN_INET : ADDRESS_IN_INET6);
  return bytes;
}

/** The address and the port in what accept(2) has written; a scope is dropped. */
export function decodeSocketAddress(bytes: Uint8Array): {
  readonly address: IpAddress;
  readonly port: number;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isIpv4 = view.getUint16(0, true) === AF_INET;
  const address = isIpv4
    ? ipFromBytes(bytes, ADDRESS_IN_INET, 4)
    : ipFromBytes(bytes, ADDRESS_IN_INET6, 6);
  return { address, port: view.getUint16(2) };
}
