import { expect, it } from "vitest";
import { overlayMtu } from "../src/intent.ts";

it("leaves room for the headers of VXLAN over IPv4", () => {
  expect(overlayMtu(1500)).toBe(1450);
  expect(overlayMtu(9000)).toBe(8950);
});
