import { macFromVtep, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planObjects } from "../src/object-plan.ts";
import { foldRequest, type VrfObjects } from "../src/vrf-objects.ts";

const addresses = ["100.64.0.1", "169.254.1.1", "10.1.0.1", "10.2.0.1", "fd00::1"].map(
  parseIpAddress,
);
const [router = parseIpAddress("100.64.0.1")] = addresses;
const gateways = [1, 2, 3, 4].map((n) => parseIpAddress(`fe80::a00:${n}`));
const vteps = [1, 2, 3, 4].map((n) => parseIpAddress(`10.0.0.${n}`));
const macs = vteps.map(macFromVtep);

const objects: fc.Arbitrary<VrfObjects> = fc.record({
  addresses: fc.shuffledSubarray(addresses).map((some) => new Set(some)),
  deviceAddresses: fc.subarray(addresses.slice(4)).map((some) => new Set(some)),
  unreachable: fc
    .subarray(["10.1.0.0/16", "2001:db8::/48"].map(parseIpPrefix))
    .map((some) => new Set(some)),
  neighbours: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...gateways), fc.constantFrom(...macs)), {
      selector: ([address]) => address,
    })
    .map((some) => new Map(some)),
  forwarding: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...macs), fc.constantFrom(...vteps)), {
      selector: ([mac]) => mac,
    })
    .map((some) => new Map(some)),
  gateways: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(...gateways)), {
      selector: ([id]) => id,
    })
    .map((some) => new Map(some)),
  groups: fc
    .uniqueArray(
      fc.tuple(fc.integer({ min: 101, max: 103 }), fc.subarray([1, 2, 3, 4], { minLength: 2 })),
      { selector: ([id]) => id },
    )
    .map((some) => new Map(some)),
});

/** Wanted objects come from an intent: router addresses are first on `lo`. */
const wantedObjects = objects.map((some) => ({
  ...some,
  addresses: some.addresses.has(router) ? new Set([router, ...some.addresses]) : some.addresses,
}));

const devices = { loopback: 1, vxlan: 7 };
const options = { routerAddresses: [router], mayRemove: true };

function copy(some: VrfObjects): VrfObjects {
  return structuredClone(some);
}

describe("the plan for the objects of a VRF", () => {
  it("makes anything into what is wanted", () => {
    fc.assert(
      fc.property(wantedObjects, objects, (wanted, before) => {
        const actual = copy(before);
        const { put, remove } = planObjects(wanted, actual, devices, options);
        for (const request of [...put, ...remove]) {
          foldRequest(actual, request);
        }
        expect(actual).toEqual(wanted);
        expect(planObjects(wanted, actual, devices, options)).toEqual({ put: [], remove: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("puts the router address before all other IPv4 addresses of lo", () => {
    fc.assert(
      fc.property(wantedObjects, objects, (wanted, before) => {
        const actual = copy(before);
        for (const request of planObjects(wanted, actual, devices, options).put) {
          foldRequest(actual, request);
        }
        const [first] = [...actual.addresses].filter((address) => !address.includes(":"));
        expect(!wanted.addresses.has(router) || first === router).toBe(true);
      }),
    );
  });

  it("deletes nothing unless it may", () => {
    fc.assert(
      fc.property(wantedObjects, objects, (wanted, actual) => {
        const held = { ...options, mayRemove: false };
        const { put, remove } = planObjects(wanted, actual, devices, held);
        expect(remove).toEqual([]);
        expect(put.filter(({ kind }) => kind.endsWith(".delete"))).toEqual([]);
      }),
    );
  });

  it("needs no VXLAN device for what does not live on it", () => {
    fc.assert(
      fc.property(wantedObjects, objects, (wanted, actual) => {
        const without = { loopback: 1, vxlan: undefined };
        const { put, remove } = planObjects(wanted, actual, without, options);
        for (const { kind } of [...put, ...remove]) {
          expect(kind).toMatch(/^(address|route)\./);
        }
      }),
    );
  });

  it("puts members before groups, and removes groups before members", () => {
    fc.assert(
      fc.property(wantedObjects, objects, (wanted, actual) => {
        const { put, remove } = planObjects(wanted, actual, devices, options);
        const isGroup = put.flatMap((request) =>
          request.kind === "nexthop.replace" ? [request.via.kind === "group"] : [],
        );
        expect(isGroup.lastIndexOf(false)).toBeLessThanOrEqual(isGroup.indexOf(true) >>> 0);
        const removed = remove.flatMap((request) =>
          request.kind === "nexthop.delete" ? [request.id > 100] : [],
        );
        expect(removed.lastIndexOf(true)).toBeLessThanOrEqual(removed.indexOf(false) >>> 0);
      }),
    );
  });
});
