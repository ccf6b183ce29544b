import { parseAsn, parseIpAddress, parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import {
  type EsiParts,
  esImportTarget,
  esiParts,
  makeEsi,
  parseEsi,
} from "../../src/evpn/ethernet-segment-id.ts";
import { ZERO_ESI } from "../../src/wire/evpn/esi.ts";
import { esi } from "../wire/value-arbitraries.ts";

const systemMac = parseMacAddress("02:00:00:00:e5:20");

describe("an ESI is made of its parts and taken apart again", () => {
  const cases: readonly (readonly [EsiParts, string])[] = [
    [{ kind: "arbitrary", value: "112233445566778899" }, "00:11:22:33:44:55:66:77:88:99"],
    // GoBGP 3.10: `esi LACP 02:00:00:00:0e:51 1`.
    [
      { kind: "lacp", systemMac: parseMacAddress("02:00:00:00:0e:51"), portKey: 1 },
      "01:02:00:00:00:0e:51:00:01:00",
    ],
    [{ kind: "stp", bridgeMac: systemMac, priority: 32768 }, "02:02:00:00:00:e5:20:80:00:00"],
    // FRR 8.4: `evpn mh es-sys-mac 02:00:00:00:e5:20`, `evpn mh es-id 3`.
    [{ kind: "mac", systemMac, discriminator: 3 }, "03:02:00:00:00:e5:20:00:00:03"],
    [
      { kind: "router-id", routerId: parseIpAddress("192.0.2.1"), discriminator: 258 },
      "04:c0:00:02:01:00:00:01:02:00",
    ],
    [
      { kind: "as", asn: parseAsn(4_200_000_001), discriminator: 7 },
      "05:fa:56:ea:01:00:00:00:07:00",
    ],
  ];
  it.each(cases)("%j", (parts, text) => {
    expect(makeEsi(parts)).toBe(text);
    expect(esiParts(text)).toEqual(parts);
  });

  it("which any ESI survives", () => {
    fc.assert(
      fc.property(esi, (any) => {
        const parts = esiParts(any);
        if (parts !== undefined) expect(makeEsi(parts)).toBe(any);
      }),
    );
  });

  it("but not one with octets that its type does not have, nor of a type above 5", () => {
    expect(esiParts("01:02:00:00:00:0e:51:00:01:01")).toBeUndefined();
    expect(esiParts("05:00:00:00:00:00:00:00:07:00")).toBeUndefined();
    expect(esiParts("06:02:00:00:00:0e:51:00:01:00")).toBeUndefined();
  });
});

test.each<EsiParts>([
  { kind: "arbitrary", value: "1122" },
  { kind: "lacp", systemMac, portKey: 65536 },
  { kind: "stp", bridgeMac: systemMac, priority: -1 },
  { kind: "mac", systemMac, discriminator: 1 << 24 },
  { kind: "router-id", routerId: parseIpAddress("2001:db8::1"), discriminator: 1 },
  { kind: "as", asn: parseAsn(1), discriminator: 0.5 },
])("the parts %j are refused", (parts) => {
  expect(() => makeEsi(parts)).toThrow(SpeakerError);
});

it("is read in either case, and nothing else is", () => {
  expect(parseEsi("03:02:00:00:00:E5:20:00:00:03")).toBe("03:02:00:00:00:e5:20:00:00:03");
  for (const text of ["", "03:02", "0302000000e520000003", "03:02:00:00:00:e5:20:00:00:0g"]) {
    expect(() => parseEsi(text)).toThrow(SpeakerError);
  }
});

it("has the six octets after its type as ES-Import target; the zero one has none", () => {
  expect(esImportTarget("03:02:00:00:00:e5:20:00:00:03")).toBe(systemMac);
  expect(() => esImportTarget(ZERO_ESI)).toThrow(SpeakerError);
});
