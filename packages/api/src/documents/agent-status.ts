/** Health of an agent: what each part says of itself. */
import { z } from "zod";

const partHealthSchema = z.object({
  part: z.enum(["datastore", "host", "bgp", "dataplane"]),
  ready: z.boolean(),
  message: z.string(),
});

export const agentStatusSchema = z.object({
  host: z.string(),
  version: z.string(),
  pid: z.number(),
  ready: z.boolean(),
  parts: z.array(partHealthSchema),
});

export type PartHealth = z.infer<typeof partHealthSchema>;
export type AgentStatus = z.infer<typeof agentStatusSchema>;
