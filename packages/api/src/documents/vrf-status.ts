/** `show vrf` as a document: the VRFs that this host carries, as declared and as the kernel has them. */
import { z } from "zod";

const vrfStatusSchema = z.object({
  /** `tenant/vrf`. */
  name: z.string(),
  /** Name of the network namespace, as `ip netns exec` takes it. */
  namespace: z.string(),
  vni: z.number(),
  vxlanInterface: z.string(),
  vtepIp: z.string(),
  routerMac: z.string(),
  routerAddresses: z.array(z.string()),
  rd: z.string(),
  importRts: z.array(z.string()),
  exportRts: z.array(z.string()),
  state: z.enum(["Up", "Pending", "Failed"]),
  /** Why the VRF is not Up. */
  reason: z.string().optional(),
  numEndpoints: z.number(),
  numRemoteVteps: z.number(),
  numRemoteRoutes: z.number(),
  /** Objects that others have changed and that the agent has put right, since it started. */
  numRepairs: z.number(),
});

export const vrfListSchema = z.object({ vrfs: z.array(vrfStatusSchema) });

export type VrfStatusDocument = z.infer<typeof vrfStatusSchema>;
export type VrfListDocument = z.infer<typeof vrfListSchema>;
