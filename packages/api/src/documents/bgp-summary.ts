/**
 * `show bgp summary` as a document, in the words of FRR's `show bgp summary json`: one object an
 * address family, peers keyed by address.
 */
import { z } from "zod";

const bgpPeerSummarySchema = z.object({
  remoteAs: z.number(),
  localAs: z.number(),
  version: z.literal(4),
  msgRcvd: z.number(),
  msgSent: z.number(),
  tableVersion: z.number(),
  outq: z.number(),
  inq: z.number(),
  /** `hh:mm:ss` since the last change of state, `never` for a peer that was never up. */
  peerUptime: z.string(),
  peerUptimeMsec: z.number(),
  pfxRcd: z.number(),
  pfxSnt: z.number(),
  /**
   * State of the RFC 4271 machine: Idle, Connect, Active, OpenSent, OpenConfirm, Established; with what keeps it
   * there: `Idle (Admin)` was shut down, `Idle (PfxCt)` exceeded its maximum of prefixes.
   */
  state: z.string(),
  connectionsEstablished: z.number(),
  connectionsDropped: z.number(),
  desc: z.string().optional(),
  lastError: z.string().optional(),
  routeReflectorClient: z.boolean(),
  /** It has come out of a range of neighbours; absent otherwise, as FRR has it. */
  dynamicPeer: z.literal(true).optional(),
});

export const bgpSummarySchema = z.object({
  l2VpnEvpn: z.object({
    routerId: z.string(),
    as: z.number(),
    clusterId: z.string().optional(),
    tableVersion: z.number(),
    ribCount: z.number(),
    ribMemory: z.number(),
    peerCount: z.number(),
    peers: z.record(z.string(), bgpPeerSummarySchema),
  }),
});

export type BgpPeerSummary = z.infer<typeof bgpPeerSummarySchema>;
export type BgpSummaryDocument = z.infer<typeof bgpSummarySchema>;
