/**
 * Applying a list of resources: all of them or none, in one transaction. Each is created or replaced, whatever version of
 * it is there: who applies says how things are to be. Who may do so is decided for each (access/authorised-resources.ts).
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApplyOutcome } from "@selvedge/datastore";
import {
  API_VERSION,
  type Change,
  parseResource,
  type Resource,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AppliedResult } from "../documents/apply-result.ts";
import { checked, mediaTypeOf, readValue, textOf, withoutNulls } from "./body.ts";
import { bulkRefusal, type ItemFault, issueFaults, itemFaults } from "./bulk-refusal.ts";
import { API_ROOT } from "./kind-words.ts";
import { sendList } from "./list-response.ts";
import type { ResourceApiOptions } from "./resource-options.ts";
import { readDryRun } from "./resource-request.ts";
import { ApiStatusError } from "./status.ts";
import { tellChanges } from "./tell-changes.ts";

/** Where lists are applied. */
export const APPLY_PATH: string = `${API_ROOT}/apply`;
/** Resources of a list, where the server says nothing else. */
const MOST_ITEMS = 1000;
/** Octets of a list, for each resource that it may have; some may be larger. */
const OCTETS_EACH = 16 * 1024;
/** Resources that are read in one turn of the event loop: some milliseconds. */
const SLICE = 100;

/** Octets of a list. */
export function applyBodyLimit({ mostApplied = MOST_ITEMS }: ResourceApiOptions): number {
  return mostApplied * OCTETS_EACH;
}

/** The list as the OpenAPI document describes it, but for its items. */
export const applyListSchema = z.strictObject({
  apiVersion: z.literal(["v1", API_VERSION]),
  kind: z.literal("List"),
  metadata: z.looseObject({}).optional(),
  items: z.array(z.unknown()),
});

type Applied = Extract<ApplyOutcome, { kind: "applied" }>;

/** Answers with an ApplyResult. @throws ApiStatusError with a cause for each fault, whose field begins with its item */
export async function applyResources(
  request: FastifyRequest,
  reply: FastifyReply,
  options: ResourceApiOptions,
): Promise<object> {
  const isDry = readDryRun(request.query);
  const resources = await readItems(request, options.mostApplied ?? MOST_ITEMS);
  const indexes = indexesOf(resources);
  const view = options.resources(request);
  const now = options.now ?? Date.now;
  const outcome = await view.apply(
    resources.map((resource): Change => ({ kind: "put", resource })),
    { dryRun: isDry, now: () => new Date(now()) },
  );
  if (outcome.kind === "refused") throw bulkRefusal(issueFaults(outcome.issues, indexes));
  if (outcome.kind === "conflict") {
    // Nothing is compared with what is there, so nobody can have been faster.
    throw new ApiStatusError("Conflict", `${outcome.key} was changed by somebody else; try again`);
  }
  if (!isDry) tellChanges(options, request, "apply", outcome);
  const state = await view.state();
  return sendResult(reply, resources, outcome, state.resources);
}

async function readItems(request: FastifyRequest, most: number): Promise<readonly Resource[]> {
  const list = applyListSchema.safeParse(readValue(mediaTypeOf(request), textOf(request)));
  if (!list.success) {
    const faults = list.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new ApiStatusError("BadRequest", `the body is no List: ${faults.join("; ")}`);
  }
  const { items } = list.data;
  if (items.length > most) {
    const message = `the list has ${items.length} resources; apply at most ${most} at a time`;
    throw new ApiStatusError("RequestEntityTooLarge", message);
  }
  const resources: Resource[] = [];
  const faults: ItemFault[] = [];
  for (const [index, item] of items.entries()) {
    const parsed = parseResource(withoutNulls(checked(item)));
    if (parsed.kind === "parsed") resources.push(parsed.resource);
    else faults.push(...itemFaults(index, parsed.faults));
    if (index % SLICE === SLICE - 1) await nextTurn();
  }
  if (faults.length > 0) throw bulkRefusal(faults);
  return resources;
}

/** @throws ApiStatusError (Invalid) for a resource that is there twice */
function indexesOf(resources: readonly Resource[]): ReadonlyMap<ResourceKey, number> {
  const indexes = new Map<ResourceKey, number>();
  const faults: ItemFault[] = [];
  for (const [index, resource] of resources.entries()) {
    const key = resourceKey(resource);
    const first = indexes.get(key);
    if (first === undefined) indexes.set(key, index);
    else faults.push({ index, path: [], message: `is items[${first}] already; remove one`, key });
  }
  if (faults.length > 0) throw bulkRefusal(faults, "Invalid");
  return indexes;
}

function sendResult(
  reply: FastifyReply,
  wanted: readonly Resource[],
  { writes, before }: Applied,
  present: ReadonlyMap<ResourceKey, Resource>,
): object {
  const results = new Map<ResourceKey, AppliedResult>();
  const objects = new Map<ResourceKey, Resource>(before);
  for (const write of writes) {
    if (write.kind === "delete") results.set(write.key, "deleted");
    else {
      results.set(write.key, write.isNew ? "created" : "configured");
      objects.set(write.key, write.resource);
    }
  }
  const items = wanted.map((resource) => {
    const key = resourceKey(resource);
    return objects.get(key) ?? present.get(key) ?? resource;
  });
  const form = {
    head: { kind: "ApplyResult", apiVersion: API_VERSION, metadata: {} },
    field: "items" as const,
    member: (object: Resource) => ({
      result: results.get(resourceKey(object)) ?? "unchanged",
      object,
    }),
  };
  return sendList(reply, form, { items, metadata: {} });
}
