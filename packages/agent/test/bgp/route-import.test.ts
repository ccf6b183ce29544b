import type { VrfNextHop, VrfRouteChange } from "@selvedge/bgp-evpn";
import { parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import { beforeEach, describe, expect, test } from "vitest";
import { RouteImport } from "../../src/bgp/route-import.ts";
import { recordingLog } from "../fixtures.ts";

const nextHop = (vtep: string, vni = 5001): VrfNextHop => ({
  vtep: parseIpAddress(vtep),
  routerMac: parseMacAddress("02:00:0a:00:02:01"),
  vni: parseVni(vni),
});

const reachable = (prefix: string, ...nextHops: VrfNextHop[]): VrfRouteChange => ({
  kind: "reachable",
  prefix: parseIpPrefix(prefix),
  nextHops,
});

const unreachable = (prefix: string): VrfRouteChange => ({
  kind: "unreachable",
  prefix: parseIpPrefix(prefix),
});

let told: string[];
let routes: RouteImport;
let lines: Record<string, unknown>[];

beforeEach(() => {
  told = [];
  const recording = recordingLog();
  lines = recording.lines;
  routes = new RouteImport({
    sink: {
      setRoute: (vrf, { prefix, nextHops }) =>
        void told.push(`${vrf} ${prefix} via ${nextHops.map(({ vtep }) => vtep).join()}`),
      removeRoute: (vrf, prefix) => void told.push(`${vrf} ${prefix} gone`),
    },
    site: (vrf) =>
      vrf === "red/main" ? { l3vni: parseVni(5001), vtep: parseIpAddress("10.0.1.1") } : undefined,
    log: recording.log,
  });
});

describe("the import of routes", () => {
  test("hands on what is reachable and what no longer is", () => {
    routes.follow("red/main", [reachable("10.1.0.2/32", nextHop("10.0.2.1"), nextHop("10.0.3.1"))]);
    routes.follow("red/main", [unreachable("10.1.0.2/32"), unreachable("10.1.0.9/32")]);
    expect(told).toEqual([
      "red/main 10.1.0.2/32 via 10.0.2.1,10.0.3.1",
      "red/main 10.1.0.2/32 gone",
    ]);
  });

  test("never sends traffic to this host's own VTEP", () => {
    routes.follow("red/main", [reachable("10.1.0.2/32", nextHop("10.0.1.1"))]);
    expect(told).toEqual([]);
  });

  test("refuses another VNI than the VRF's, says so once, and takes a route away that had been good", () => {
    routes.follow("red/main", [reachable("10.1.0.2/32", nextHop("10.0.2.1"))]);
    routes.follow("red/main", [
      reachable("10.1.0.2/32", nextHop("10.0.2.1", 6000)),
      reachable("10.1.0.3/32", nextHop("10.0.2.1", 6000)),
    ]);
    expect(told.at(-1)).toBe("red/main 10.1.0.2/32 gone");
    expect(lines).toMatchObject([{ vni: 6000, l3vni: 5001, vtep: "10.0.2.1" }]);
  });

  test("ignores a VRF that this host does not carry", () => {
    routes.follow("blue/main", [reachable("10.1.0.2/32", nextHop("10.0.2.1"))]);
    expect(told).toEqual([]);
  });

  test("keeps what a former speaker had learned until the new one has converged", () => {
    routes.follow("red/main", [
      reachable("10.1.0.2/32", nextHop("10.0.2.1")),
      reachable("10.1.0.3/32", nextHop("10.0.3.1")),
    ]);
    routes.markStale();
    routes.follow("red/main", [reachable("10.1.0.3/32", nextHop("10.0.3.1"))]);
    told.length = 0;
    routes.sweepStale();
    expect(told).toEqual(["red/main 10.1.0.2/32 gone"]);
    routes.sweepStale();
    expect(told).toHaveLength(1);
  });
});
