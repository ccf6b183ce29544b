/** What a request asks for: its kind, tenant and name out of the path, its options out of the query. */
import {
  KINDS,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  type ResourceKind,
} from "@selvedge/resources";
import { z } from "zod";
import { matchesFields, parseFieldSelector } from "./field-selector.ts";
import { API_ROOT } from "./kind-words.ts";
import { matchesLabels, parseLabelSelector } from "./label-selector.ts";
import { ApiStatusError, notFound } from "./status.ts";
import type { IncludedObject } from "./table.ts";

const paramsSchema = z.object({
  plural: z.string(),
  namespace: z.string().optional(),
  name: z.string().optional(),
});

const flag = z.string().transform((text) => ["", "true", "1"].includes(text));
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const querySchema = z.object({
  watch: flag.default(false),
  labelSelector: z.string().default(""),
  fieldSelector: z.string().default(""),
  limit: count.optional(),
  continue: z.string().optional(),
  resourceVersion: count.optional(),
  resourceVersionMatch: z.literal(["Exact", "NotOlderThan"]).optional(),
  timeoutSeconds: count.optional(),
  allowWatchBookmarks: flag.default(false),
  sendInitialEvents: flag.default(false),
  dryRun: z.literal(["All", ""], "the one value of dryRun is All").default(""),
  fieldValidation: z
    .literal(["Strict", "Warn", "Ignore", ""], "write Strict, Warn or Ignore")
    .default("")
    .transform((text) => (text === "" ? "Strict" : text)),
});

const includeSchema = z.object({
  includeObject: z
    .literal(["None", "Metadata", "Object"], "write None, Metadata or Object")
    .default("Metadata"),
});

/** Does a resource match? */
export type Selector = (resource: Resource) => boolean;

/** The options of a request. */
export type Query = Omit<z.infer<typeof querySchema>, "labelSelector" | "fieldSelector"> & {
  readonly selector: Selector;
  /** The one name that the selector can match, where it says so. */
  readonly name: string | undefined;
};

/** Where a request goes. */
export interface Target {
  readonly kind: ResourceKind;
  /** Undefined for a kind that belongs to no tenant, or over all tenants. */
  readonly namespace: string | undefined;
}

/** What becomes of fields that nobody knows. */
export type FieldValidation = Query["fieldValidation"];

/** One resource. */
export interface ResourceTarget extends Target {
  readonly name: string;
  readonly key: ResourceKey;
}

/** @throws ApiStatusError (NotFound) */
export function readTarget(params: unknown): Target {
  const { plural, namespace } = paramsSchema.parse(params);
  const row = Object.values(KINDS).find((candidate) => candidate.plural === plural);
  if (row === undefined || (namespace !== undefined && !row.isNamespaced)) {
    throw new ApiStatusError("NotFound", "the server could not find the requested resource");
  }
  return { kind: row.kind, namespace };
}

/** Where resources are created and deleted by selector: in a tenant, where the kind has one. @throws ApiStatusError */
export function readCollection(params: unknown): Target {
  const target = readTarget(params);
  if (target.namespace !== undefined || !KINDS[target.kind].isNamespaced) return target;
  const { plural } = KINDS[target.kind];
  throw new ApiStatusError(
    "MethodNotAllowed",
    `the server does not allow this method on ${plural} of all tenants; name one: ${API_ROOT}/namespaces/TENANT/${plural}`,
  );
}

/** The key of the one resource that a request is about. @throws ApiStatusError (NotFound) */
export function readKey(params: unknown): ResourceTarget {
  const target = readTarget(params);
  const { name = "" } = paramsSchema.parse(params);
  return { ...target, name, key: keyIn(target, name) };
}

/** The key of a name. @throws ApiStatusError (NotFound) where the kind needs a tenant and there is none */
export function keyIn({ kind, namespace }: Target, name: string): ResourceKey {
  const { plural, isNamespaced } = KINDS[kind];
  const text = isNamespaced ? `${plural}/${namespace ?? ""}/${name}` : `${plural}/${name}`;
  const key = parseResourceKey(text)?.key;
  if (key !== undefined) return key;
  throw notFound(kind, name);
}

/** The options of a request about a kind. @throws ApiStatusError (BadRequest) */
export function readQuery(query: unknown, kind: ResourceKind): Query {
  const { labelSelector, fieldSelector, ...options } = parseQuery(querySchema, query);
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, kind);
  return {
    ...options,
    name: fields.find(({ name, isEqual }) => name === "metadata.name" && isEqual)?.value,
    selector: (resource) =>
      matchesFields(fields, resource) && matchesLabels(labels, resource.metadata.labels ?? {}),
  };
}

const dryRunSchema = z.object({
  dryRun: querySchema.shape.dryRun,
  fieldValidation: z
    .literal(["Strict", ""], "unknown fields are always refused here; write Strict")
    .optional(),
});

/** Is a request of many kinds a dry run? @throws ApiStatusError (BadRequest) */
export function readDryRun(query: unknown): boolean {
  return parseQuery(dryRunSchema, query).dryRun === "All";
}

/** What the rows of a Table have of their resources. @throws ApiStatusError (BadRequest) */
export function readIncludeObject(query: unknown): IncludedObject {
  return parseQuery(includeSchema, query).includeObject;
}

function parseQuery<S extends z.ZodType>(schema: S, query: unknown): z.output<S> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new ApiStatusError("BadRequest", faults.join("; "));
}
