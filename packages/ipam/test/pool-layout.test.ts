import { type IpFamily, parseIpAddress, parseIpPrefix, prefixContains } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressAt, ordinalOf, PoolLayout } from "../src/pool-layout.ts";
import { pool } from "./pools.ts";

/** All addresses that may be given to who asks for any, block by block. */
function openAddresses(layout: PoolLayout, family: IpFamily): string[] {
  return [...layout.blocksFrom(family, 0n)].flatMap((block) =>
    layout.usable(block).map((ordinal) => addressAt(block, ordinal)),
  );
}

describe("addresses that are given to who asks for any", () => {
  test.each([
    ["10.1.0.0/29", [], ["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"]],
    ["10.1.0.0/30", ["10.1.0.1"], ["10.1.0.2"]],
    ["10.1.0.4/31", [], ["10.1.0.4", "10.1.0.5"]],
    ["10.1.0.4/32", [], ["10.1.0.4"]],
    ["10.1.0.4/32", ["10.1.0.4"], []],
    ["2001:db8::/126", [], ["2001:db8::1", "2001:db8::2", "2001:db8::3"]],
    ["2001:db8::/127", [], ["2001:db8::", "2001:db8::1"]],
    ["2001:db8::7/128", [], ["2001:db8::7"]],
  ])("of %s with the gateways %j", (cidr, gateway, addresses) => {
    const layout = new PoolLayout(pool({ cidrs: [cidr], gateway }));
    const family = cidr.includes(":") ? 6 : 4;
    expect(openAddresses(layout, family)).toEqual(addresses);
    expect(layout.openSize(family)).toBe(BigInt(addresses.length));
  });

  test("are not those reserved or excluded", () => {
    const layout = new PoolLayout(
      pool({
        cidrs: ["10.1.0.0/28"],
        reserved: ["10.1.0.0/29"],
        excluded: ["10.1.0.9-10.1.0.12"],
      }),
    );
    expect(openAddresses(layout, 4)).toEqual(["10.1.0.8", "10.1.0.13", "10.1.0.14"]);
  });

  test("exclude network and broadcast of each CIDR on its own", () => {
    const layout = new PoolLayout(pool({ cidrs: ["10.1.0.0/30", "10.1.0.4/30"] }));
    expect(openAddresses(layout, 4)).toEqual(["10.1.0.1", "10.1.0.2", "10.1.0.5", "10.1.0.6"]);
  });
});

describe("blocks", () => {
  test("are aligned, so that a CIDR smaller than one is a part of it", () => {
    const small = new PoolLayout(pool({ cidrs: ["10.1.0.16/28"] }));
    expect([...small.blocksFrom(4, 0n)]).toEqual(["10.1.0.0/26"]);
    expect(small.sizeOf(parseIpPrefix("10.1.0.0/26"))).toBe(16);
    const grown = new PoolLayout(pool({ cidrs: ["10.1.0.16/28", "10.1.0.64/26", "10.1.0.0/28"] }));
    expect([...grown.blocksFrom(4, 0n)]).toEqual(["10.1.0.0/26", "10.1.0.64/26"]);
  });

  test("are all there once, from any of them and around", () => {
    const layout = new PoolLayout(pool({ cidrs: ["10.1.0.0/24", "10.9.0.0/25"] }));
    expect([...layout.blocksFrom(4, 4n)]).toEqual([
      "10.9.0.0/26",
      "10.9.0.64/26",
      "10.1.0.0/26",
      "10.1.0.64/26",
      "10.1.0.128/26",
      "10.1.0.192/26",
    ]);
  });

  test("of an IPv6 subnet are found without counting up to them", () => {
    const layout = new PoolLayout(pool({ cidrs: ["2001:db8::/64"], excluded: ["2001:db8::/65"] }));
    expect(layout.blockCount(6)).toBe(1n << 57n);
    const [first] = layout.blocksFrom(6, (1n << 57n) - 1n);
    expect(first).toBe("2001:db8::ffff:ffff:ffff:ffc0/122");
  });

  test("without an address to give are left out", () => {
    const layout = new PoolLayout(pool({ cidrs: ["10.1.0.0/24"], reserved: ["10.1.0.64/26"] }));
    expect([...layout.blocksFrom(4, 0n)]).not.toContain("10.1.0.64/26");
    expect(layout.hasBlock(parseIpPrefix("10.1.0.64/26"))).toBe(true);
  });

  test("of another length than the pool's are none of its", () => {
    const layout = new PoolLayout(pool({ cidrs: ["10.1.0.0/24"] }));
    expect(layout.hasBlock(parseIpPrefix("10.1.0.0/27"))).toBe(false);
    expect(layout.usable(parseIpPrefix("10.1.0.0/27"))).toEqual([]);
  });

  test("are at most 1024 addresses, and at least one", () => {
    const cidrs = ["10.1.0.0/16"];
    expect(() => new PoolLayout(pool({ cidrs, blockLength: { 4: 21 } }))).toThrow(
      "pool red/web: an IPv4 block is a prefix of 22 to 32 bits, not of 21",
    );
    expect(new PoolLayout(pool({ cidrs, blockLength: { 4: 32 } })).blockCount(4)).toBe(65534n);
  });
});

test("who asks for one address gets none outside, no gateway and nothing excluded, but reserved ones", () => {
  const layout = new PoolLayout(
    pool({
      cidrs: ["10.1.0.0/24"],
      gateway: ["10.1.0.1"],
      reserved: ["10.1.0.2"],
      excluded: ["10.1.0.3"],
    }),
  );
  const fault = (address: string) => layout.faultOf(parseIpAddress(address));
  expect(fault("10.1.1.0")).toBe("outside");
  expect(fault("2001:db8::1")).toBe("outside");
  expect(fault("10.1.0.1")).toBe("gateway");
  expect(fault("10.1.0.3")).toBe("excluded");
  expect(fault("10.1.0.2")).toBeUndefined();
  expect(fault("10.1.0.0")).toBeUndefined();
});

test("address and ordinal belong together, and each address is in its block", () => {
  const layout = new PoolLayout(pool({ cidrs: ["10.0.0.0/8", "2001:db8::/32"] }));
  const address = fc.oneof(
    fc.ipV4().map((text) => parseIpAddress(text)),
    fc.ipV6().map((text) => parseIpAddress(text)),
  );
  fc.assert(
    fc.property(address, (ip) => {
      const block = layout.blockOf(ip);
      expect(prefixContains(block, ip)).toBe(true);
      expect(ordinalOf(block, ip)).toBeLessThan(64);
      expect(addressAt(block, ordinalOf(block, ip))).toBe(ip);
    }),
  );
});
