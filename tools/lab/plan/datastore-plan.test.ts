import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { planDatastore } from "./datastore-plan.ts";
import { readIntent } from "./intent.ts";
import { type LabPlan, namespacesOf, planLab } from "./lab-plan.ts";
import { topologySchema } from "./topology.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, EXAMPLES), "utf8");

function examplePlan(change: (text: string) => string = (text) => text): LabPlan {
  const file = "two-tenants.resources.yaml";
  const topology = topologySchema.parse(parse(change(read("two-tenants.yaml"))));
  const outcome = planLab("t", topology, readIntent(file, change(read(file))));
  if (outcome.kind !== "plan") throw new Error(JSON.stringify(outcome.issues));
  return outcome.plan;
}

function onEtcd(members: number): LabPlan {
  const outcome = planDatastore(examplePlan(), { kind: "etcd", members });
  if (outcome.kind !== "plan") throw new Error(outcome.message);
  return outcome.plan;
}

test("on SQLite nothing is added", () => {
  const plan = examplePlan();
  expect(planDatastore(plan, { kind: "sqlite" })).toEqual({ kind: "plan", plan });
});

test("every member has a namespace and an address of its own", () => {
  const { datastore, ...plan } = onEtcd(3);
  if (datastore.kind !== "etcd") throw new Error("it is not on etcd");
  expect(datastore.members.map(({ namespace }) => namespace)).toEqual([
    "t-etcd1",
    "t-etcd2",
    "t-etcd3",
  ]);
  expect(new Set(datastore.members.map(({ address }) => address)).size).toBe(3);
  expect(namespacesOf({ ...plan, datastore })).toEqual(
    expect.arrayContaining(["t-etcd1", "t-etcd3", "t-mgmt"]),
  );
});

test("each host has one more link, to the management network alone, and a route to it", () => {
  const before = examplePlan();
  const after = onEtcd(1);
  for (const host of before.nodes.filter(({ kind }) => kind === "host")) {
    const node = after.nodes.find(({ name }) => name === host.name);
    expect(node?.interfaces.slice(0, -1)).toEqual(host.interfaces);
    expect(node?.interfaces.at(-1)).toMatchObject({ name: "mgmt", peer: "mgmt" });
    expect(node?.routes.slice(0, -1)).toEqual(host.routes);
    const end = node?.interfaces.at(-1);
    expect(node?.routes.at(-1)).toEqual({
      destination: "198.18.0.0/16",
      gateway: end?.peerAddress,
      interfaceName: "mgmt",
    });
  }
});

test("routers of the underlay have no part in the management network", () => {
  const plan = onEtcd(1);
  const spine = plan.nodes.find(({ name }) => name === "spine");
  expect(spine).toEqual(examplePlan().nodes.find(({ name }) => name === "spine"));
});

test("both ends of a link of the management network know each other", () => {
  const plan = onEtcd(3);
  const center = plan.nodes.find(({ kind }) => kind === "management");
  expect(center?.interfaces).toHaveLength(4 + 3);
  for (const port of center?.interfaces ?? []) {
    const peer = plan.nodes.find(({ name }) => name === port.peer);
    const end = peer?.interfaces.find(({ address }) => address === port.peerAddress);
    expect(end).toMatchObject({
      peer: center?.name,
      peerAddress: port.address,
      subnet: port.subnet,
    });
  }
});

test("a node of the topology that has a member's name is refused", () => {
  const plan = examplePlan((text) => text.replaceAll(/\bspine\b/g, "etcd2"));
  expect(planDatastore(plan, { kind: "etcd", members: 1 }).kind).toBe("plan");
  const outcome = planDatastore(plan, { kind: "etcd", members: 2 });
  expect(outcome).toEqual({
    kind: "refused",
    message: "a lab on etcd has a node etcd2 of its own; give the topology's another name",
  });
});

test("a topology that uses the range of the management network is refused", () => {
  const plan = examplePlan((text) => text.replaceAll("10.0.2.", "198.18.2."));
  const outcome = planDatastore(plan, { kind: "etcd", members: 1 });
  expect(outcome).toMatchObject({ kind: "refused" });
  if (outcome.kind === "refused") expect(outcome.message).toContain("holds 198.18.2.");
});
