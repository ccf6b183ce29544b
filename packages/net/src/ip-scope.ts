/** What kind of address an address is (RFC 4291 section 2.4, the IANA special-purpose address registries). */

import { type IpAddress, writeIp } from "./ip-address.ts";

const scratch = new Uint8Array(16);

/** 169.254.0.0/16 (RFC 3927) or fe80::/10. */
export function isLinkLocal(ip: IpAddress): boolean {
  if (writeIp(ip, scratch, 0) === 4) return scratch[0] === 169 && scratch[1] === 254;
  return scratch[0] === 0xfe && ((scratch[1] ?? 0) & 0xc0) === 0x80;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(ip: IpAddress): boolean {
  return ip === "::1" || ip.startsWith("127.");
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(ip: IpAddress): boolean {
  if (writeIp(ip, scratch, 0) === 4) return ((scratch[0] ?? 0) & 0xf0) === 0xe0;
  return scratch[0] === 0xff;
}

/** 0.0.0.0 or ::. */
export function isUnspecified(ip: IpAddress): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

/**
 * May the address name one interface? Not so: unspecified, multicast, IPv4 "this network" (0.0.0.0/8), and IPv4
 * 240.0.0.0/4 with the limited broadcast. Loopback and link-local addresses are unicast.
 */
export function isUnicast(ip: IpAddress): boolean {
  if (isUnspecified(ip) || isMulticast(ip)) return false;
  if (ip.includes(":")) return true;
  writeIp(ip, scratch, 0);
  return scratch[0] !== 0 && (scratch[0] ?? 0) < 240;
}
