/** The speaker's detailed view of its neighbours as the API's document, in FRR's words. */
import type { BgpNeighborDocument, BgpNeighborsDocument } from "@selvedge/api";
import type { NeighborDetail, NeighborReset } from "@selvedge/bgp-evpn";
import { formatUptime, stateWords } from "./bgp-summary.ts";
import { capabilityWords } from "./capability-words.ts";

/** The neighbours in the order in which they are given. */
export function bgpNeighborsDocument(neighbors: readonly NeighborDetail[]): BgpNeighborsDocument {
  return {
    neighbors: Object.fromEntries(
      neighbors.map((neighbor) => [neighbor.address, neighborDocument(neighbor)]),
    ),
  };
}

function neighborDocument(neighbor: NeighborDetail): BgpNeighborDocument {
  const { description, lastMalformed, lastReset, local, remote, routerId, upDownSeconds } =
    neighbor;
  const isUp = neighbor.state === "Established";
  return {
    // As FRR shows an AS that is not known yet.
    remoteAs: neighbor.asn ?? 0,
    localAs: neighbor.localAsn,
    nbrInternalLink: neighbor.asn === neighbor.localAsn,
    ...(description === "" ? {} : { nbrDesc: description }),
    passive: neighbor.passive,
    bgpVersion: neighbor.version,
    ...(routerId === undefined ? {} : { remoteRouterId: routerId }),
    localRouterId: neighbor.localRouterId,
    bgpState: stateWords(neighbor),
    ...(upDownSeconds === undefined ? {} : { bgpTimerUpMsec: upDownSeconds * 1000 }),
    bgpTimerUpString: formatUptime(upDownSeconds),
    ...timers(neighbor),
    neighborCapabilities: capabilityWords(
      neighbor.openSent?.capabilities ?? [],
      neighbor.openReceived?.capabilities ?? [],
    ),
    gracefulRestartInfo: gracefulRestart(neighbor),
    messageStats: messageStats(neighbor),
    outqBytes: neighbor.outQueueBytes,
    addressFamilyInfo: { l2VpnEvpn: addressFamily(neighbor) },
    connectionsEstablished: neighbor.timesEstablished,
    connectionsDropped: Math.max(neighbor.timesEstablished - (isUp ? 1 : 0), 0),
    ...(lastReset === undefined ? {} : { lastReset: reset(lastReset, neighbor.lastError ?? "") }),
    ...(lastMalformed === undefined
      ? {}
      : {
          lastMalformed: {
            timerMsecs: lastMalformed.secondsAgo * 1000,
            timerString: formatUptime(lastMalformed.secondsAgo),
            reason: lastMalformed.reason,
            hex: lastMalformed.hex,
          },
        }),
    ...(local === undefined ? {} : { hostLocal: local.address, portLocal: local.port }),
    ...(remote === undefined ? {} : { hostForeign: remote.address, portForeign: remote.port }),
  };
}

function timers({
  timers: times,
}: NeighborDetail): Pick<
  BgpNeighborDocument,
  | "bgpTimerConfiguredHoldTimeMsecs"
  | "bgpTimerConfiguredKeepAliveIntervalMsecs"
  | "bgpTimerHoldTimeMsecs"
  | "bgpTimerKeepAliveIntervalMsecs"
  | "connectRetryTimer"
  | "sendHoldTimer"
> {
  const { configuredHoldTime, connectRetry, holdTime, keepaliveInterval, sendHoldTime } = times;
  return {
    bgpTimerConfiguredHoldTimeMsecs: configuredHoldTime * 1000,
    bgpTimerConfiguredKeepAliveIntervalMsecs: Math.floor(configuredHoldTime / 3) * 1000,
    ...(holdTime === undefined ? {} : { bgpTimerHoldTimeMsecs: holdTime * 1000 }),
    ...(keepaliveInterval === undefined
      ? {}
      : { bgpTimerKeepAliveIntervalMsecs: keepaliveInterval * 1000 }),
    connectRetryTimer: connectRetry,
    ...(sendHoldTime === undefined ? {} : { sendHoldTimer: sendHoldTime }),
  };
}

