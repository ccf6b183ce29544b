/** `show macs` as a document: where the MACs of the bridged subnets of a host are. */
import { z } from "zod";

const macSchema = z.object({
  /** `tenant/subnet`. */
  subnet: z.string(),
  vrf: z.string(),
  l2vni: z.number(),
  mac: z.string(),
  /** Local: of an endpoint of this host, which is attached. Remote: another VTEP has announced it. */
  type: z.enum(["Local", "Remote"]),
  /** The endpoint, of a local one. */
  endpoint: z.string().optional(),
  /** The port, of a local one. */
  interface: z.string().optional(),
  /** The VTEP that it is behind, of a remote one. */
  vtepIp: z.string().optional(),
  /** The Host that is declared with the VTEP; absent for other routers and switches. */
  host: z.string().optional(),
  /** IP addresses that belong to it, as far as they were announced. */
  addresses: z.array(z.string()),
});

export const macListSchema = z.object({ macs: z.array(macSchema) });

export type MacDocument = z.infer<typeof macSchema>;
export type MacListDocument = z.infer<typeof macListSchema>;
