import fc from "fast-check";
import { IPv4, IPv6 } from "ip-num";
import { expect, test } from "vitest";
import { parseIpAddress } from "../src/ip-address.ts";
import { isLinkLocal, isLoopback, isMulticast, isUnicast, isUnspecified } from "../src/ip-scope.ts";

test.each([
  ["169.254.1.1", "link-local unicast"],
  ["fe80::1", "link-local unicast"],
  ["febf::1", "link-local unicast"],
  ["fec0::1", "unicast"],
  ["127.0.0.1", "loopback unicast"],
  ["::1", "loopback unicast"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["ff02::1", "multicast"],
  ["0.0.0.0", "unspecified"],
  ["::", "unspecified"],
  ["0.1.2.3", ""],
  ["240.0.0.1", ""],
  ["255.255.255.255", ""],
  ["10.0.0.1", "unicast"],
  ["223.255.255.255", "unicast"],
  ["2001:db8::1", "unicast"],
])("%s is: %s", (text, kinds) => {
  const ip = parseIpAddress(text);
  const found = [
    isLinkLocal(ip) && "link-local",
    isLoopback(ip) && "loopback",
    isMulticast(ip) && "multicast",
    isUnspecified(ip) && "unspecified",
    isUnicast(ip) && "unicast",
  ];
  expect(found.filter(Boolean).join(" ")).toBe(kinds);
});

test("agrees with ip-num on every address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIpAddress(text);
      const number = text.includes(":") ? new IPv6(ip) : new IPv4(ip);
      expect(isLinkLocal(ip)).toBe(number.isLinkLocal());
      expect(isLoopback(ip)).toBe(number.isLoopback());
      expect(isMulticast(ip)).toBe(number.isMulticast());
    }),
  );
});
