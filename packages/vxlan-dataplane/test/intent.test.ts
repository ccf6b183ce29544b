import { parseIpAddress } from "@selvedge/net";
import { expect, it } from "vitest";
import { overlayMtu } from "../src/intent.ts";

it("leaves room for the headers of VXLAN over the underlay's family", () => {
  expect(overlayMtu(1500, parseIpAddress("192.0.2.1"))).toBe(1450);
  expect(overlayMtu(9000, parseIpAddress("192.0.2.1"))).toBe(8950);
  expect(overlayMtu(1500, parseIpAddress("2001:db8::1"))).toBe(1430);
});
