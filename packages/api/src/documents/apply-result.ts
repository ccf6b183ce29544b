/** What became of resources that were applied together. */
import { z } from "zod";

export const appliedItemSchema = z.object({
  /** `deleted`: the last finalizer of one that was about to go was taken away. */
  result: z.enum(["created", "configured", "unchanged", "deleted"]),
  /** The resource as it is now; of one that is gone, as it was last. */
  object: z.unknown(),
});

/** In the order of the list that was sent. */
export const applyResultSchema = z.object({
  kind: z.literal("ApplyResult"),
  items: z.array(appliedItemSchema),
});

export type AppliedResult = z.infer<typeof appliedItemSchema>["result"];
