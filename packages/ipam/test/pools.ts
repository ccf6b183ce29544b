/** Pools for tests. */
import { type IpAddress, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { parseAddressRange } from "../src/address-range.ts";
import type { Pool } from "../src/pool.ts";

interface PoolText {
  readonly tenant?: string;
  readonly cidrs: readonly string[];
  readonly gateway?: readonly string[];
  readonly reserved?: readonly string[];
  readonly excluded?: readonly string[];
  readonly blockLength?: Partial<Pool["blockLength"]>;
}

/** The pool red/web, or that of another tenant. */
export function pool(text: PoolText): Pool {
  return {
    tenant: text.tenant ?? "red",
    subnet: "web",
    cidrs: text.cidrs.map(parseIpPrefix),
    gateway: (text.gateway ?? []).map(parseIpAddress),
    reserved: (text.reserved ?? []).map(parseAddressRange),
    excluded: (text.excluded ?? []).map(parseAddressRange),
    blockLength: { 4: 26, 6: 122, ...text.blockLength },
  };
}

/** Addresses from their texts. */
export function ips(...texts: readonly string[]): IpAddress[] {
  return texts.map(parseIpAddress);
}
