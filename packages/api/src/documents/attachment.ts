/** What `selvedge attach` sends and gets back. */
import { z } from "zod";
import { endpointStatusSchema } from "./endpoint-status.ts";

/**
 * IFNAMSIZ of linux/if.h less the closing zero; the kernel refuses `/`, `:` and blanks in names, and
 * makes another name of one with `%d`.
 */
const interfaceName = z
  .string()
  .regex(/^[^\s/:%]{1,15}$/, "an interface name has 1 to 15 characters, without blanks, /, : or %");

export const attachRequestSchema = z.strictObject({
  /** `tenant/endpoint`. */
  endpoint: z
    .string()
    .regex(/^[^/\s]+\/[^/\s]+$/, "name the endpoint as TENANT/NAME, such as red/web-1"),
  /** Name below /run/netns, or an absolute path such as /proc/4711/ns/net. */
  namespace: z.string().min(1, "name the network namespace of the workload, or its path"),
  interface: interfaceName.default("eth0"),
});

/** As the body of a request; `ahead`: the endpoint may be declared for another host still. */
export const attachBodySchema = attachRequestSchema.extend({ ahead: z.boolean().default(false) });

export const attachResponseSchema = z.object({
  endpoint: endpointStatusSchema,
  elapsedMilliseconds: z.number(),
});

export type AttachRequest = z.infer<typeof attachRequestSchema>;
export type AttachResponse = z.infer<typeof attachResponseSchema>;
