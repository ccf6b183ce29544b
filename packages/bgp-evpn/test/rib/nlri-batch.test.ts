import { parseIpAddress, parseIpPrefix, parseRouteDistinguisher, parseVni } from "@selvedge/net";
import { expect, test } from "vitest";
import { NlriBatch } from "../../src/rib/nlri-batch.ts";
import { nlriHash } from "../../src/rib/nlri-hash.ts";
import { encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";

function route(number: number): Uint8Array {
  return encodeEvpnRoute({
    kind: "ip-prefix",
    routeType: 5,
    rd: parseRouteDistinguisher("10.0.0.1:1"),
    esi: "00:00:00:00:00:00:00:00:00:00",
    ethernetTag: 0,
    prefix: parseIpPrefix(`10.0.${number >> 8}.${number & 0xff}/32`),
    gateway: parseIpAddress("0.0.0.0"),
    label: parseVni(100),
  });
}

/** A field of so many routes, and then one of an unknown type, with nothing in it. */
function field(routes: number): Uint8Array {
  const all = Array.from({ length: routes }, (_, number) => [...route(number)]);
  return Uint8Array.from([...all.flat(), 99, 0]);
}

test.each([0, 1, 63, 64, 200])("takes every NLRI of a field of %i and one more", (routes) => {
  const bytes = field(routes);
  const batch = new NlriBatch();
  const seen: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    at = batch.read(bytes, at, bytes.length);
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i] ?? 0;
      expect([batch.hasKey[i], batch.keyHash[i]]).toEqual([1, nlriHash(bytes, start)]);
      seen.push(Buffer.from(bytes.slice(start, start + (batch.length[i] ?? 0))).toString("hex"));
    }
  }
  expect(seen.join("")).toBe(Buffer.from(bytes).toString("hex"));
});

test("an NLRI that ends beyond the field is left out, and what follows it", () => {
  const bytes = field(2);
  const batch = new NlriBatch();
  const end = route(0).length + 10;
  expect([batch.read(bytes, 0, end), batch.count]).toEqual([end, 1]);
});

test("an NLRI of which no key can be made is marked", () => {
  const bytes = route(1);
  // 33 bits of an IPv4 prefix.
  bytes[24] = 33;
  const batch = new NlriBatch();
  batch.read(bytes, 0, bytes.length);
  expect([batch.count, batch.hasKey[0]]).toEqual([1, 0]);
});
