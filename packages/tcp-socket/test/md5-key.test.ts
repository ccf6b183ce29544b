import { parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { md5KeyOption } from "../src/md5-key.ts";

const hex = (value: Uint8Array, from: number, to: number): string =>
  Buffer.from(value.subarray(from, to)).toString("hex");

describe("the kernel's structure of a key", () => {
  test("has the family, the address, the length of the key and the key", () => {
    const { option, value } = md5KeyOption(parseIpPrefix("10.0.0.1/32"), "ab");
    expect(option).toBe(14);
    expect(value.length).toBe(216);
    expect(hex(value, 0, 8)).toBe("020000000a000001");
    expect(hex(value, 128, 140)).toBe("0000020000000000" + "61620000");
  });

  test("of a prefix says how long the prefix is", () => {
    const { option, value } = md5KeyOption(parseIpPrefix("2001:db8::/32"), "ab");
    expect(option).toBe(32);
    expect(hex(value, 0, 12)).toBe("0a00000000000000" + "20010db8");
    expect(hex(value, 128, 132)).toBe("01200200");
  });

  test("that takes a key away has none", () => {
    const { value } = md5KeyOption(parseIpPrefix("10.0.0.0/8"), undefined);
    expect(hex(value, 128, 132)).toBe("01080000");
  });

  test("counts octets, not letters, and refuses an empty or a longer key without telling it", () => {
    const prefix = parseIpPrefix("10.0.0.1/32");
    expect(hex(md5KeyOption(prefix, "\u00e9".repeat(40)).value, 130, 132)).toBe("5000");
    expect(() => md5KeyOption(prefix, "")).toThrow("1 to 80 octets, not 0");
    expect(() => md5KeyOption(prefix, "k".repeat(81))).toThrow(/^(?!.*kk).*1 to 80 octets, not 81/);
  });
});
