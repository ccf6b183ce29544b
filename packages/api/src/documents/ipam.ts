/** What is told of addresses: how much is used, who has one, what is wrong. */
import { parseIpAddress } from "@selvedge/net";
import { z } from "zod";
import { netValue } from "./net-value.ts";

/** Of which pools; without `subnet` all of the tenant's, without both all. */
export const ipamSelectionSchema = z.strictObject({
  tenant: z.string().optional(),
  subnet: z.string().optional(),
});

export type IpamSelection = z.infer<typeof ipamSelectionSchema>;

/** Who has this one. */
export const addressQuerySchema = ipamSelectionSchema.extend({
  address: netValue(parseIpAddress),
});

/** One address of one subnet. */
export const addressPlaceSchema = z.object({
  tenant: z.string(),
  subnet: z.string(),
  address: netValue(parseIpAddress),
});

/** A family of a subnet. Counts of an IPv6 pool are more than a number of JSON holds: these are decimal text. */
export const poolDocumentSchema = z.object({
  tenant: z.string(),
  subnet: z.string(),
  family: z.enum(["ipv4", "ipv6"]),
  cidrs: z.array(z.string()),
  size: z.string(),
  given: z.number(),
  reserved: z.string(),
  cooling: z.number(),
  free: z.string(),
  blocks: z.number(),
  borrowed: z.number(),
});

export type PoolDocument = z.infer<typeof poolDocumentSchema>;

export const blockDocumentSchema = z.object({
  tenant: z.string(),
  subnet: z.string(),
  block: z.string(),
  /** Null for one that is no host's. */
  host: z.string().nullable(),
  size: z.number(),
  given: z.number(),
  reserved: z.number(),
  cooling: z.number(),
  free: z.number(),
  borrowed: z.number(),
});

export type BlockDocument = z.infer<typeof blockDocumentSchema>;

/** An address and who has it. */
export const addressDocumentSchema = z.object({
  tenant: z.string(),
  subnet: z.string(),
  address: z.string(),
  owner: z.string(),
  host: z.string(),
  /** RFC 3339. */
  since: z.string(),
  reason: z.string(),
  mac: z.string().nullable(),
  block: z.string(),
  blockHost: z.string().nullable(),
});

export type AddressDocument = z.infer<typeof addressDocumentSchema>;

/** What is wrong, and what became of it where it was to be repaired; each kind has fields of its own besides. */
export const findingDocumentSchema = z.looseObject({
  kind: z.string(),
  message: z.string(),
  /** Of findings about an address that is given, or should be. */
  pool: z.object({ tenant: z.string(), subnet: z.string() }).optional(),
  address: z.string().optional(),
  owner: z.string().optional(),
  /** Of what cannot be read. */
  key: z.string().optional(),
  outcome: z.enum(["repaired", "changed", "manual"]).optional(),
});

export type FindingDocument = z.infer<typeof findingDocumentSchema>;

export const poolListSchema = z.object({ pools: z.array(poolDocumentSchema) });
export const blockListSchema = z.object({ blocks: z.array(blockDocumentSchema) });
export const addressListSchema = z.object({ addresses: z.array(addressDocumentSchema) });
export const findingListSchema = z.object({
  findings: z.array(findingDocumentSchema),
  /** Hosts with endpoints that do not say what their kernels have, so that they could not be compared. */
  silentHosts: z.array(z.string()),
});

export type PoolListDocument = z.infer<typeof poolListSchema>;
export type BlockListDocument = z.infer<typeof blockListSchema>;
export type AddressListDocument = z.infer<typeof addressListSchema>;
export type FindingListDocument = z.infer<typeof findingListSchema>;
