import type { Capability } from "@selvedge/bgp-evpn";
import { parseAsn } from "@selvedge/net";
import { expect, test } from "vitest";
import { capabilityWords } from "../../src/status/capability-words.ts";

const asn = parseAsn(65000);
const SENT: readonly Capability[] = [
  { kind: "multiprotocol", family: "l2vpn-evpn" },
  { kind: "route-refresh" },
  { kind: "four-octet-as", asn },
];

test("what both have announced stands first, in the order of the own OPEN", () => {
  const received: readonly Capability[] = [
    { kind: "four-octet-as", asn },
    { kind: "multiprotocol", family: "ipv4-unicast" },
    { kind: "multiprotocol", family: "l2vpn-evpn" },
  ];
  expect(
    capabilityWords(SENT, received).map(
      ({ advertised, name, received }) => `${name}: ${advertised}, ${received}`,
    ),
  ).toEqual([
    "Address Family L2VPN EVPN: true, true",
    "Route refresh: true, false",
    "4 Byte AS: true, true",
    "Address Family IPv4 Unicast: false, true",
  ]);
});

const DETAILS: readonly [Capability, string, readonly string[]][] = [
  [{ kind: "multiprotocol", family: "25/132" }, "Address Family 25/132", []],
  [{ kind: "route-refresh-cisco" }, "Route refresh (old)", []],
  [{ kind: "enhanced-route-refresh" }, "Enhanced Route Refresh", []],
  [{ kind: "extended-message" }, "Extended Message", []],
  [
    { kind: "extended-next-hop", entries: [{ family: "ipv4-unicast", nextHop: "ipv6" }] },
    "Extended nexthop",
    ["IPv4 Unicast over IPv6"],
  ],
  [
    { kind: "add-path", families: [{ family: "l2vpn-evpn", mode: "receive" }] },
    "AddPath",
    ["L2VPN EVPN: receive"],
  ],
  [
    {
      kind: "graceful-restart",
      restarted: true,
      notification: false,
      restartTime: 120,
      families: [
        { family: "l2vpn-evpn", forwardingPreserved: true },
        { family: "ipv6-unicast", forwardingPreserved: false },
      ],
    },
    "Graceful Restart Capability",
    [
      "Remote Restart timer is 120 seconds",
      "R bit: true, N bit: false",
      "L2VPN EVPN(preserved)",
      "IPv6 Unicast(not preserved)",
    ],
  ],
  [
    {
      kind: "long-lived-graceful-restart",
      families: [{ family: "l2vpn-evpn", forwardingPreserved: true, staleTime: 3600 }],
    },
    "Long-lived Graceful Restart Capability",
    ["L2VPN EVPN: stale time 3600 seconds"],
  ],
  [
    { kind: "fqdn", hostname: "h2", domain: "" },
    "Hostname Capability",
    ["name: h2, domain name: n/a"],
  ],
  [{ kind: "unknown", code: 99, value: "0a" }, "Capability 99", ["0a"]],
  [{ kind: "unknown", code: 99, value: "" }, "Capability 99", []],
];

test.each(DETAILS)("%j is called %s", (capability, name, details) => {
  expect(capabilityWords([], [capability])).toEqual([
    { name, advertised: false, received: true, details },
  ]);
});
