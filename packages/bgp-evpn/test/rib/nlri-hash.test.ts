import fc from "fast-check";
import { expect, test } from "vitest";
import { nlriHash } from "../../src/rib/nlri-hash.ts";
import { type EvpnRoute, encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { evpnKey, MAX_EVPN_KEY_LENGTH } from "../../src/wire/evpn/nlri-key.ts";
import { hex } from "../../src/wire/hex.ts";
import { evpnRoute } from "../wire/route-arbitraries.ts";

function keyOf(bytes: Uint8Array): string {
  const key = new Uint8Array(MAX_EVPN_KEY_LENGTH);
  return hex(key.subarray(0, evpnKey(bytes, 0, key, 0)));
}

/** The route with other values where its key has none. */
function disguised(route: EvpnRoute, other: number): Uint8Array {
  const bytes = encodeEvpnRoute(route);
  const ESI = 10;
  if (route.kind === "mac-ip" || route.kind === "ip-prefix") bytes.fill(other, ESI, ESI + 10);
  if (route.kind !== "unknown" && "label" in route) bytes.fill(other, bytes.length - 3);
  if (route.kind !== "ip-prefix") return bytes;
  const octets = bytes.length === 36 ? 4 : 16;
  bytes.fill(other, 25 + octets);
  // Bits of the prefix beyond its length.
  for (let bit = bytes[24] ?? 0; bit < 8 * octets; bit++) {
    const at = 25 + (bit >>> 3);
    bytes[at] = (bytes[at] ?? 0) ^ (0x80 >>> (bit & 7));
  }
  return bytes;
}

test("is the same for all routes of one key", () => {
  fc.assert(
    fc.property(evpnRoute, fc.nat(255), (route, other) => {
      const bytes = encodeEvpnRoute(route);
      const changed = disguised(route, other);
      expect(keyOf(changed)).toBe(keyOf(bytes));
      expect(nlriHash(changed, 0)).toBe(nlriHash(bytes, 0));
    }),
    { numRuns: 1000 },
  );
});

test("is another one for another key, but by chance", () => {
  let equal = 0;
  fc.assert(
    fc.property(evpnRoute, evpnRoute, (a, b) => {
      const bytes = encodeEvpnRoute(a);
      const others = encodeEvpnRoute(b);
      if (keyOf(bytes) !== keyOf(others) && nlriHash(bytes, 0) === nlriHash(others, 0)) equal++;
    }),
    { numRuns: 1000 },
  );
  expect(equal).toBeLessThan(3);
});

test("does not depend on where the route lies", () => {
  fc.assert(
    fc.property(evpnRoute, fc.nat(20), (route, at) => {
      const bytes = encodeEvpnRoute(route);
      const moved = new Uint8Array(at + bytes.length).fill(0x5a, 0, at);
      moved.set(bytes, at);
      expect(nlriHash(moved, at)).toBe(nlriHash(bytes, 0));
    }),
  );
});

test("every octet of a key changes the low bits, which choose the slot", () => {
  const routes = {
    prefix: Uint8Array.from([5, 34, ...new Uint8Array(34)]).fill(32, 24, 25),
    host: Uint8Array.from([2, 40, ...new Uint8Array(40)])
      .fill(48, 24, 25)
      .fill(32, 31, 32),
  };
  const positions = { prefix: [2, 9, 20, 23, 25, 28], host: [2, 9, 20, 23, 25, 30, 32, 35] };
  for (const kind of ["prefix", "host"] as const) {
    for (const position of positions[kind]) {
      const slots = new Set<number>();
      for (let octet = 0; octet < 256; octet++) {
        const bytes = routes[kind].slice();
        bytes[position] = octet;
        slots.add(nlriHash(bytes, 0) & 1023);
      }
      expect(slots.size).toBeGreaterThan(200);
    }
  }
});
