import { parseIpAddress, parseIpPrefix, parseRouteDistinguisher } from "@selvedge/net";
import { expect, test } from "vitest";
import { overlayIndex, type5AddressLength, type5Label } from "../../src/rib/type5-overlay.ts";
import { encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";

interface Fields {
  readonly esi?: boolean;
  readonly gateway?: boolean;
  readonly label?: number;
  readonly isV6?: boolean;
}

function nlri({ esi = false, gateway = false, isV6 = false, label = 0 }: Fields): Uint8Array {
  return encodeEvpnRoute({
    kind: "ip-prefix",
    routeType: 5,
    rd: parseRouteDistinguisher("10.0.0.1:1"),
    esi: esi ? "00:00:00:00:00:00:00:00:00:01" : "00:00:00:00:00:00:00:00:00:00",
    ethernetTag: 0,
    prefix: parseIpPrefix(isV6 ? "2001:db8::/32" : "10.0.0.0/8"),
    gateway: parseIpAddress(isV6 ? (gateway ? "::1" : "::") : gateway ? "0.0.0.1" : "0.0.0.0"),
    label,
  });
}

test.each([
  // RFC 9136 section 3.2, table 1
  [{ esi: true }, false, "unresolved"],
  [{ esi: true }, true, "segment"],
  [{ gateway: true }, false, "gateway"],
  [{ gateway: true }, true, "gateway"],
  [{}, true, "mac"],
  [{ label: 5001 }, true, "mac"],
  [{ label: 5001 }, false, "unresolved"],
  // Section 3.1: treated as withdraw
  [{}, false, "none"],
  [{ esi: true, gateway: true, label: 5001 }, true, "none"],
] as const)("%o with Router's MAC %s is %s, in both families", (fields, hasRouterMac, expected) => {
  for (const isV6 of [false, true]) {
    const bytes = nlri({ ...fields, isV6 });
    expect(overlayIndex(bytes, 0, bytes.length, hasRouterMac)).toBe(expected);
  }
});

test("the label is all 24 bits of the field", () => {
  for (const isV6 of [false, true]) {
    const bytes = nlri({ label: 0xfedcba, isV6 });
    expect(type5Label(bytes, 0, bytes.length)).toBe(0xfedcba);
    expect(type5AddressLength(bytes.length)).toBe(isV6 ? 16 : 4);
  }
});
