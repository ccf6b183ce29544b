import { parseIpAddress } from "@selvedge/net";
import { expect, test } from "vitest";
import { ECHO_PROTOCOLS } from "../src/echo-protocol.ts";

const ID = { identifier: 7, sequence: 9 };

test("writes socket addresses as bits/socket.h and netinet/in.h have them", () => {
  const of4 = ECHO_PROTOCOLS[4].socketAddress(parseIpAddress("192.0.2.1"));
  expect([...of4]).toEqual([2, 0, 0, 0, 192, 0, 2, 1, ...new Array<number>(8).fill(0)]);
  const of6 = ECHO_PROTOCOLS[6].socketAddress(parseIpAddress("2001:db8::1"));
  expect(of6).toHaveLength(28);
  expect([of6[0], ...of6.subarray(8, 12), of6[23]]).toEqual([10, 0x20, 1, 0x0d, 0xb8, 1]);
});

test("lets through the ICMPv6 types that are answers, and no others", () => {
  const [, , [, , filter] = [0, 0, new Uint8Array()]] = ECHO_PROTOCOLS[6].options;
  const words = new Uint32Array(filter.slice().buffer);
  const passed = Array.from({ length: 256 }, (_, type) => type).filter(
    (type) => (((words[type >> 5] ?? 0) >>> (type & 31)) & 1) === 0,
  );
  expect(passed).toEqual([2, 129]);
});

test("reads an IPv6 answer as from the socket address that it came with", () => {
  const { encode, decode, socketAddress } = ECHO_PROTOCOLS[6];
  const reply = encode(ID, 8);
  reply[0] = 129;
  const from = parseIpAddress("2001:db8::7");
  expect(decode(reply, socketAddress(from))).toEqual({ kind: "reply", from, id: ID });
});
