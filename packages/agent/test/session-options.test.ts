import { Speaker } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { type AgentConfig, ConfigError, parseConfig } from "../src/config.ts";
import { sessionOptions } from "../src/session-options.ts";

/** A file whose section `bgp` is on line 2, the neighbour's own fields on line 4. */
const fileOf = (all: string, own = "", section = "neighbors"): string => {
  const id = section === "neighbors" ? "address: 192.0.2.1" : "prefix: 192.0.2.0/24";
  return `host: h1
bgp:
  ${section}:
    - { ${id}, asn: 65001${own === "" ? "" : `, ${own}`} }
${all === "" ? "" : `  ${all}\n`}`;
};

const bgpOf = (text: string): AgentConfig["bgp"] => parseConfig(text, "agent.yaml").bgp;

const issuesOf = (text: string): readonly string[] => {
  try {
    parseConfig(text, "agent.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the configuration was accepted");
};

describe("the options of sessions", () => {
  test("are absent when the file does not say them", () => {
    const { neighbors, ...bgp } = bgpOf(fileOf(""));
    expect(sessionOptions(bgp)).toEqual({});
    expect(neighbors.map(sessionOptions)).toEqual([{}]);
  });

  test("are taken for all neighbours, and for one of them with its shutdown", () => {
    const bgp = bgpOf(
      fileOf(
        "longLivedStaleTime: 3600",
        "maximumPrefixes: { limit: 100 }, shutdown: { message: moved }, passive: true",
      ),
    );
    expect(sessionOptions(bgp)).toEqual({ longLivedStaleTime: 3600 });
    expect(bgp.neighbors).toEqual([
      {
        address: "192.0.2.1",
        asn: 65001,
        maximumPrefixes: { limit: 100, warningPercent: 75, action: "shutdown" },
        passive: true,
        reflectorClient: false,
        shutdown: { message: "moved" },
      },
    ]);
  });

  test.each([
    "maximumPrefixes: { limit: 4294967295, warningPercent: 100, action: warn }",
    "maximumPrefixes: { limit: 1, warningPercent: 1, restartSeconds: 65535 }",
    "onHoldExpiry: all",
    "longLivedStaleTime: 0",
    "longLivedStaleTime: 16777215",
    "longLivedPartialDeployment: true",
    "shutdown: true",
    `shutdown: { message: ${"é".repeat(127)} }`,
  ])("with { %s } are taken by the speaker as well", (own) => {
    const routerId = parseIpAddress("192.0.2.9");
    const speaker = new Speaker({ asn: parseAsn(65000), routerId, listen: [] });
    const [neighbor] = bgpOf(fileOf("", own)).neighbors;
    if (neighbor === undefined) throw new Error("the neighbour is gone");
    const { address, asn, shutdown } = neighbor;
    speaker.setNeighbor({
      address,
      asn,
      ...sessionOptions(neighbor),
      ...(shutdown === undefined ? {} : { shutdown }),
    });
    expect(speaker.neighbor(address)).toBeDefined();
  });

  test.each([
    ["maximumPrefixes: 100", "maximumPrefixes: "],
    ["maximumPrefixes: { warningPercent: 80 }", "maximumPrefixes.limit: "],
    ["maximumPrefixes: { limit: 0 }", "maximumPrefixes.limit: "],
    ["maximumPrefixes: { limit: 4294967296 }", "maximumPrefixes.limit: "],
    ["maximumPrefixes: { limit: 9, warningPercent: 101 }", "maximumPrefixes.warningPercent: "],
    ["maximumPrefixes: { limit: 9, action: log }", "maximumPrefixes.action: "],
    ["maximumPrefixes: { limit: 9, restartSeconds: 65536 }", "maximumPrefixes.restartSeconds: "],
    [
      "maximumPrefixes: { limit: 9, action: warn, restartSeconds: 60 }",
      "maximumPrefixes.restartSeconds: leave it out",
    ],
    ["maximumPrefixes: { limit: 9, restart: 60 }", 'Unrecognized key: "restart"'],
    ["onHoldExpiry: some", "onHoldExpiry: "],
    ["longLivedStaleTime: -1", "longLivedStaleTime: "],
    ["longLivedStaleTime: 16777216", "longLivedStaleTime: "],
    ["longLivedPartialDeployment: maybe", "longLivedPartialDeployment: "],
  ])("refuse { %s } with line and path wherever it is", (fields, reason) => {
    for (const [text, line] of [
      [fileOf("", fields), 4],
      [fileOf("", fields, "ranges"), 4],
      [fileOf(fields), 5],
    ] as const) {
      const issues = issuesOf(text);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toContain(`agent.yaml:${line}: bgp`);
      expect(issues[0]).toContain(reason);
    }
  });

  test.each([
    ["shutdown: moved", "shutdown: use true or { message: TEXT }"],
    ["shutdown: { text: moved }", "shutdown: use true or { message: TEXT }"],
    [`shutdown: { message: ${"é".repeat(128)} }`, "shutdown: use a message of at most 255 octets"],
  ])("refuse { %s } of a neighbour", (own, reason) => {
    expect(issuesOf(fileOf("", own))).toEqual([expect.stringContaining(reason)]);
  });

  test("have no shutdown for all neighbours at once", () => {
    expect(issuesOf(fileOf("shutdown: true"))).toEqual([
      expect.stringContaining('Unrecognized key: "shutdown"'),
    ]);
  });
});
