/**
 * `show bgp neighbors` as a document, in the words of FRR's `show bgp neighbors json`: neighbours keyed by
 * address. Capabilities are a list, in FRR's words of the text.
 */
import { z } from "zod";

const capabilitySchema = z.object({
  /** `4 Byte AS`, `Address Family L2VPN EVPN`, ... */
  name: z.string(),
  advertised: z.boolean(),
  received: z.boolean(),
  /** What the peer's capability says beyond its presence, in words. */
  details: z.array(z.string()),
});

const messageStatsSchema = z.object({
  depthInq: z.number(),
  depthOutq: z.number(),
  opensSent: z.number(),
  opensRecv: z.number(),
  notificationsSent: z.number(),
  notificationsRecv: z.number(),
  updatesSent: z.number(),
  updatesRecv: z.number(),
  keepalivesSent: z.number(),
  keepalivesRecv: z.number(),
  routeRefreshSent: z.number(),
  routeRefreshRecv: z.number(),
  totalSent: z.number(),
  totalRecv: z.number(),
});

const gracefulRestartSchema = z.object({
  /**
   * none: no restart; retaining: the peer is away; long-lived: it has not come back in time, its routes are a last
   * resort (RFC 9494); resynchronising: it is back and tells its routes.
   */
  phase: z.enum(["none", "retaining", "long-lived", "resynchronising"]),
  /** To the end of the phase. */
  remainingSec: z.number().optional(),
  configuredRestartTimeSec: z.number(),
  receivedRestartTimeSec: z.number().optional(),
  /** For how long stale routes are kept after that as a last resort (RFC 9494). */
  longLivedStaleTimeSec: z.number().optional(),
  /** R bit: the peer has restarted. */
  rBit: z.boolean().optional(),
  /** Both take a NOTIFICATION for a restart (RFC 8538). */
  nBit: z.boolean().optional(),
  /** F bit: it has forwarded meanwhile; absent when it does not restart gracefully for L2VPN EVPN. */
  fBit: z.boolean().optional(),
  endOfRibReceived: z.boolean(),
});

const lastResetSchema = z.object({
  lastResetTimerMsecs: z.number(),
  /** The same as `hh:mm:ss`. */
  lastResetTimerString: z.string(),
  /** Who ended it. */
  direction: z.enum(["sent", "received", "none"]),
  /** In words: `received Cease/Administrative Shutdown: new kernel`. */
  lastResetDueTo: z.string(),
  /** Code and subcode of the NOTIFICATION, if there was one. */
  code: z.number().optional(),
  subcode: z.number().optional(),
  /** `Cease/Administrative Shutdown`. */
  lastNotificationReason: z.string().optional(),
  /** RFC 9003. */
  shutdownText: z.string().optional(),
  /** Data of the NOTIFICATION, as hex. */
  data: z.string().optional(),
});

const malformedSchema = z.object({
  timerMsecs: z.number(),
  /** The same as `hh:mm:ss`. */
  timerString: z.string(),
  /** What is wrong with it, and what was done as RFC 7606 says. */
  reason: z.string(),
  hex: z.string(),
});

const maximumPrefixesSchema = z.object({
  limit: z.number(),
  /** The count from which on a warning is logged. */
  warningAt: z.number(),
  action: z.enum(["shutdown", "warn"]),
  restartSec: z.number().optional(),
});

const addressFamilySchema = z.object({
  routeReflectorClient: z.boolean(),
  acceptedPrefixCounter: z.number(),
  bestPathCounter: z.number(),
  sentPrefixCounter: z.number(),
  /** Announced routes that were kept out, by reason; only reasons that occurred. */
  rejectedPrefixCounters: z.record(z.string(), z.number()),
  maximumPrefixes: maximumPrefixesSchema.optional(),
  /** `replaying` and `blocked` say that it has not been told everything yet. */
  output: z.enum(["synchronised", "replaying", "blocked"]).optional(),
});

const bgpNeighborSchema = z.object({
  remoteAs: z.number(),
  localAs: z.number(),
  nbrInternalLink: z.boolean(),
  nbrDesc: z.string().optional(),
  passive: z.boolean(),
  bgpVersion: z.literal(4),
  remoteRouterId: z.string().optional(),
  localRouterId: z.string(),
  /** State of the RFC 4271 machine. */
  bgpState: z.string(),
  /** Since the last change between up and down; absent when it never was up. */
  bgpTimerUpMsec: z.number().optional(),
  bgpTimerUpString: z.string(),
  bgpTimerConfiguredHoldTimeMsecs: z.number(),
  bgpTimerConfiguredKeepAliveIntervalMsecs: z.number(),
  /** Negotiated. */
  bgpTimerHoldTimeMsecs: z.number().optional(),
  bgpTimerKeepAliveIntervalMsecs: z.number().optional(),
  connectRetryTimer: z.number(),
  sendHoldTimer: z.number().optional(),
  neighborCapabilities: z.array(capabilitySchema),
  gracefulRestartInfo: gracefulRestartSchema,
  messageStats: messageStatsSchema,
  outqBytes: z.number(),
  addressFamilyInfo: z.object({ l2VpnEvpn: addressFamilySchema }),
  connectionsEstablished: z.number(),
  connectionsDropped: z.number(),
  lastReset: lastResetSchema.optional(),
  lastMalformed: malformedSchema.optional(),
  hostLocal: z.string().optional(),
  portLocal: z.number().optional(),
  hostForeign: z.string().optional(),
  portForeign: z.number().optional(),
});

export const bgpNeighborsSchema = z.object({
  neighbors: z.record(z.string(), bgpNeighborSchema),
});

export type BgpNeighborDocument = z.infer<typeof bgpNeighborSchema>;
export type BgpNeighborsDocument = z.infer<typeof bgpNeighborsSchema>;
