import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { NetlinkError } from "../src/errors.ts";
import type { RouteRequest } from "../src/request.ts";
import { RouteSocket } from "../src/route-socket.ts";
import {
  bringLoopbackUp,
  errorOf,
  labBridge,
  labNamespace,
  labSocket,
  linkNamed,
} from "./kernel-lab.ts";

/** Ten routes, of which every one in `bad` names a next hop that does not exist. */
function tenRoutes(link: number, bad: readonly number[]): RouteRequest[] {
  return Array.from({ length: 10 }, (_, i) => ({
    kind: "route.replace",
    destination: parseIpPrefix(`10.0.${i}.0/24`),
    via: bad.includes(i) ? { kind: "nexthop", id: 99 } : { kind: "link", index: link },
    protocol: 201,
  }));
}

describe("execute", () => {
  test("attributes each of 4 bad requests among 10, and carries out the other 6", () => {
    const socket = labSocket();
    const bad = [0, 3, 4, 9];
    const requests = tenRoutes(labBridge(socket), bad);
    const outcome = socket.execute(requests);
    expect(outcome).toMatchObject({ kind: "complete", applied: 6 });
    expect(outcome.failures.map(({ index }) => index)).toEqual(bad);
    for (const { index, request, error } of outcome.failures) {
      expect(request).toBe(requests[index]);
      expect(error).toBeInstanceOf(NetlinkError);
      expect(error).toMatchObject({
        code: "EINVAL",
        request: "route.replace",
        object: `route 10.0.${index}.0/24`,
        extack: "Nexthop id does not exist",
      });
    }
    expect(socket.routes({ protocol: 201 })).toHaveLength(6);
  });

  test("carries the requests out in order", () => {
    const socket = labSocket();
    const requests: RouteRequest[] = [
      { kind: "link.create", name: "a", link: { kind: "veth", peerName: "b" } },
      { kind: "link.set", name: "a", alias: "first" },
      { kind: "link.set", name: "a", alias: "second" },
    ];
    expect(socket.execute(requests).failures).toEqual([]);
    expect(linkNamed(socket, "a").alias).toBe("second");
  });

  test("of nothing does nothing", () => {
    expect(labSocket().execute([])).toEqual({ kind: "complete", applied: 0, failures: [] });
  });

  test("can be repeated when it replaces: nothing fails and nothing changes", () => {
    const socket = labSocket();
    const link = labBridge(socket);
    const requests = tenRoutes(link, []);
    socket.execute(requests);
    const before = socket.routes();
    expect(socket.execute(requests)).toMatchObject({ applied: 10, failures: [] });
    expect(socket.routes()).toEqual(before);
  });

  test("attributes rightly over several batches", () => {
    const socket = labSocket();
    bringLoopbackUp(socket);
    const requests: RouteRequest[] = Array.from({ length: 1300 }, (_, i) =>
      i % 500 === 499
        ? { kind: "nexthop.delete", id: 5000 }
        : { kind: "nexthop.replace", id: i + 1, protocol: 201, via: { kind: "blackhole" } },
    );
    const { applied, failures } = socket.execute(requests);
    expect(applied).toBe(1298);
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [499, "ENOENT"],
      [999, "ENOENT"],
    ]);
  });

  test("leaves nothing behind for the next call when a request cannot be encoded", () => {
    const socket = labSocket();
    bringLoopbackUp(socket);
    const broken: RouteRequest = {
      kind: "nexthop.delete",
      get id(): number {
        throw new TypeError("a bug");
      },
    };
    const good: RouteRequest = {
      kind: "nexthop.replace",
      id: 1,
      protocol: 201,
      via: { kind: "blackhole" },
    };
    expect(() => socket.execute([good, broken])).toThrow(TypeError);
    expect(socket.nexthops()).toEqual([]);
    expect(socket.execute([good])).toMatchObject({ applied: 1 });
  });
});

describe("executeOne", () => {
  test("throws the kernel's refusal, whose message says what was wanted and why it was refused", () => {
    const request: RouteRequest = {
      kind: "address.replace",
      link: 1,
      address: parseIpAddress("10.0.0.1"),
      length: 33,
    };
    const error = errorOf(() => labSocket().executeOne(request));
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toMatchObject({
      message:
        "address.replace address 10.0.0.1/33 on link 1: Invalid argument: ipv4: Invalid prefix length",
    });
  });
});

describe("a socket", () => {
  test("without a namespace is where the thread is", () => {
    const namespace = labNamespace("here");
    const inside = labSocket(namespace);
    labBridge(inside);
    using here = namespace.run(() => RouteSocket.open());
    expect(here.links().map(({ name }) => name)).toEqual(["lo", "br0"]);
  });

  test("that is closed is refused by the kernel, and can be closed again", () => {
    const socket = labSocket();
    socket.close();
    socket.close();
    expect(errorOf(() => socket.links())).toMatchObject({ code: "EBADF" });
  });
});
