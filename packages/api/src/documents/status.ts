/** `kind: Status` of the Kubernetes API: what is answered where no resource is. */
import { z } from "zod";

/** One of the reasons for a refusal, as far as it is about a field. */
export const statusCauseSchema = z.object({
  reason: z.string().default(""),
  message: z.string().default(""),
  /** Such as `spec.cidrs[0]`; empty for the resource as a whole. */
  field: z.string().default(""),
});

export type StatusCause = z.infer<typeof statusCauseSchema>;

/** Which resource it is about. */
export const statusDetailsSchema = z.object({
  name: z.string().optional(),
  group: z.string().optional(),
  kind: z.string().optional(),
  uid: z.string().optional(),
  causes: z.array(statusCauseSchema).optional(),
  retryAfterSeconds: z.number().optional(),
});

export type StatusDetails = z.infer<typeof statusDetailsSchema>;

export const statusSchema = z.object({
  kind: z.literal("Status"),
  status: z.enum(["Success", "Failure"]),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: statusDetailsSchema.optional(),
  code: z.number().optional(),
});

export type StatusDocument = z.infer<typeof statusSchema>;
