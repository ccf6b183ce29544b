import { type IpAddress, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressClaims } from "../src/address-claims.ts";

const pool = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(parseIpAddress);
const claim = fc.tuple(fc.constantFrom("a", "b", "c"), fc.subarray(pool));

describe("claims on addresses", () => {
  it("give each address to the claimant whose name sorts first, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(claim), (history) => {
        const claims = new AddressClaims();
        const current = new Map<string, IpAddress[]>();
        for (const [name, addresses] of history) {
          claims.remove(name, current.get(name) ?? []);
          const rivals = claims.add(name, addresses);
          current.delete(name);
          const others = [...current].filter(([, held]) =>
            held.some((one) => addresses.includes(one)),
          );
          expect(rivals).toEqual(new Set(others.map(([other]) => other)));
          current.set(name, addresses);
        }
        for (const address of pool) {
          const [first] = [...current]
            .filter(([, held]) => held.includes(address))
            .map(([name]) => name)
            .sort();
          expect(claims.owner(address)).toBe(first);
        }
      }),
    );
  });
});
