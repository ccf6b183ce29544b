/**
 * The record of an owner: its addresses in one pool. Written in the same transaction as the blocks, it makes asking
 * again for the same owner safe from every host, and finds an owner's addresses without reading a pool. An Endpoint has
 * none: its spec, written in the same transaction too, says the same.
 */

import { type IpAddress, isIpAddress } from "@selvedge/net";
import { parseResourceKey } from "@selvedge/resources";
import { z } from "zod";
import { jsonOf } from "./stored-json.ts";

const ownerSchema = z
  .array(z.custom<IpAddress>((value) => typeof value === "string" && isIpAddress(value)))
  .min(1);

/** A JSON list of addresses. */
export function encodeOwner(addresses: readonly IpAddress[]): string {
  return JSON.stringify(addresses);
}

/** The addresses, or undefined for a value that is no such list. */
export function decodeOwner(text: string): readonly IpAddress[] | undefined {
  const parsed = ownerSchema.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : undefined;
}

/** Is the owner an Endpoint, "endpoints/red/web-1"? */
export function isEndpointOwner(owner: string): boolean {
  return parseResourceKey(owner)?.kind === "Endpoint";
}
