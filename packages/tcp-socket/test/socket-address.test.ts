import { ipFromBytes } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSocketAddress, encodeSocketAddress } from "../src/socket-address.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("an address and a port survive the kernel's form", () => {
  const address = fc.oneof(
    octets(4).map((bytes) => ipFromBytes(bytes, 0, 4)),
    octets(16).map((bytes) => ipFromBytes(bytes, 0, 6)),
  );
  fc.assert(
    fc.property(address, fc.nat({ max: 65_535 }), (ip, port) => {
      expect(decodeSocketAddress(encodeSocketAddress(ip, port))).toEqual({ address: ip, port });
    }),
  );
});
