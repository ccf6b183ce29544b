/** `show bgp neighbors` in FRR's words. */
import type { BgpNeighborDocument, BgpNeighborsDocument } from "@selvedge/api";

/** The text of `selvedge show bgp neighbors`. */
export function formatBgpNeighbors({ neighbors }: BgpNeighborsDocument): string {
  const texts = Object.entries(neighbors).map(([address, neighbor]) =>
    [
      ...identityLines(address, neighbor),
      ...capabilityLines(neighbor),
      ...restartLines(neighbor),
      ...messageLines(neighbor),
      ...familyLines(neighbor),
      ...endLines(neighbor),
    ].join("\n"),
  );
  return texts.length === 0 ? "No BGP neighbor is configured\n" : `${texts.join("\n\n")}\n`;
}

function identityLines(address: string, neighbor: BgpNeighborDocument): readonly string[] {
  const link = neighbor.nbrInternalLink ? "internal link" : "external link";
  const held = neighbor.bgpTimerHoldTimeMsecs;
  const since = neighbor.bgpState === "Established" ? `, up for ${neighbor.bgpTimerUpString}` : "";
  return [
    `BGP neighbor is ${address}, remote AS ${neighbor.remoteAs}, local AS ${neighbor.localAs}, ${link}`,
    ...(neighbor.nbrDesc === undefined ? [] : [` Description: ${neighbor.nbrDesc}`]),
    `  BGP version ${neighbor.bgpVersion}, remote router ID ${neighbor.remoteRouterId ?? "0.0.0.0"}, ` +
      `local router ID ${neighbor.localRouterId}`,
    `  BGP state = ${neighbor.bgpState}${since}`,
    ...(held === undefined
      ? []
      : [timerLine("Hold time", held, neighbor.bgpTimerKeepAliveIntervalMsecs ?? 0)]),
    timerLine(
      "Configured hold time",
      neighbor.bgpTimerConfiguredHoldTimeMsecs,
      neighbor.bgpTimerConfiguredKeepAliveIntervalMsecs,
    ),
    ...(neighbor.passive ? ["  Passive: waits for the neighbor to connect"] : []),
  ];
}

function timerLine(name: string, holdTime: number, keepalive: number): string {
  return `  ${name} is ${holdTime / 1000} seconds, keepalive interval is ${keepalive / 1000} seconds`;
}

function capabilityLines({ neighborCapabilities }: BgpNeighborDocument): readonly string[] {
  if (neighborCapabilities.length === 0) return [];
  return [
    "  Neighbor capabilities:",
    ...neighborCapabilities.flatMap(({ advertised, details, name, received }) => [
      `    ${name}: ${[...(advertised ? ["advertised"] : []), ...(received ? ["received"] : [])].join(" and ")}`,
      ...details.map((detail) => `      ${detail}`),
    ]),
  ];
}

function restartLines({ gracefulRestartInfo: info }: BgpNeighborDocument): readonly string[] {
  const { phase, receivedRestartTimeSec: received, remainingSec } = info;
  return [
    "  Graceful restart information:",
    `    End-of-RIB received: ${info.endOfRibReceived ? "L2VPN EVPN" : "none"}`,
    ...(info.rBit === undefined ? [] : [`    R bit: ${info.rBit}`]),
    ...(info.nBit === undefined ? [] : [`    N bit: ${info.nBit}`]),
    ...(info.fBit === undefined ? [] : [`    F bit: ${info.fBit}`]),
    ...(info.longLivedStaleTimeSec === undefined
      ? []
      : [`    Long-lived stale time: ${info.longLivedStaleTimeSec} seconds`]),
    ...(phase === "none"
      ? []
      : [`    Restart in progress: ${phase}, ${remainingSec ?? 0} seconds left`]),
    "    Timers:",
    `      Configured Restart Time(sec): ${info.configuredRestartTimeSec}`,
    ...(received === undefined ? [] : [`      Received Restart Time(sec): ${received}`]),
  ];
}

