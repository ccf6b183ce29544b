/** `show vteps` as a document: the other ends of VXLAN that routes lead to, and the paths to them. */
import { z } from "zod";

const vtepStatusSchema = z.object({
  vtepIp: z.string(),
  /** The Host that is declared with it; absent for other routers and switches. */
  host: z.string().optional(),
  /** VRFs whose routes lead there. */
  vrfs: z.array(z.string()),
  /**
   * Carries: packets of the underlay's MTU get through. TooSmall: only those of `pathMtu`. Silent: nobody answers echo
   * requests. Unknown: not measured yet, or not at all.
   */
  path: z.enum(["Carries", "TooSmall", "Silent", "Unknown"]),
  /** Octets of the largest packet that gets through, IPv4 header included. */
  pathMtu: z.number().optional(),
  /** Why the path is not as it should be. */
  reason: z.string().optional(),
});

export const vtepListSchema = z.object({
  /** This host's VTEP, and the octets that every path must carry; absent without a VRF. */
  local: z.object({ vtepIp: z.string(), underlayMtu: z.number() }).optional(),
  vteps: z.array(vtepStatusSchema),
});

export type VtepStatusDocument = z.infer<typeof vtepStatusSchema>;
export type VtepListDocument = z.infer<typeof vtepListSchema>;
