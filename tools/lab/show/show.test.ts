import { parseIpAddress } from "@selvedge/net";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type LabPlan, planLab } from "../plan/lab-plan.ts";
import { topologySchema } from "../plan/topology.ts";
import { drawNetwork } from "./picture.ts";
import { formatDuration, Progress } from "./progress.ts";
import { formatOutcome } from "./report.ts";
import { suggestions } from "./suggestions.ts";
import { formatEndpoints, formatMatrix } from "./tables.ts";

const TOPOLOGY = `
name: lab
resources: []
nodes: { spine: { kind: router }, h1: { kind: host }, h2: { kind: host }, rr1: { kind: host } }
links:
  - { spine: 10.0.1.1/24, h1: 10.0.1.11/24 }
  - { spine: 10.0.2.1/24, h2: 10.0.2.12/24 }
  - { spine: 10.0.3.1/24, rr1: 10.0.3.100/24 }
workloads: [{ endpoint: red/a }, { endpoint: red/b }, { endpoint: blue/a }]
`;

function plan(): LabPlan {
  const host = (name: string, address: string) => ({
    name,
    address: parseIpAddress(address),
    isReflector: name === "rr1",
  });
  const endpoint = (name: string, on: string, ...addresses: string[]) => ({
    name,
    tenant: name.slice(0, name.indexOf("/")),
    vrf: "main",
    host: on,
    addresses: addresses.map(parseIpAddress),
  });
  const outcome = planLab("lab", topologySchema.parse(parse(TOPOLOGY)), {
    hosts: [host("h1", "10.0.1.11"), host("h2", "10.0.2.12"), host("rr1", "10.0.3.100")],
    endpoints: [
      endpoint("red/a", "h1", "10.1.0.11", "2001:db8::11"),
      endpoint("red/b", "h2", "10.1.0.12"),
      endpoint("blue/a", "h1", "10.1.0.11"),
    ],
  });
  if (outcome.kind !== "plan") throw new Error(JSON.stringify(outcome.issues));
  return outcome.plan;
}

test("the picture shows routers, hosts, their links and their endpoints", () => {
  expect(`\n${drawNetwork(plan())}\n`).toBe(`
+---------------------------------------------------------+
|                          spine                          |
+--------+-------------------+-------------------+--------+
     10.0.1.1            10.0.2.1            10.0.3.1
         |                   |                   |
     10.0.1.11           10.0.2.12          10.0.3.100
+--------+--------+ +--------+--------+ +--------+--------+
| h1              | | h2              | | rr1  reflector  |
| red   a         | | red   b         | |                 |
| blue  a         | |                 | |                 |
+-----------------+ +-----------------+ +-----------------+
`);
});

test("the matrix shows who answered, a table a family", () => {
  const { workloads } = plan();
  const text = formatMatrix({
    sources: workloads,
    addresses: ["10.1.0.11", "10.1.0.12", "2001:db8::11"].map(parseIpAddress),
    answers: [
      ["red/a", "red/b", "red/a"],
      ["red/a", "red/b", "red/a"],
      ["blue/a", undefined, undefined],
    ],
  });
  expect(`\n${text}\n`).toBe(`
IPv4: FROM  ON  10.1.0.11  10.1.0.12
red/a       h1  red/a      red/b
red/b       h2  red/a      red/b
blue/a      h1  blue/a     -

IPv6: FROM  ON  2001:db8::11
red/a       h1  red/a
red/b       h2  red/a
blue/a      h1  -
`);
});

test("endpoints are listed with where they are", () => {
  expect(formatEndpoints(plan()).split("\n")[1]).toBe(
    "red/a     h1    10.1.0.11  2001:db8::11  lab-red-a",
  );
});

test("suggestions name namespaces, addresses and sockets of this lab", () => {
  const commands = suggestions(plan(), (host) => `/run/lab/${host}.sock`).map(
    (suggestion) => suggestion.command,
  );
  expect(commands).toContain("ip netns exec lab-red-a ping 10.1.0.12");
  expect(commands).toContain("bin/selvedge.mjs show evpn routes --socket /run/lab/rr1.sock");
  expect(commands).toContain("ip netns exec lab-h1.red.main ip route");
});

test("a step is reported with the time it took", async () => {
  const lines: string[] = [];
  let now = 0;
  const progress = new Progress(
    (line) => lines.push(line),
    () => now,
  );
  const result = await progress.step(
    "links",
    () => {
      now += 42;
      return 4;
    },
    (count) => `${count} links`,
  );
  expect(result).toBe(4);
  expect(lines).toEqual(["  links          42 ms   4 links"]);
});

test("durations fit a column of eight", () => {
  expect([0.34, 12.4, 999.4, 1500, 61_000].map(formatDuration)).toEqual([
    "  0.3 ms",
    "   12 ms",
    "  999 ms",
    "   1.5 s",
    "  61.0 s",
  ]);
});

test("a failed check lists its faults, the first ten", () => {
  const detail = Array.from({ length: 12 }, (_, index) => `fault ${index}`);
  const lines = formatOutcome({ name: "all is well", passed: false, detail }).split("\n");
  expect(lines[0]).toBe("  FAIL  all is well");
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe("        and 2 more");
});
