/** What every resource has: apiVersion, a name, labels, and a tenant where the kind belongs to one. */

import { z } from "zod";

/** The one version of the resources. */
export const API_VERSION = "selvedge.dev/v1alpha1";

/** The `apiVersion` field. */
export const apiVersionSchema: z.ZodLiteral<typeof API_VERSION> = z
  .literal(API_VERSION)
  .describe(API_VERSION);

/** A DNS-1123 label: names of resources become parts of interface names, file names and keys. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A resource's name, or a reference to one. */
export const nameSchema: z.ZodString = z.string().regex(DNS_LABEL, {
  error: (issue) =>
    `"${issue.input}" is not a name; use at most 63 lower-case letters, digits and hyphens, with a letter or digit first and last`,
});

const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_RULE =
  "use at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit first and last";

const labelsSchema = z
  .record(z.string(), z.string())
  .superRefine((labels, context) => {
    for (const [key, value] of Object.entries(labels)) {
      if (!LABEL_KEY.test(key)) {
        context.addIssue({
          code: "custom",
          path: [key],
          message: `"${key}" is not the key of a label; ${LABEL_RULE}`,
        });
      }
      if (!LABEL_VALUE.test(value)) {
        context.addIssue({
          code: "custom",
          path: [key],
          message: `"${value}" is not the value of a label; ${LABEL_RULE}`,
        });
      }
    }
  })
  .describe("labels such as { role: web }");

/** Metadata of a kind that belongs to no tenant. */
export const clusterMetadataSchema = z
  .strictObject({
    name: nameSchema.describe("the name of the resource"),
    labels: labelsSchema.optional(),
  })
  .describe("{ name: NAME }");

/** Metadata of a kind that belongs to a tenant. */
export const tenantMetadataSchema = z
  .strictObject({
    name: nameSchema.describe("the name of the resource"),
    namespace: nameSchema.describe("the name of the tenant that the resource belongs to"),
    labels: labelsSchema.optional(),
  })
  .describe("{ name: NAME, namespace: TENANT }");
