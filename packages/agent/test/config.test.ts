import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ConfigError, loadConfig, parseConfig } from "../src/config.ts";

const passwordFile = (text: string): string => {
  const directory = mkdtempSync(join(tmpdir(), "svt-password-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "password");
  writeFileSync(file, text);
  return file;
};

const issuesOf = (text: string): readonly string[] => {
  try {
    parseConfig(text, "agent.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the configuration was accepted");
};

describe("the configuration of an agent", () => {
  test("needs only the name of its host", () => {
    expect(parseConfig("host: h1\n", "agent.yaml")).toEqual({
      host: "h1",
      datastore: { kind: "sqlite", path: "/var/lib/selvedge/datastore.db" },
      runtimeDirectory: "/run/selvedge",
      guards: { endpoints: true, underlay: true },
      pathProbe: { enabled: true, interval: 60 },
      liveness: { timeToLive: 30 },
      garbageCollection: { enabled: true, interval: 60, grace: 300, keepRevisions: 10_000 },
      api: {
        tls: undefined,
        audit: { file: "/var/log/selvedge/audit.jsonl", required: false },
      },
      namespacePrefix: "vrf",
      bgp: { port: 179, holdTime: 90, connectRetry: 5, neighbors: [], ranges: [], monitoring: [] },
      log: { level: "info" },
    });
  });

  test("takes neighbours with their addresses in canonical form", () => {
    const text = "host: h1\nbgp: { neighbors: [{ address: '2001:DB8::1', asn: 65001 }] }\n";
    expect(parseConfig(text, "agent.yaml").bgp.neighbors).toEqual([
      { address: "2001:db8::1", asn: 65001, passive: false, reflectorClient: false },
    ]);
  });

  test("takes ranges of neighbours, with passwords out of files and FRR's words for the AS", () => {
    const file = passwordFile("s3cret\n");
    const text = `host: h1
bgp:
  neighbors: [{ address: 192.0.2.1, asn: external, ebgpMultihop: 2, passwordFile: ${file} }]
  ranges: [{ prefix: 10.0.0.0/24, asn: internal, ttlSecurity: 1, passwordFile: ${file} }]
`;
    const { neighbors, ranges } = parseConfig(text, "agent.yaml").bgp;
    expect(neighbors).toEqual([
      {
        address: "192.0.2.1",
        asn: "external",
        ebgpMultihop: 2,
        password: "s3cret",
        passive: false,
        reflectorClient: false,
      },
    ]);
    expect(ranges).toEqual([
      {
        prefix: "10.0.0.0/24",
        asn: "internal",
        limit: 100,
        ttlSecurity: 1,
        password: "s3cret",
        reflectorClient: false,
      },
    ]);
  });

  test.each([
    ["prefix: 10.0.0.1/24, asn: 65000", "10.0.0.1/24 has host bits set"],
    ["prefix: 10.0.0.0/24, asn: 65000, limit: 0", "bgp.ranges.0.limit"],
    ["prefix: 10.0.0.0/24, asn: both", "bgp.ranges.0.asn"],
    ["prefix: 10.0.0.0/24, asn: 65000, ttlSecurity: 255", "bgp.ranges.0.ttlSecurity"],
    ["prefix: 10.0.0.0/24, asn: 65000, passwordFile: /none", "ranges.0.passwordFile: ENOENT"],
    ["prefix: 10.0.0.0/24, asn: 65000, password: plain", 'Unrecognized key: "password"'],
  ])("refuses the range { %s }: %s", (range, reason) => {
    expect(issuesOf(`host: h1\nbgp: { ranges: [{ ${range} }] }\n`).join()).toContain(reason);
  });

  test("takes BMP collectors, with the back-off of RFC 7854", () => {
    const text = "host: h1\nbgp: { monitoring: [{ address: 192.0.2.9, port: 5000 }] }\n";
    expect(parseConfig(text, "agent.yaml").bgp.monitoring).toEqual([
      {
        address: "192.0.2.9",
        port: 5000,
        initialRetry: 30,
        maxRetry: 720,
        statisticsInterval: 60,
      },
    ]);
  });

  test.each([
    ["{ address: 192.0.2.9 }", "port"],
    ["{ address: 192.0.2.9, port: 65536 }", "port"],
    ["{ address: collector, port: 5000 }", "address"],
    ["{ address: 192.0.2.9, port: 5000, initialRetry: 60, maxRetry: 30 }", "maxRetry"],
    ["{ address: 192.0.2.9, port: 1 }, { address: 192.0.2.9, port: 1 }", "once"],
  ])("refuses the collectors %s: %s", (collectors, named) => {
    expect(issuesOf(`host: h1\nbgp: { monitoring: [${collectors}] }\n`).join()).toContain(named);
  });

  test("refuses a grace in which hosts could not come back", () => {
    const text = "host: h1\nliveness: { timeToLive: 200 }\ngarbageCollection: { grace: 399 }\n";
    expect(issuesOf(text)).toEqual([
      "agent.yaml:3: garbageCollection.grace: use at least twice liveness.timeToLive, the time hosts have to come back",
    ]);
  });

  test("names the line and the path of each fault, all at once", () => {
    const text = `host: H1
runtimeDirectory: /run/selvedge
bgp:
  holdTime: 2
  neighbors:
    - address: 10.0.0.256
      asn: 0
log:
  level: chatty
`;
    const issues = issuesOf(text);
    expect(issues).toHaveLength(5);
    expect(issues[0]).toMatch(/^agent\.yaml:1: host: use lower-case letters/);
    expect(issues[1]).toMatch(/^agent\.yaml:4: bgp\.holdTime: use 0, or 3 or more/);
    expect(issues[2]).toMatch(/^agent\.yaml:6: bgp\.neighbors\.0\.address: .*10\.0\.0\.256/);
    expect(issues[3]).toMatch(/^agent\.yaml:7: bgp\.neighbors\.0\.asn: /);
    expect(issues[4]).toMatch(/^agent\.yaml:9: log\.level: /);
  });

  test("refuses a field it does not know, by name", () => {
    expect(issuesOf("host: h1\nbgp: { prot: 179 }\n").join()).toMatch(/:2: bgp: .*prot/);
  });

  test("refuses a text that is no YAML with line and column", () => {
    expect(issuesOf("host: h1\nbgp: [\n")[0]).toMatch(/^agent\.yaml:3:1: /);
  });

  test("refuses an empty file because the host has no name", () => {
    expect(issuesOf("")[0]).toMatch(/^agent\.yaml: host: /);
  });

  test("says which file cannot be read", () => {
    expect(() => loadConfig("/nonexistent/agent.yaml")).toThrow(
      /^\/nonexistent\/agent\.yaml: ENOENT/,
    );
  });
});
