import { parseIpAddress, prefixContains } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_HOST_ID } from "../src/host.ts";
import { ROUTER_IPV4_RANGE, ROUTER_IPV6_RANGE } from "../src/router-address-ranges.ts";
import { routerAddresses } from "../src/router-addresses.ts";
import { declaredOne } from "./declared.ts";

function hostWithId(id: number) {
  const host = declaredOne(
    "kind: Host\nmetadata: { name: h }\nspec: { address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }",
  );
  if (host.kind !== "Host") throw new Error("not a Host");
  return { ...host, status: { id } };
}

test.each([
  [1, ["100.64.0.1", "fd53:656c:7665:6467::1"]],
  [256, ["100.64.1.0", "fd53:656c:7665:6467::100"]],
  [MAX_HOST_ID, ["100.127.255.254", "fd53:656c:7665:6467::3f:fffe"]],
])("the host with the id %i is %j", (id, addresses) => {
  expect(routerAddresses(hostWithId(id))).toEqual(addresses);
});

test("a host that was not admitted has none", () => {
  const { status: _, ...host } = hostWithId(1);
  expect(routerAddresses(host)).toEqual([]);
});

test("two hosts never share one, and all are inside the ranges", () => {
  const ids = fc.integer({ min: 1, max: MAX_HOST_ID });
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      const [first4 = "", first6 = ""] = routerAddresses(hostWithId(a));
      const [second4, second6] = routerAddresses(hostWithId(b));
      expect(first4 === second4).toBe(a === b);
      expect(first6 === second6).toBe(a === b);
      expect(prefixContains(ROUTER_IPV4_RANGE, parseIpAddress(first4))).toBe(true);
      expect(prefixContains(ROUTER_IPV6_RANGE, parseIpAddress(first6))).toBe(true);
    }),
  );
});
