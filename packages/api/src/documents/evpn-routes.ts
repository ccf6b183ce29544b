/**
 * `show evpn routes` as a document, in the words of FRR's `show bgp l2vpn evpn route json`, with the
 * routes of a route distinguisher in an array so that the order of the table is kept.
 */
import { z } from "zod";

const evpnPathSchema = z.object({
  /** False for a path that a policy refuses. */
  valid: z.boolean(),
  bestpath: z.boolean(),
  /** Equal in cost with another path; those of VRFs are used together. */
  multipath: z.boolean(),
  stale: z.boolean(),
  /** What the policy says that refuses it. */
  refused: z.string().optional(),
  /** The step of the decision process by which the best path won, or at which another one lost. */
  selectionReason: z.string().optional(),
  pathFrom: z.enum(["local", "internal", "external"]),
  peerId: z.string(),
  nexthop: z.string(),
  /** AS_PATH as text, empty for a route of this AS. */
  path: z.string(),
  origin: z.string(),
  metric: z.number().optional(),
  locPrf: z.number().optional(),
  /** First label of the route; `l3Vni` is the second one of a type 2. */
  vni: z.number().optional(),
  l3Vni: z.number().optional(),
  /** Ethernet segment and gateway of the NLRI, where they are not zero. */
  esi: z.string().optional(),
  gatewayIp: z.string().optional(),
  /** As FRR prints it: `RT:65000:5001 ET:8 Rmac:02:00:0a:00:01:01`. */
  extendedCommunity: z.string(),
  community: z.string().optional(),
  largeCommunity: z.string().optional(),
  /** `ingress-replication, label 100, endpoint 10.0.0.1`. */
  pmsiTunnel: z.string().optional(),
  aggregator: z.string().optional(),
  atomicAggregate: z.boolean().optional(),
  /** Attributes that the codec does not know: type, flags and value as hex. */
  unknownAttributes: z.array(z.string()).optional(),
  /** BGP identifier of the peer. */
  peerRouterId: z.string().optional(),
  originatorId: z.string().optional(),
  clusterList: z.array(z.string()).optional(),
});

const evpnRouteSchema = z.object({
  /** `[5]:[EthTag]:[IPlen]:[IP]`, as FRR writes it. */
  prefix: z.string(),
  routeType: z.number(),
  paths: z.array(evpnPathSchema),
});

/** A part of a table, in the order of the table. */
export const evpnRoutePageSchema = z.object({
  bgpTableVersion: z.number(),
  bgpLocalRouterId: z.string(),
  localAS: z.number(),
  routes: z.array(evpnRouteSchema.extend({ rd: z.string() })),
  /** What the request for the next page says as `from`; absent on the last page. */
  next: z.number().optional(),
});

export type EvpnPathDocument = z.infer<typeof evpnPathSchema>;
export type EvpnRoutePage = z.infer<typeof evpnRoutePageSchema>;
export type EvpnRouteDocument = z.infer<typeof evpnRouteSchema>;

/** A whole answer: all pages, by route distinguisher. */
export interface EvpnRoutesDocument {
  readonly bgpTableVersion: number;
  readonly bgpLocalRouterId: string;
  readonly localAS: number;
  readonly routeDistinguishers: readonly {
    readonly rd: string;
    readonly routes: readonly EvpnRouteDocument[];
  }[];
  readonly numPrefix: number;
  readonly numPaths: number;
}
