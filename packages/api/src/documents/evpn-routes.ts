/**
 * `show evpn routes` as a document, in the words of FRR's `show bgp l2vpn evpn route json`, with the
 * routes of a route distinguisher in an array so that the order of the table is kept.
 */
import { z } from "zod";

const evpnPathSchema = z.object({
  valid: z.boolean(),
  bestpath: z.boolean(),
  stale: z.boolean(),
  /** Why this path won, or the step of the decision process at which it lost. */
  selectionReason: z.string().optional(),
  pathFrom: z.enum(["local", "internal", "external"]),
  peerId: z.string(),
  nexthop: z.string(),
  /** AS_PATH as text, empty for a route of this AS. */
  path: z.string(),
  origin: z.string(),
  metric: z.number().optional(),
  locPrf: z.number().optional(),
  vni: z.number().optional(),
  /** As FRR prints it: `RT:65000:5001 ET:8 Rmac:02:00:0a:00:01:01`. */
  extendedCommunity: z.string(),
  originatorId: z.string().optional(),
  clusterList: z.array(z.string()).optional(),
});

const evpnRouteSchema = z.object({
  /** `[5]:[EthTag]:[IPlen]:[IP]`, as FRR writes it. */
  prefix: z.string(),
  routeType: z.number(),
  paths: z.array(evpnPathSchema),
});

export const evpnRoutesSchema = z.object({
  bgpTableVersion: z.number(),
  bgpLocalRouterId: z.string(),
  localAS: z.number(),
  routeDistinguishers: z.array(z.object({ rd: z.string(), routes: z.array(evpnRouteSchema) })),
  numPrefix: z.number(),
  numPaths: z.number(),
});

export type EvpnPathDocument = z.infer<typeof evpnPathSchema>;
export type EvpnRouteDocument = z.infer<typeof evpnRouteSchema>;
export type EvpnRoutesDocument = z.infer<typeof evpnRoutesSchema>;
