/** A Host: a machine that runs the agent, as VTEP for endpoints, as BGP route reflector, or as both. */

import { z } from "zod";
import { duplicateIndexes } from "./duplicates.ts";
import { apiVersionSchema, clusterMetadataSchema } from "./metadata.ts";
import { asnSchema, interfaceAddressSchema, routerIdSchema } from "./value-schema.ts";

/** Router addresses are numbered within 100.64.0.0/10, so that is how many hosts there can be. */
export const MAX_HOST_ID = 2 ** 22 - 2;

const hostSpecSchema = z
  .strictObject({
    address: interfaceAddressSchema.describe("the underlay address of the host's BGP sessions"),
    asn: asnSchema.describe("the AS number of the host, such as 65000"),
    routerId: routerIdSchema.describe("the BGP identifier of the host, such as 10.0.0.1"),
    roles: z
      .array(z.enum(["vtep", "reflector"]))
      .min(1)
      .default(["vtep"])
      .describe("a list of vtep and reflector"),
    vtep: interfaceAddressSchema
      .optional()
      .describe(
        "the address of the VXLAN tunnels' end, of the family that all hosts have; absent: the same as address",
      ),
  })
  .superRefine((spec, context) => {
    for (const index of duplicateIndexes(spec.roles)) {
      context.addIssue({
        code: "custom",
        path: ["roles", index],
        message: `the role ${spec.roles[index]} is listed twice; remove one`,
      });
    }
    const isVtep = spec.roles.includes("vtep");
    if (!isVtep && spec.vtep !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["vtep"],
        message: "only a host with the role vtep has one; remove the field or add the role",
      });
    }
  })
  .transform((spec) =>
    spec.roles.includes("vtep") ? { ...spec, vtep: spec.vtep ?? spec.address } : spec,
  );

/** Schema of a Host. `spec.vtep` is filled in for a host with the role vtep. */
export const hostSchema = z.strictObject({
  apiVersion: apiVersionSchema,
  kind: z.literal("Host"),
  metadata: clusterMetadataSchema,
  spec: hostSpecSchema.describe("address, asn and routerId of the host"),
  status: z
    .strictObject({ id: z.int().min(1).max(MAX_HOST_ID) })
    .optional()
    .describe("given by admission"),
});

/** A machine that runs the agent. `status.id` is unique among the hosts and is given by admission. */
export type Host = z.infer<typeof hostSchema>;
