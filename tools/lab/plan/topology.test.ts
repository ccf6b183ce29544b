import { expect, test } from "vitest";
import { LabError } from "../lab-error.ts";
import { intentOf } from "./intent.ts";
import { planLab } from "./lab-plan.ts";
import { topologySchema } from "./topology.ts";
import { checkTopology } from "./topology-rules.ts";
import { YamlSource } from "./yaml-source.ts";

const VALID = `name: lab
resources: []
nodes:
  spine: { kind: router }
  h1: { kind: host }
links:
  - { spine: 10.0.1.1/24, h1: 10.0.1.11/24 }
`;

/** The message that a user gets for this text. */
function refusalOf(text: string): string {
  try {
    const source = new YamlSource("lab.yaml", text);
    const parsed = topologySchema.safeParse(source.value);
    if (!parsed.success) throw source.refuse(parsed.error.issues);
    const issues = checkTopology(parsed.data);
    if (issues.length > 0) throw source.refuse(issues);
    return "";
  } catch (error) {
    if (error instanceof LabError) return error.message;
    throw error;
  }
}

test("a small topology is accepted", () => {
  expect(refusalOf(VALID)).toBe("");
});

test("text that is not YAML is refused with its line", () => {
  expect(refusalOf("name: lab\nnodes: {a: b\n")).toMatch(/^lab\.yaml:\d: /);
});

test("an unknown field is refused where it stands", () => {
  expect(refusalOf(`${VALID}colour: red\n`)).toMatch(/^lab\.yaml:1: .*colour/);
});

test("an unknown kind of node is refused with the line of the node", () => {
  expect(refusalOf(VALID.replace("h1: { kind: host }", "h1: { kind: switch }"))).toMatch(
    /^lab\.yaml:5: nodes\.h1\.kind: /,
  );
});

test.each([
  ["10.0.1.1", "no length"],
  ["10.0.1.1/33", "more bits than IPv4 has"],
  ["10.0.1/24", "three octets"],
  ["spine/24", "a name"],
])("an interface address %s is refused: %s", (address) => {
  const text = VALID.replace("spine: 10.0.1.1/24", `spine: ${address}`);
  expect(refusalOf(text)).toMatch(/^lab\.yaml:7: links\[0\]\.spine: .*prefix length/);
});

test("a link with one end is refused", () => {
  expect(refusalOf(VALID.replace(", h1: 10.0.1.11/24", ""))).toContain("a link has two ends");
});

test("ends in different subnets are refused", () => {
  expect(refusalOf(VALID.replace("10.0.1.11/24", "10.0.2.11/24"))).toBe(
    "lab.yaml:7: links[0]: the ends are in different subnets, 10.0.1.0/24 and 10.0.2.0/24",
  );
});

test("every fault is reported, in the order of the lines", () => {
  const text = `${VALID}  - { spine: 10.0.1.2/25, h9: 10.0.1.11/25 }\n`;
  expect(refusalOf(text).split("\n")).toEqual([
    "lab.yaml:8: links[1].h9: there is no node h9",
    "lab.yaml:8: links[1].h9: 10.0.1.11 is already used by h1",
    "lab.yaml:8: links[1]: 10.0.1.0/25 overlaps with 10.0.1.0/24 of links[0]",
  ]);
});

test("a node without a link is refused", () => {
  const text = VALID.replace("links:", "  h2: { kind: host }\nlinks:");
  expect(refusalOf(text)).toBe("lab.yaml:6: nodes.h2: no link leads to this node");
});

test("a workload must not take the namespace name of a node", () => {
  const text = `${VALID}workloads:\n  - { endpoint: red/a, namespace: h1 }\n`;
  expect(refusalOf(text)).toBe(
    "lab.yaml:9: workloads[0]: the namespace name h1 is already that of node h1",
  );
});

test("what the topology names must be declared", () => {
  const text = `${VALID}workloads:
  - { endpoint: red/a }
checks:
  - { kind: reachable, tenant: blue }
  - { kind: survives-agent-death, host: spine, from: red/a, to: red/b }
`;
  const source = new YamlSource("lab.yaml", text);
  const outcome = planLab("lab", topologySchema.parse(source.value), intentOf([]));
  expect(outcome.kind).toBe("issues");
  if (outcome.kind !== "issues") return;
  expect(source.refuse(outcome.issues).message.split("\n")).toEqual([
    "lab.yaml:5: nodes.h1: the resources have no Host h1",
    "lab.yaml:9: workloads[0].endpoint: the resources have no Endpoint red/a",
    "lab.yaml:11: checks[0].tenant: tenant blue has no workloads",
    "lab.yaml:12: checks[1].host: spine is no host of this topology",
    "lab.yaml:12: checks[1].to: red/b has no workload",
  ]);
});
