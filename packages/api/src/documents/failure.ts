/** A refused request, in the shape of the Kubernetes `Status` object. */
import { z } from "zod";

const failureReasons = [
  "BadRequest",
  "NotFound",
  "Conflict",
  "NotReady",
  "Unprocessable",
  "InternalError",
] as const;

export type FailureReason = (typeof failureReasons)[number];

export const failureSchema = z.object({
  kind: z.literal("Status"),
  status: z.literal("Failure"),
  reason: z.enum(failureReasons),
  message: z.string(),
  code: z.number(),
});

export type FailureDocument = z.infer<typeof failureSchema>;

/** HTTP status of each reason. */
export const FAILURE_STATUS: Readonly<Record<FailureReason, number>> = {
  BadRequest: 400,
  NotFound: 404,
  Conflict: 409,
  Unprocessable: 422,
  InternalError: 500,
  NotReady: 503,
};
