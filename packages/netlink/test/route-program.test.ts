import { parseIpAddress, prefixBytes, prefixFromBytes } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeNexthopRoute,
  encodeRouteRemoval,
  encodeRouteRequest,
} from "../src/route-request.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { labBridge, labSocket } from "./kernel-lab.ts";

const OURS = 201;

/** A socket in a namespace with next hops 1 and 2. */
function labNexthops() {
  const socket = labSocket();
  const link = labBridge(socket);
  const via = { kind: "gateway", address: parseIpAddress("fe80::1"), link, onlink: true } as const;
  socket.execute([
    { kind: "nexthop.replace", id: 1, protocol: OURS, via },
    { kind: "nexthop.replace", id: 2, protocol: OURS, via },
  ]);
  return socket;
}

/** Octets of 10.x.y.z for n = x.y.z. */
function hosts(count: number): Uint8Array {
  const bytes = new Uint8Array(4 * count);
  for (let i = 0; i < count; i++) {
    bytes.set([10, i >> 16, i >> 8, i], 4 * i);
  }
  return bytes;
}

describe("the fast encoders write what the plain one writes:", () => {
  const route = fc.record({
    family: fc.constantFrom(4 as const, 6 as const),
    octets: fc.uint8Array({ minLength: 20, maxLength: 20 }),
    bits: fc.nat({ max: 128 }),
    offset: fc.nat({ max: 4 }),
    nexthop: fc.integer({ min: 1, max: 0xffffffff }),
    protocol: fc.integer({ min: 1, max: 255 }),
    metric: fc.option(fc.integer({ min: 1, max: 0xffffffff }), { nil: undefined }),
  });

  test("a replacement over a next hop, and a removal", () => {
    fc.assert(
      fc.property(route, ({ family, octets, bits, offset, nexthop, protocol, metric }) => {
        const length = family === 4 ? bits % 33 : bits;
        const destination = prefixFromBytes(octets, offset, family, length);
        const bytes = new Uint8Array(20);
        bytes.set(prefixBytes(destination), offset);
        const fast = new MessageWriter(64);
        encodeNexthopRoute(fast, family, bytes, offset, length, nexthop, protocol, metric);
        encodeRouteRemoval(fast, family, bytes, offset, length, protocol, metric);
        const plain = new MessageWriter(64);
        const preference = metric === undefined ? {} : { metric };
        encodeRouteRequest(plain, {
          kind: "route.replace",
          destination,
          via: { kind: "nexthop", id: nexthop },
          protocol,
          ...preference,
        });
        encodeRouteRequest(plain, { kind: "route.delete", destination, protocol, ...preference });
        expect(fast.bytes.subarray(0, fast.length)).toEqual(plain.bytes.subarray(0, plain.length));
      }),
    );
  });
});

describe("a program", () => {
  test("adds, replaces and removes more routes than fit into one batch", () => {
    const socket = labNexthops();
    const count = 1500;
    const bytes = hosts(count);
    const program = socket.routeProgram({ protocol: OURS });
    for (const nexthop of [1, 2]) {
      for (let i = 0; i < count; i++) {
        program.replace(4, bytes, 4 * i, 32, nexthop);
      }
      expect(program.finish()).toEqual({ applied: count, failures: [], uncertain: 0 });
      const routes = socket.routes({ protocol: OURS });
      expect(routes).toHaveLength(count);
      expect(routes.every(({ via }) => via.kind === "nexthop" && via.id === nexthop)).toBe(true);
    }
    for (let i = 0; i < count; i++) {
      program.remove(4, bytes, 4 * i, 32);
    }
    expect(program.finish()).toEqual({ applied: count, failures: [], uncertain: 0 });
    expect(socket.routes({ protocol: OURS })).toEqual([]);
  });

  test("serves IPv6, prefixes shorter than an address, and a metric of one's own", () => {
    const socket = labNexthops();
    const program = socket.routeProgram({ protocol: OURS, metric: 77 });
    const bytes = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    program.replace(6, bytes, 0, 64, 1);
    program.replace(4, Uint8Array.of(10, 1, 0, 0), 0, 16, 2);
    expect(program.finish().failures).toEqual([]);
    expect(socket.routes({ protocol: OURS })).toMatchObject([
      { destination: "10.1.0.0/16", via: { kind: "nexthop", id: 2 }, metric: 77 },
      { destination: "2001:db8:1::/64", via: { kind: "nexthop", id: 1 }, metric: 77 },
    ]);
  });

  test("attributes refusals to calls, names the route and what was asked, and does the rest", () => {
    const socket = labNexthops();
    const program = socket.routeProgram({ protocol: OURS });
    const count = 600;
    const bytes = hosts(count);
    for (let i = 0; i < count; i++) {
      program.replace(4, bytes, 4 * i, 32, i === 3 || i === 599 ? 99 : 1);
    }
    program.remove(4, bytes, 4 * 3, 32);
    const { applied, failures, uncertain } = program.finish();
    expect([applied, uncertain]).toEqual([count - 2, 0]);
    expect(failures.map(({ index, error }) => [index, error.message])).toEqual([
      [3, "route.replace route 10.0.0.3/32: Invalid argument: Nexthop id does not exist"],
      [599, "route.replace route 10.0.2.87/32: Invalid argument: Nexthop id does not exist"],
      [600, "route.delete route 10.0.0.3/32: No such process"],
    ]);
  });

  test("lets other calls of the socket come in between", () => {
    const socket = labNexthops();
    const program = socket.routeProgram({ protocol: OURS });
    const bytes = hosts(2);
    program.replace(4, bytes, 0, 32, 1);
    expect(socket.routes({ protocol: OURS })).toEqual([]);
    expect(socket.execute([{ kind: "nexthop.delete", id: 98 }]).failures).toHaveLength(1);
    program.replace(4, bytes, 4, 32, 1);
    expect(program.finish()).toEqual({ applied: 2, failures: [], uncertain: 0 });
  });
});
