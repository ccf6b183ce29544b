import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPABILITY, decodeCapability, encodeCapability } from "../../src/wire/capability.ts";
import { decodeOpen, encodeOpen } from "../../src/wire/open.ts";
import { capability, openFields } from "./open-arbitraries.ts";

describe("encodeOpen and decodeOpen", () => {
  it("are inverses, however capabilities are packed", () => {
    const encoding = fc.constantFrom(
      { parameters: "one" } as const,
      { parameters: "one-per-capability" } as const,
    );
    fc.assert(
      fc.property(openFields, encoding, (fields, how) => {
        const bytes = encodeOpen(fields, how);
        expect(decodeOpen(bytes, 0, bytes.length)).toEqual({ kind: "open", version: 4, ...fields });
      }),
    );
  });

  it("write AS_TRANS for an AS of four octets and read the capability", () => {
    fc.assert(
      fc.property(openFields, (fields) => {
        const bytes = encodeOpen(fields);
        const myAs = ((bytes[20] ?? 0) << 8) | (bytes[21] ?? 0);
        expect(myAs).toBe(fields.asn > 0xffff ? 23456 : fields.asn);
      }),
    );
  });

  it("refuse more capabilities than a message can hold", () => {
    fc.assert(
      fc.property(openFields, (fields) => {
        const value = "00".repeat(255);
        const capabilities = Array.from({ length: 20 }, () => ({
          kind: "unknown" as const,
          code: 200,
          value,
        }));
        expect(() => encodeOpen({ ...fields, capabilities })).toThrow(RangeError);
      }),
      { numRuns: 5 },
    );
  });
});

describe("encodeCapability and decodeCapability", () => {
  it("are inverses", () => {
    fc.assert(
      fc.property(capability, (value) => {
        const bytes = encodeCapability(value);
        expect(bytes[1]).toBe(bytes.length - 2);
        expect(decodeCapability(bytes[0] ?? 0, bytes.subarray(2))).toEqual(value);
      }),
    );
  });

  it("keep a capability whose value does not fit its code as hex", () => {
    const fixed = [
      [CAPABILITY.MULTIPROTOCOL, 4],
      [CAPABILITY.ROUTE_REFRESH, 0],
      [CAPABILITY.FOUR_OCTET_AS, 4],
      [CAPABILITY.EXTENDED_MESSAGE, 0],
      [CAPABILITY.ENHANCED_ROUTE_REFRESH, 0],
    ] as const;
    for (const [code, length] of fixed) {
      const value = new Uint8Array(length + 1);
      expect(decodeCapability(code, value)).toMatchObject({ kind: "unknown", code });
    }
  });

  it("keep an add-path capability with an undefined mode as hex (RFC 7911 section 4)", () => {
    const value = Uint8Array.of(0, 25, 70, 4);
    expect(decodeCapability(CAPABILITY.ADD_PATH, value)).toEqual({
      kind: "unknown",
      code: 69,
      value: "00194604",
    });
  });

  it("ignore the reserved bits of a graceful restart capability", () => {
    const value = Uint8Array.of(0x30, 0x78, 0, 25, 70, 0x7f);
    expect(decodeCapability(CAPABILITY.GRACEFUL_RESTART, value)).toMatchObject({
      kind: "graceful-restart",
      restarted: false,
      restartTime: 120,
      families: [{ family: "l2vpn-evpn", forwardingPreserved: false }],
    });
  });
});
