import type { EvpnPathDocument, EvpnRoutesDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatEvpnRoutes } from "../../src/show/evpn-routes.ts";

const local: EvpnPathDocument = {
  valid: true,
  bestpath: true,
  multipath: false,
  stale: false,
  pathFrom: "local",
  peerId: "0.0.0.0",
  nexthop: "10.0.1.1",
  path: "",
  origin: "IGP",
  locPrf: 100,
  vni: 5001,
  extendedCommunity: "RT:65000:5001 ET:8 Rmac:02:00:0a:00:01:01",
};

const document = (paths: EvpnPathDocument[]): EvpnRoutesDocument => ({
  bgpTableVersion: 5,
  bgpLocalRouterId: "10.0.1.1",
  localAS: 65000,
  routeDistinguishers: [
    {
      rd: "10.0.1.1:1",
      routes: [{ prefix: "[5]:[0]:[32]:[10.1.0.11]", routeType: 5, paths }],
    },
  ],
  numPrefix: 1,
  numPaths: paths.length,
});

/** The lines below the legend, up to the count. */
const body = (text: string) => text.split("\n").slice(10, -1);

describe("show evpn routes", () => {
  test("prints a route under its route distinguisher with its path and communities", () => {
    expect(body(formatEvpnRoutes(document([local])))).toEqual([
      "                    Extended Community",
      "Route Distinguisher: 10.0.1.1:1",
      " *> [5]:[0]:[32]:[10.1.0.11]",
      "                    10.0.1.1                      100 i",
      "                    RT:65000:5001 ET:8 Rmac:02:00:0a:00:01:01",
      "",
      "Displayed 1 prefixes (1 paths)",
    ]);
  });

  test("marks internal, stale and external paths as FRR does", () => {
    const paths: EvpnPathDocument[] = [
      { ...local, pathFrom: "internal" },
      { ...local, pathFrom: "internal", bestpath: false, stale: true },
      { ...local, pathFrom: "external", bestpath: false, path: "65001 65002", metric: 10 },
    ];
    const text = formatEvpnRoutes(document(paths));
    expect(text).toContain("\n *>i[5]:");
    expect(text).toContain("\nS* i[5]:");
    expect(text).toMatch(/\n {20}10\.0\.1\.1 {16}10 {4}100 65001 65002 i\n/);
  });

  test("marks paths that a policy refuses, and those of equal cost with the best", () => {
    const text = formatEvpnRoutes(
      document([
        { ...local, multipath: true },
        { ...local, pathFrom: "internal", bestpath: false, multipath: true },
        {
          ...local,
          pathFrom: "internal",
          bestpath: false,
          valid: false,
          refused: "not the holder",
        },
      ]),
    );
    expect(text).toContain("\n *> [5]:");
    expect(text).toContain("\n *=i[5]:");
    expect(text).toContain("\nR  i[5]:");
  });

  test("says so when there are none", () => {
    const empty = { ...document([]), routeDistinguishers: [], numPrefix: 0 };
    expect(formatEvpnRoutes(empty)).toBe("No EVPN prefixes exist\n");
  });
});
