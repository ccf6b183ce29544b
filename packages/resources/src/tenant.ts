/** A Tenant: the owner of VRFs, and the namespace of everything in them. */

import { z } from "zod";
import { apiVersionSchema, clusterMetadataSchema } from "./metadata.ts";
import { vniSchema } from "./value-schema.ts";

const vniRangeSchema = z
  .strictObject({
    first: vniSchema.describe("the lowest VNI"),
    last: vniSchema.describe("the highest VNI"),
  })
  .refine(({ first, last }) => first <= last, {
    path: ["last"],
    error: "is below first; write a VNI from first on",
  });

/** Schema of a Tenant. */
export const tenantSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Tenant"),
  metadata: clusterMetadataSchema,
  spec: z
    .strictObject({
      vniRange: vniRangeSchema
        .optional()
        .describe(
          "{ first: 7000, last: 7099 }, the VNIs that Vrfs and bridged Subnets of the tenant get, and no other tenant's unless they are written; absent: those from 5000 on that are in no tenant's range",
        ),
    })
    .default({})
    .describe("{}, or vniRange"),
});

/** The owner of VRFs, and the namespace of everything in them. */
export type Tenant = z.infer<typeof tenantSchema>;
