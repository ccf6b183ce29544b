import { expect, test } from "vitest";
import { parseListenAddress } from "../../src/access/listen-address.ts";

test.each([
  ["10.0.1.1:6443", { host: "10.0.1.1", port: 6443 }],
  ["[2001:db8::1]:6443", { host: "2001:db8::1", port: 6443 }],
  ["0.0.0.0:0", { host: "0.0.0.0", port: 0 }],
])("%s is an address", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
});

test.each([
  "",
  "6443",
  ":6443",
  "localhost:6443",
  "10.0.0.1",
  "::1:6443",
  "10.0.0.1:65536",
  "[10.0.0.1]:1",
  "10.0.0.1:-1",
  "10.0.0.1:6443 ",
])("%j is none", (text) => {
  expect(parseListenAddress(text)).toBeUndefined();
});
