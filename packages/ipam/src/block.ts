/** A block as it is stored: whose it is, which of its addresses are given, and when others were released. */

import { isMacAddress, type MacAddress } from "@selvedge/net";
import { z } from "zod";

/** Who has an address, since when, and why. */
export interface Allocation {
  /** An Endpoint's key ("endpoints/red/web-1"), or what else a user of the library says. */
  readonly owner: string;
  /** The host that it is used on. Another one than the block's: the address is borrowed. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly reason: string;
  readonly mac?: MacAddress;
}

/** Addresses by ordinal: 0 is the first address of the block. */
export interface Block {
  /** The host that takes addresses of it first. */
  readonly host?: string;
  readonly allocations: ReadonlyMap<number, Allocation>;
  /** When addresses were released (milliseconds since 1970) that are not given again. */
  readonly released: ReadonlyMap<number, number>;
}

/** What a stored block says, or why it cannot be read. */
export type DecodedBlock =
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "unreadable"; readonly reason: string };

const timeSchema = z.int().min(0);

const ordinalSchema = z.string().regex(/^(0|[1-9]\d{0,3})$/);

const allocationSchema = z.strictObject({
  owner: z.string().min(1),
  host: z.string().min(1),
  time: timeSchema,
  reason: z.string(),
  mac: z.exactOptional(
    z.custom<MacAddress>((value) => typeof value === "string" && isMacAddress(value)),
  ),
});

const blockSchema = z.strictObject({
  host: z.string().min(1).optional(),
  allocations: z.record(ordinalSchema, allocationSchema).default({}),
  released: z.record(ordinalSchema, timeSchema).default({}),
});

/** A block of nobody without allocations. */
export const EMPTY_BLOCK: Block = { allocations: new Map(), released: new Map() };

/** The block once an address of it is given, or its allocation is changed. */
export function withAllocation(block: Block, ordinal: number, allocation: Allocation): Block {
  const released = new Map(block.released);
  released.delete(ordinal);
  return { ...block, allocations: new Map(block.allocations).set(ordinal, allocation), released };
}

/** The block once an address of it is released. */
export function withoutAllocation(block: Block, ordinal: number, now: number): Block {
  const allocations = new Map(block.allocations);
  allocations.delete(ordinal);
  return { ...block, allocations, released: new Map(block.released).set(ordinal, now) };
}

/** JSON of a block; what is empty is left out. */
export function encodeBlock({ host, allocations, released }: Block): string {
  return JSON.stringify({
    host,
    allocations: allocations.size === 0 ? undefined : Object.fromEntries(allocations),
    released: released.size === 0 ? undefined : Object.fromEntries(released),
  });
}

/** Unknown fields make it unreadable: a newer version wrote it, and writing it back would lose them. */
export function decodeBlock(text: string): DecodedBlock {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "unreadable", reason: error.message };
  }
  const parsed = blockSchema.safeParse(json);
  if (!parsed.success) return { kind: "unreadable", reason: z.prettifyError(parsed.error) };
  const { host, allocations, released } = parsed.data;
  const both = Object.keys(released).find((ordinal) => ordinal in allocations);
  if (both !== undefined) {
    return { kind: "unreadable", reason: `ordinal ${both} is given and released` };
  }
  const block = { allocations: byOrdinal(allocations), released: byOrdinal(released) };
  return { kind: "block", block: host === undefined ? block : { ...block, host } };
}

function byOrdinal<T>(record: Readonly<Record<string, T>>): Map<number, T> {
  return new Map(Object.entries(record).map(([ordinal, value]) => [Number(ordinal), value]));
}
