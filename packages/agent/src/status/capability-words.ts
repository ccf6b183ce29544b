/** The capabilities of two OPENs side by side, in FRR's words. */
import type { BgpNeighborDocument } from "@selvedge/api";
import type { Capability, Family } from "@selvedge/bgp-evpn";

type CapabilityDocument = BgpNeighborDocument["neighborCapabilities"][number];

const FAMILY_NAMES: Readonly<Record<string, string>> = {
  "ipv4-unicast": "IPv4 Unicast",
  "ipv6-unicast": "IPv6 Unicast",
  "l2vpn-evpn": "L2VPN EVPN",
  rtc: "RT Constraint",
};

/** `L2VPN EVPN`; one without a name as `AFI/SAFI`. */
function familyName(family: Family): string {
  return FAMILY_NAMES[family] ?? family;
}

/** What either side has announced: first what this speaker offers, in that order, then the rest. */
export function capabilityWords(
  sent: readonly Capability[],
  received: readonly Capability[],
): CapabilityDocument[] {
  const words = new Map<
    string,
    { -readonly [K in keyof CapabilityDocument]: CapabilityDocument[K] }
  >();
  const entry = (name: string) => {
    const known = words.get(name) ?? { name, advertised: false, received: false, details: [] };
    words.set(name, known);
    return known;
  };
  for (const capability of sent) entry(capabilityName(capability)).advertised = true;
  for (const capability of received) {
    const known = entry(capabilityName(capability));
    known.received = true;
    known.details.push(...capabilityDetails(capability));
  }
  return [...words.values()];
}

function capabilityName(capability: Capability): string {
  switch (capability.kind) {
    case "multiprotocol":
      return `Address Family ${familyName(capability.family)}`;
    case "route-refresh":
      return "Route refresh";
    case "route-refresh-cisco":
      return "Route refresh (old)";
    case "enhanced-route-refresh":
      return "Enhanced Route Refresh";
    case "extended-message":
      return "Extended Message";
    case "extended-next-hop":
      return "Extended nexthop";
    case "four-octet-as":
      return "4 Byte AS";
    case "add-path":
      return "AddPath";
    case "graceful-restart":
      return "Graceful Restart Capability";
    case "long-lived-graceful-restart":
      return "Long-lived Graceful Restart Capability";
    case "fqdn":
      return "Hostname Capability";
    case "unknown":
      return `Capability ${capability.code}`;
    default:
      return capability satisfies never;
  }
}

/** What a capability says beyond being there. */
function capabilityDetails(capability: Capability): readonly string[] {
  switch (capability.kind) {
    case "multiprotocol":
    case "route-refresh":
    case "route-refresh-cisco":
    case "enhanced-route-refresh":
    case "extended-message":
    case "four-octet-as":
      return [];
    case "extended-next-hop":
      return capability.entries.map(
        ({ family, nextHop }) =>
          `${familyName(family)} over ${nextHop === "ipv6" ? "IPv6" : "IPv4"}`,
      );
    case "add-path":
      return capability.families.map(({ family, mode }) => `${familyName(family)}: ${mode}`);
    case "graceful-restart":
      return [
        `Remote Restart timer is ${capability.restartTime} seconds`,
        `R bit: ${capability.restarted}, N bit: ${capability.notification}`,
        ...capability.families.map(
          ({ family, forwardingPreserved }) =>
            `${familyName(family)}(${forwardingPreserved ? "preserved" : "not preserved"})`,
        ),
      ];
    case "long-lived-graceful-restart":
      return capability.families.map(
        ({ family, staleTime }) => `${familyName(family)}: stale time ${staleTime} seconds`,
      );
    case "fqdn":
      return [`name: ${capability.hostname}, domain name: ${capability.domain || "n/a"}`];
    case "unknown":
      return capability.value === "" ? [] : [capability.value];
    default:
      return capability satisfies never;
  }
}
