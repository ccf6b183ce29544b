import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readIntent } from "./intent.ts";
import { type LabPlan, namespacesOf, planLab } from "./lab-plan.ts";
import { topologySchema } from "./topology.ts";
import { underlayInterfaces, underlayRoutes } from "./underlay-routes.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, EXAMPLES), "utf8");

function examplePlan(): LabPlan {
  const topology = topologySchema.parse(parse(read("two-tenants.yaml")));
  const file = "two-tenants.resources.yaml";
  const outcome = planLab("t", topology, readIntent(file, read(file)));
  if (outcome.kind !== "plan") throw new Error(JSON.stringify(outcome.issues));
  return outcome.plan;
}

test("namespaces are named after the lab, and no two alike", () => {
  const names = namespacesOf(examplePlan());
  expect(names).toContain("t-spine");
  expect(names).toContain("t-red-web-1");
  expect(new Set(names).size).toBe(names.length);
});

test("both tenants of the example use the same addresses on the same hosts, and one of their own", () => {
  const { workloads, tenants } = examplePlan();
  expect(tenants).toEqual(["red", "blue"]);
  const placesOf = (tenant: string): string[] =>
    workloads
      .filter((workload) => workload.tenant === tenant)
      .map(({ host, addresses }) => `${host} ${addresses.join(" ")}`);
  const [red, blue] = [placesOf("red"), placesOf("blue")];
  const shared = red.filter((place) => blue.includes(place));
  expect(shared.map((place) => place.slice(0, 2))).toEqual(["h1", "h2", "h3"]);
  expect(red.length).toBeGreaterThan(shared.length);
  expect(blue.length).toBeGreaterThan(shared.length);
});

test("every host of the example is in a subnet of its own and has a route to every other", () => {
  const { nodes } = examplePlan();
  const subnets = nodes.flatMap((node) => node.interfaces.map((end) => end.subnet));
  expect(new Set(subnets).size).toBe(subnets.length / 2);
  const h1 = nodes.find((node) => node.name === "h1");
  expect(h1?.routes).toEqual([
    { destination: "10.0.2.0/24", gateway: "10.0.1.1", interfaceName: "eth1" },
    { destination: "10.0.3.0/24", gateway: "10.0.1.1", interfaceName: "eth1" },
    { destination: "10.0.4.0/24", gateway: "10.0.1.1", interfaceName: "eth1" },
  ]);
});

test("routes go along the fewest links and never through a host", () => {
  const topology = topologySchema.parse(
    parse(`
name: t
resources: []
nodes: { r1: { kind: router }, r2: { kind: router }, r3: { kind: router }, a: { kind: host }, b: { kind: host } }
links:
  - { a: 10.0.1.1/24, r1: 10.0.1.2/24 }
  - { r1: 10.0.2.1/24, r2: 10.0.2.2/24 }
  - { r2: 10.0.3.1/24, r3: 10.0.3.2/24 }
  - { r1: 10.0.4.1/24, r3: 10.0.4.2/24 }
  - { r3: 10.0.5.1/24, b: 10.0.5.2/24 }
  - { b: 10.0.6.1/24, r2: 10.0.6.2/24 }
`),
  );
  const routes = underlayRoutes("r1", topology, underlayInterfaces(topology));
  expect(routes).toEqual([
    { destination: "10.0.3.0/24", gateway: "10.0.2.2", interfaceName: "eth2" },
    { destination: "10.0.6.0/24", gateway: "10.0.2.2", interfaceName: "eth2" },
    { destination: "10.0.5.0/24", gateway: "10.0.4.2", interfaceName: "eth3" },
  ]);
});
