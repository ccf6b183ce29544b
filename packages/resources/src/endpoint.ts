/** An Endpoint: a workload's interface, its addresses, and the host that it is on. */

import { z } from "zod";
import { duplicateIndexes } from "./duplicates.ts";
import { apiVersionSchema, nameSchema, tenantMetadataSchema } from "./metadata.ts";
import { interfaceAddressSchema, interfaceMacSchema } from "./value-schema.ts";

const MOST_ADDRESSES = 64;

const addressesSchema = z
  .array(interfaceAddressSchema)
  .max(MOST_ADDRESSES, { abort: true })
  .superRefine((addresses, context) => {
    for (const index of duplicateIndexes(addresses)) {
      context.addIssue({
        code: "custom",
        path: [index],
        message: `${addresses[index]} is listed twice; remove one`,
      });
    }
  });

/** Schema of an Endpoint. */
export const endpointSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Endpoint"),
  metadata: tenantMetadataSchema,
  spec: z
    .strictObject({
      subnet: nameSchema.describe("the name of a Subnet of the same tenant"),
      host: nameSchema.describe("the name of a Host with the role vtep"),
      addresses: addressesSchema
        .default([])
        .describe(
          "a list of addresses such as [10.1.0.11]; absent: one of each family of the subnet",
        ),
      mac: interfaceMacSchema
        .optional()
        .describe("the MAC address of the interface, such as 02:00:0a:01:00:0b"),
    })
    .describe("subnet, host and addresses of the endpoint"),
});

/** A workload's interface. Moving it is changing `spec.host`. Without addresses, IPAM gives some when it is applied. */
export type Endpoint = z.infer<typeof endpointSchema>;
