/** Route target memberships (RFC 4684) as a document: which routes a neighbour, or this host, wants to be sent. */
import { z } from "zod";

const wantedBySchema = z.object({
  /** Address of a neighbour, or `local`: a VRF of this host imports it. */
  neighbor: z.string(),
  /** The one that is passed on to others. */
  best: z.boolean(),
  /** Not announced again since the neighbour's restart. */
  stale: z.boolean(),
});

const membershipSchema = z.object({
  /** A route target, octets in hex of a part of one, or `default`: all routes. */
  routeTarget: z.string(),
  /** In bits: 0 for all routes, 96 for one AS and one route target. */
  prefixLength: z.number(),
  /** Absent with `default`. */
  originAs: z.number().optional(),
  wantedBy: z.array(wantedBySchema),
});

export const bgpMembershipsSchema = z.object({ memberships: z.array(membershipSchema) });

/** In the order of route targets as texts. */
export type BgpMembershipsDocument = z.infer<typeof bgpMembershipsSchema>;
