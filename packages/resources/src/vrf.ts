/** A Vrf: one routing domain of a tenant. Addresses of two VRFs never meet, also where they are equal. */

import { z } from "zod";
import { duplicateIndexes } from "./duplicates.ts";
import { apiVersionSchema, tenantMetadataSchema } from "./metadata.ts";
import { importTargetSchema, routeTargetSchema, vniSchema } from "./value-schema.ts";

/** The number of a VRF or a bridged subnet is the last two octets of its route distinguishers (RFC 4364 type 1). */
export const MAX_VRF_ID = 65_535;

const exportsSchema = z.array(routeTargetSchema).min(1).superRefine(refuseDuplicates);
const importsSchema = z.array(importTargetSchema).min(1).superRefine(refuseDuplicates);

function refuseDuplicates(targets: readonly string[], context: z.RefinementCtx): void {
  for (const index of duplicateIndexes(targets)) {
    const message = `${targets[index]} is listed twice; remove one`;
    context.addIssue({ code: "custom", path: [index], message });
  }
}

/** Schema of a Vrf. */
export const vrfSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Vrf"),
  metadata: tenantMetadataSchema,
  spec: z
    .strictObject({
      l3vni: vniSchema
        .optional()
        .describe(
          "the VNI of the VRF, unique over all tenants; absent: the lowest free one of the tenant's range",
        ),
      routeTargets: z
        .strictObject({
          import: importsSchema
            .optional()
            .describe(
              "route targets whose routes are imported, *:VNI for those of any AS; absent: the automatic one",
            ),
          export: exportsSchema
            .optional()
            .describe("route targets that routes carry; absent: the automatic one"),
        })
        .optional()
        .describe("{ import: [65000:5001], export: [65000:5001] }"),
    })
    .prefault({})
    .describe("{}, or l3vni and routeTargets"),
  status: z
    .strictObject({ id: z.int().min(1).max(MAX_VRF_ID) })
    .optional()
    .describe("given by admission"),
});

/**
 * One routing domain of a tenant. `spec.l3vni` is there once it is admitted; `status.id` is unique among the VRFs and
 * bridged subnets of all tenants and is given by admission.
 */
export type Vrf = z.infer<typeof vrfSchema>;
