/** A Tenant: the owner of VRFs, and the namespace of everything in them. */

import { z } from "zod";
import { apiVersionSchema, clusterMetadataSchema } from "./metadata.ts";

/** Schema of a Tenant. */
export const tenantSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Tenant"),
  metadata: clusterMetadataSchema,
  spec: z.strictObject({}).default({}).describe("{}"),
});

/** The owner of VRFs, and the namespace of everything in them. */
export type Tenant = z.infer<typeof tenantSchema>;
