import { ipBytes, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { HopList } from "../../src/rib/hop-list.ts";
import { InternedStates } from "../../src/rib/interned-states.ts";
import { hex } from "../../src/wire/hex.ts";

const table = new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 });

/** An attribute set that is nothing but a next hop. */
const via = (address: string): number => {
  const ip = ipBytes(parseIpAddress(address));
  return table.intern(Uint8Array.of(ip.length, ...ip), 1 + ip.length);
};

const written = (hops: HopList): string => {
  const states = new InternedStates();
  hops.writeTo(states);
  const state = states.finish();
  return state === 0 ? "" : hex(states.view(state));
};

it("is ordered by address, each once with the VNI that came first, in whatever order they come", () => {
  const addresses = ["10.0.0.9", "10.0.0.10", "192.0.2.1", "2001:db8::1"];
  const order = fc.shuffledSubarray([...addresses, ...addresses], { minLength: 8 });
  fc.assert(
    fc.property(order, (shuffled) => {
      const hops = new HopList();
      for (const address of shuffled) hops.add(table, via(address), addresses.indexOf(address) + 1);
      expect(hops.size).toBe(4);
      const expected = addresses.map((address, i) => {
        const ip = ipBytes(parseIpAddress(address));
        return hex(Uint8Array.of(ip.length, ...ip, 0, 0, i + 1));
      });
      expect(written(hops)).toBe(expected.join(""));
    }),
  );
});

it("leaves out what is beyond its length, and is empty after it is cleared", () => {
  const hops = new HopList();
  for (let i = 0; i < 200; i++) hops.add(table, via(`10.0.0.${i}`), 7);
  expect(hops.size).toBe(128);
  expect(written(hops)).toHaveLength(128 * 16);
  hops.clear();
  expect(written(hops)).toBe("");
});
