/** From a topology file to the plan of a lab and the resources to apply. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { LabError } from "./lab-error.ts";
import { type DatastoreChoice, planDatastore } from "./plan/datastore-plan.ts";
import { type Intent, readIntent } from "./plan/intent.ts";
import { type LabPlan, planLab } from "./plan/lab-plan.ts";
import { shownPath } from "./plan/shown-path.ts";
import { type Topology, topologySchema } from "./plan/topology.ts";
import { YamlSource } from "./plan/yaml-source.ts";

/** What `selvedge apply` is to be given. */
export type ResourcesToApply =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "inline"; readonly text: string };

export interface LoadedPlan {
  readonly plan: LabPlan;
  readonly resources: ResourcesToApply;
}

/**
 * @param name of the lab, when it is not to be the topology's own.
 * @throws LabError naming file and line of everything that is wrong.
 */
export function loadPlan(
  file: string,
  name: string | undefined,
  datastore: DatastoreChoice,
): LoadedPlan {
  const source = YamlSource.read(file);
  const topology = parseTopology(source);
  const { resources, intent } = readResources(topology, file, source);
  const outcome = planLab(name ?? topology.name, topology, intent);
  if (outcome.kind === "issues") throw source.refuse(outcome.issues);
  const withDatastore = planDatastore(outcome.plan, datastore);
  if (withDatastore.kind === "refused") {
    throw source.refuse([{ path: [], message: withDatastore.message }]);
  }
  return { plan: withDatastore.plan, resources };
}

/** The name of the lab that a topology file describes. */
export function loadName(file: string): string {
  return parseTopology(YamlSource.read(file)).name;
}

function parseTopology(source: YamlSource): Topology {
  const parsed = topologySchema.safeParse(source.value);
  if (!parsed.success) throw source.refuse(parsed.error.issues);
  return parsed.data;
}

function readResources(
  topology: Topology,
  file: string,
  source: YamlSource,
): { readonly resources: ResourcesToApply; readonly intent: Intent } {
  if (typeof topology.resources !== "string") {
    const text = topology.resources.map((resource) => stringify(resource)).join("---\n");
    const intent = readIntent(`resources of ${source.file}`, text);
    return { resources: { kind: "inline", text }, intent };
  }
  const path = resolve(dirname(file), topology.resources);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const message = `cannot read it: ${cause instanceof Error ? cause.message : cause}`;
    throw source.refuse([{ path: ["resources"], message }]);
  }
  const intent = readIntent(shownPath(path), text);
  return { resources: { kind: "file", path }, intent };
}

/** @throws LabError when it cannot be the name of a lab. */
export function checkLabName(name: string): string {
  const parsed = topologySchema.shape.name.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new LabError(`--name ${name}: ${parsed.error.issues[0]?.message}`);
}
