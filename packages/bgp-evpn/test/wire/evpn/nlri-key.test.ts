import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { encodeEvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { evpnKey, evpnNlriLength, MAX_EVPN_KEY_LENGTH } from "../../../src/wire/evpn/nlri-key.ts";
import { hex } from "../../../src/wire/hex.ts";
import { evpnRoute } from "../route-arbitraries.ts";

function keyOf(bytes: Uint8Array): string {
  const out = new Uint8Array(MAX_EVPN_KEY_LENGTH + 3);
  const length = evpnKey(bytes, 0, out, 3);
  expect(out.subarray(0, 3)).toEqual(new Uint8Array(3));
  return hex(out.subarray(3, 3 + length));
}

/** The fields that identify a route, as text (RFC 7432 section 7, RFC 9136 section 3.1). */
function identity(route: EvpnRoute): string {
  switch (route.kind) {
    case "ethernet-auto-discovery":
      return JSON.stringify([1, route.rd, route.esi, route.ethernetTag]);
    case "mac-ip":
      return JSON.stringify([2, route.rd, route.ethernetTag, route.mac, route.ip]);
    case "inclusive-multicast":
      return JSON.stringify([3, route.rd, route.ethernetTag, route.originator]);
    case "ethernet-segment":
      return JSON.stringify([4, route.rd, route.esi, route.originator]);
    case "ip-prefix":
      return JSON.stringify([5, route.rd, route.ethernetTag, route.prefix]);
    default:
      return JSON.stringify([route.routeType, route.value]);
  }
}

describe("evpnKey", () => {
  it("is the same for two routes exactly if the identifying fields are", () => {
    fc.assert(
      fc.property(evpnRoute, evpnRoute, (a, b) => {
        const same = keyOf(encodeEvpnRoute(a)) === keyOf(encodeEvpnRoute(b));
        expect(same).toBe(identity(a) === identity(b));
      }),
    );
  });

  it("leaves out labels, and the ESI and gateway of types 2 and 5", () => {
    fc.assert(
      fc.property(evpnRoute, evpnRoute, (route, other) => {
        fc.pre(route.kind === other.kind && route.kind !== "unknown");
        const withdrawn = { ...route };
        if ("label" in withdrawn) Object.assign(withdrawn, { label: 0 });
        if (withdrawn.kind === "mac-ip") {
          Object.assign(withdrawn, { labels: [0], esi: Reflect.get(other, "esi") });
        }
        if (withdrawn.kind === "ip-prefix") {
          const gateway = withdrawn.prefix.includes(":") ? "::" : "0.0.0.0";
          Object.assign(withdrawn, { gateway, esi: Reflect.get(other, "esi") });
        }
        expect(keyOf(encodeEvpnRoute(withdrawn))).toBe(keyOf(encodeEvpnRoute(route)));
      }),
      { numRuns: 500 },
    );
  });

  it("clears the bits of a type 5 prefix beyond its length", () => {
    const route = (address: number[], bits: number): Uint8Array =>
      Uint8Array.of(5, 34, ...new Array(22).fill(0), bits, ...address, ...new Array(7).fill(0));
    expect(keyOf(route([10, 1, 255, 255], 17))).toBe(keyOf(route([10, 1, 128, 0], 17)));
    expect(keyOf(route([10, 1, 255, 255], 0))).toBe(keyOf(route([0, 0, 0, 0], 0)));
    expect(keyOf(route([10, 1, 255, 255], 32))).not.toBe(keyOf(route([10, 1, 255, 254], 32)));
  });

  it("gives no key for a route that cannot have one", () => {
    const ipPrefix = Uint8Array.of(5, 34, ...new Array(22).fill(0), 33, ...new Array(11).fill(0));
    expect(keyOf(ipPrefix)).toBe("");
    const mac = Uint8Array.of(2, 33, ...new Array(22).fill(0), 47, ...new Array(10).fill(0));
    expect(keyOf(mac)).toBe("");
  });

  it("never writes more than its longest key", () => {
    const value = fc.uint8Array({ maxLength: 255 });
    fc.assert(
      fc.property(fc.nat(255), value, (type, octets) => {
        const bytes = Uint8Array.of(type, octets.length, ...octets);
        const out = new Uint8Array(MAX_EVPN_KEY_LENGTH);
        expect(evpnKey(bytes, 0, out, 0)).toBeLessThanOrEqual(MAX_EVPN_KEY_LENGTH);
      }),
    );
  });
});

describe("evpnNlriLength", () => {
  it("walks a field route by route", () => {
    fc.assert(
      fc.property(fc.array(evpnRoute, { maxLength: 10 }), (routes) => {
        const encoded = routes.map(encodeEvpnRoute);
        const field = Uint8Array.from(Buffer.concat(encoded));
        const found: number[] = [];
        for (let at = 0; at < field.length; at += found.at(-1) ?? field.length) {
          found.push(evpnNlriLength(field, at, field.length));
        }
        expect(found).toEqual(encoded.map(({ length }) => length));
      }),
    );
  });

  it("is -1 for a route that ends beyond the field", () => {
    const route = Uint8Array.of(5, 34, 0);
    expect([1, 2, 3].map((end) => evpnNlriLength(route, 0, end))).toEqual([-1, -1, -1]);
  });
});