function gracefulRestart({
  endOfRibReceived,
  restart,
}: NeighborDetail): BgpNeighborDocument["gracefulRestartInfo"] {
  const { localRestartTime, longLivedStaleTime, peer, phase, remaining } = restart;
  return {
    phase,
    ...(remaining === undefined ? {} : { remainingSec: remaining }),
    configuredRestartTimeSec: localRestartTime,
    ...(peer === undefined
      ? {}
      : {
          receivedRestartTimeSec: peer.restartTime,
          rBit: peer.restarting,
          nBit: peer.notification,
          ...(peer.preserved === undefined ? {} : { fBit: peer.preserved }),
        }),
    ...(longLivedStaleTime === undefined ? {} : { longLivedStaleTimeSec: longLivedStaleTime }),
    endOfRibReceived,
  };
}

function messageStats(neighbor: NeighborDetail): BgpNeighborDocument["messageStats"] {
  const { inQueue, outQueue, received, sent } = neighbor;
  return {
    depthInq: inQueue,
    depthOutq: outQueue,
    opensSent: sent.open,
    opensRecv: received.open,
    notificationsSent: sent.notification,
    notificationsRecv: received.notification,
    updatesSent: sent.update,
    updatesRecv: received.update,
    keepalivesSent: sent.keepalive,
    keepalivesRecv: received.keepalive,
    routeRefreshSent: sent.routeRefresh,
    routeRefreshRecv: received.routeRefresh,
    totalSent: sent.total,
    totalRecv: received.total,
  };
}

function addressFamily(
  neighbor: NeighborDetail,
): BgpNeighborDocument["addressFamilyInfo"]["l2VpnEvpn"] {
  const rejected = Object.entries(neighbor.rejected ?? {}).filter(([, count]) => count > 0);
  return {
    routeReflectorClient: neighbor.reflectorClient,
    acceptedPrefixCounter: neighbor.prefixesReceived,
    bestPathCounter: neighbor.bestPaths,
    sentPrefixCounter: neighbor.prefixesSent,
    rejectedPrefixCounters: Object.fromEntries(rejected),
    ...(neighbor.maximumPrefixes === undefined
      ? {}
      : { maximumPrefixes: maximumPrefixes(neighbor.maximumPrefixes) }),
    ...(neighbor.output === undefined ? {} : { output: neighbor.output }),
  };
}

function maximumPrefixes({
  action,
  limit,
  restartSeconds,
  warningAt,
}: NonNullable<NeighborDetail["maximumPrefixes"]>): NonNullable<
  BgpNeighborDocument["addressFamilyInfo"]["l2VpnEvpn"]["maximumPrefixes"]
> {
  const restart = restartSeconds === undefined ? {} : { restartSec: restartSeconds };
  return { limit, warningAt, action, ...restart };
}

function reset(
  { end, secondsAgo }: NeighborReset,
  dueTo: string,
): NonNullable<BgpNeighborDocument["lastReset"]> {
  const base = {
    lastResetTimerMsecs: secondsAgo * 1000,
    lastResetTimerString: formatUptime(secondsAgo),
    lastResetDueTo: dueTo,
  };
  switch (end.kind) {
    case "notification-received": {
      const { code, data, name, shutdownText, subcode } = end.notification;
      return {
        ...base,
        direction: "received",
        code,
        subcode,
        lastNotificationReason: name,
        ...(shutdownText === undefined ? {} : { shutdownText }),
        ...(data === "" ? {} : { data }),
      };
    }
    case "notification-sent": {
      const { code, data, subcode } = end;
      const hex = data === undefined ? {} : { data: Buffer.from(data).toString("hex") };
      return { ...base, direction: "sent", code, subcode, ...hex };
    }
    default:
      return { ...base, direction: "none" };
  }
}
