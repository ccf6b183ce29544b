/** `show endpoints` as a document: the endpoints declared for this host and where they are attached. */
import { z } from "zod";

export const endpointStatusSchema = z.object({
  /** `tenant/endpoint`. */
  name: z.string(),
  vrf: z.string(),
  subnet: z.string(),
  addresses: z.array(z.string()),
  mac: z.string(),
  /** Declared: no workload yet. Attached: the kernel has it. Failed: see `reason`; what is wrong with an attached one is there too. */
  state: z.enum(["Declared", "Pending", "Attached", "Failed"]),
  reason: z.string().optional(),
  /** Device of the endpoint in the VRF's namespace. */
  hostInterface: z.string().optional(),
  workloadNamespace: z.string().optional(),
  workloadInterface: z.string().optional(),
  /** Packets that its guard has dropped; absent while it has none. */
  droppedPackets: z.number().optional(),
});

export const endpointListSchema = z.object({
  endpoints: z.array(endpointStatusSchema),
  /** Attached ahead: on another host still. */
  ahead: z.array(
    z.object({ name: z.string(), workloadNamespace: z.string(), workloadInterface: z.string() }),
  ),
});

export type EndpointStatusDocument = z.infer<typeof endpointStatusSchema>;
export type EndpointListDocument = z.infer<typeof endpointListSchema>;
