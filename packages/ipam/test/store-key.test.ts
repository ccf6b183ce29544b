import { parseIpPrefix } from "@selvedge/net";
import { expect, test } from "vitest";
import { blockKey, ownerKey, parseBlockKey, parseOwnerKey } from "../src/store-key.ts";

const POOL = { tenant: "red", subnet: "web" };

test.each([
  ["10.1.0.0/26", "ipam/blocks/red/web/ipv4/10.1.0.0-26"],
  ["2001:db8::/122", "ipam/blocks/red/web/ipv6/2001:db8::-122"],
])("the block %s has a key that can be read back", (text, key) => {
  const block = parseIpPrefix(text);
  expect(blockKey(POOL, block)).toBe(key);
  expect(parseBlockKey(key)).toEqual({ pool: POOL, block });
});

test("an owner may have slashes in its name", () => {
  const key = ownerKey(POOL, "endpoints/red/web-1");
  expect(key).toBe("ipam/owners/red/web/endpoints/red/web-1");
  expect(parseOwnerKey(key)).toEqual({ pool: POOL, owner: "endpoints/red/web-1" });
});

test.each([
  "resources/tenants/red",
  "ipam/blocks/red/web/ipv6/10.1.0.0-26",
  "ipam/blocks/red/web/ipv4/10.1.0.1-26",
  "ipam/blocks/red/web/ipv4/10.1.0.0-26/x",
  "ipam/blocks/red",
  "ipam/owners/red/web/",
])("%s is no key of a block or an owner", (key) => {
  expect(parseBlockKey(key)).toBeUndefined();
  expect(parseOwnerKey(key)).toBeUndefined();
});
