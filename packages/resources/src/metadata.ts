/**
 * What every resource has: apiVersion, a name, labels, and a tenant where the kind belongs to one; and what the system
 * keeps about it, in the words of the Kubernetes API. The latter may stand in a manifest, so that what was read can be
 * applied again, and is not taken from there.
 */

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

/** As Kubernetes: all keys and values of the annotations together. */
const MAX_ANNOTATION_OCTETS = 256 * 1024;

const annotationsSchema = z
  .record(z.string(), z.string())
  .superRefine((annotations, context) => {
    for (const key of Object.keys(annotations)) {
      if (LABEL_KEY.test(key)) continue;
      const message = `"${key}" is not the key of an annotation; ${LABEL_RULE}`;
      context.addIssue({ code: "custom", path: [key], message });
    }
    const octets = new TextEncoder().encode(Object.entries(annotations).flat().join("")).length;
    if (octets > MAX_ANNOTATION_OCTETS) {
      const message = `annotations have ${octets} octets in UTF-8; use at most ${MAX_ANNOTATION_OCTETS}`;
      context.addIssue({ code: "custom", message });
    }
  })
  .describe("notes for people and programs, such as { owner: team-a }");

const FINALIZER =
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const finalizersSchema = z
  .array(
    z.string().regex(FINALIZER, {
      error: ({ input }) =>
        `"${input}" is not a finalizer; write DOMAIN/NAME, such as example.com/clean-up`,
    }),
  )
  .describe("who must be done before the resource is gone, such as example.com/clean-up");

const GIVEN = "given by the system";

const optionalFields = {
  labels: labelsSchema.optional(),
  annotations: annotationsSchema.optional(),
  finalizers: finalizersSchema.optional(),
  uid: z.string().optional().describe(GIVEN),
  resourceVersion: z.string().optional().describe(GIVEN),
  generation: z.int().min(0).optional().describe(`${GIVEN}: counts changes of the spec`),
  creationTimestamp: z.string().optional().describe(GIVEN),
  deletionTimestamp: z.string().optional().describe(`${GIVEN}: it goes once no finalizer is left`),
};

/** Metadata of a kind that belongs to no tenant. */
export const clusterMetadataSchema = z
  .strictObject({
    name: nameSchema.describe("the name of the resource"),
    ...optionalFields,
  })
  .describe("{ name: NAME }");

/** Metadata of a kind that belongs to a tenant. */
export const tenantMetadataSchema = z
  .strictObject({
    name: nameSchema.describe("the name of the resource"),
    namespace: nameSchema.describe("the name of the tenant that the resource belongs to"),
    ...optionalFields,
  })
  .describe("{ name: NAME, namespace: TENANT }");