function messageLines({ messageStats: stats, outqBytes }: BgpNeighborDocument): readonly string[] {
  const line = (name: string, sent: number, received: number): string =>
    `    ${`${name}:`.padEnd(16)}${String(sent).padStart(10)} ${String(received).padStart(10)}`;
  return [
    "  Message statistics:",
    `    Inq depth is ${stats.depthInq}`,
    `    Outq depth is ${stats.depthOutq} (${outqBytes} bytes)`,
    `${" ".repeat(26)}Sent       Rcvd`,
    line("Opens", stats.opensSent, stats.opensRecv),
    line("Notifications", stats.notificationsSent, stats.notificationsRecv),
    line("Updates", stats.updatesSent, stats.updatesRecv),
    line("Keepalives", stats.keepalivesSent, stats.keepalivesRecv),
    line("Route Refresh", stats.routeRefreshSent, stats.routeRefreshRecv),
    line("Total", stats.totalSent, stats.totalRecv),
  ];
}

function familyLines({ addressFamilyInfo }: BgpNeighborDocument): readonly string[] {
  const family = addressFamilyInfo.l2VpnEvpn;
  const rejected = Object.entries(family.rejectedPrefixCounters);
  return [
    "",
    " For address family: L2VPN EVPN",
    ...(family.routeReflectorClient ? ["  Route-Reflector Client"] : []),
    "  NEXT_HOP is propagated unchanged to this neighbor",
    `  ${family.acceptedPrefixCounter} accepted prefixes, ${family.bestPathCounter} of them best paths`,
    `  ${family.sentPrefixCounter} advertised prefixes${family.output === undefined ? "" : ` (${family.output})`}`,
    ...maximumLines(family),
    ...rejected.map(([reason, count]) => `  ${count} rejected prefixes: ${reason}`),
  ];
}

function maximumLines({
  maximumPrefixes: maximum,
}: BgpNeighborDocument["addressFamilyInfo"]["l2VpnEvpn"]): readonly string[] {
  if (maximum === undefined) return [];
  const { action, limit, restartSec, warningAt } = maximum;
  return [
    `  Maximum prefixes allowed ${limit}${action === "warn" ? " (warning-only)" : ""}`,
    `  Threshold for warning message ${warningAt}`,
    ...(restartSec === undefined ? [] : [`  Restart interval ${restartSec} seconds`]),
  ];
}

function endLines(neighbor: BgpNeighborDocument): readonly string[] {
  const { hostForeign, hostLocal, lastMalformed, lastReset } = neighbor;
  return [
    "",
    `  Connections established ${neighbor.connectionsEstablished}; dropped ${neighbor.connectionsDropped}`,
    ...(lastReset === undefined
      ? ["  Last reset never"]
      : [
          `  Last reset ${lastReset.lastResetTimerString}, due to ${lastReset.lastResetDueTo}`,
          ...(lastReset.code === undefined
            ? []
            : [`  NOTIFICATION ${lastReset.direction}: ${lastReset.code}/${lastReset.subcode}`]),
          ...(lastReset.data === undefined
            ? []
            : [`  Data of the NOTIFICATION: ${lastReset.data}`]),
        ]),
    ...(lastMalformed === undefined
      ? []
      : [
          `  Last malformed message ${lastMalformed.timerString} ago: ${lastMalformed.reason}`,
          `    ${lastMalformed.hex}`,
        ]),
    ...(hostLocal === undefined
      ? []
      : [`Local host: ${hostLocal}, Local port: ${neighbor.portLocal}`]),
    ...(hostForeign === undefined
      ? []
      : [`Foreign host: ${hostForeign}, Foreign port: ${neighbor.portForeign}`]),
    `BGP Connect Retry Timer in Seconds: ${neighbor.connectRetryTimer}`,
  ];
}
