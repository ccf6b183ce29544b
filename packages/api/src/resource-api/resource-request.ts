/** What a request asks for: its kind, tenant and name out of the path, its options out of the query. */
import { KINDS, parseResourceKey, type ResourceKey, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";
import { fieldSelector, labelSelector, type Selector } from "./selector.ts";
import { ApiStatusError } from "./status.ts";

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
  timeoutSeconds: count.optional(),
  allowWatchBookmarks: flag.default(false),
  sendInitialEvents: flag.default(false),
  dryRun: z.literal(["All", ""], "the one value of dryRun is All").default(""),
});

/** The options of a request. */
export type Query = Omit<z.infer<typeof querySchema>, "labelSelector" | "fieldSelector"> & {
  readonly selector: Selector;
};

/** Where a request goes. */
export interface Target {
  readonly kind: ResourceKind;
  /** Undefined for a kind that belongs to no tenant, or over all tenants. */
  readonly namespace: string | undefined;
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

/** The key of the one resource that a request is about. @throws ApiStatusError (NotFound) */
export function readKey(params: unknown): Target & { readonly key: ResourceKey } {
  const target = readTarget(params);
  const { name = "" } = paramsSchema.parse(params);
  return { ...target, key: keyIn(target, name) };
}

/** The key of a name. @throws ApiStatusError (NotFound) where the kind needs a tenant and there is none */
export function keyIn({ kind, namespace }: Target, name: string): ResourceKey {
  const { plural, isNamespaced } = KINDS[kind];
  const text = isNamespaced ? `${plural}/${namespace ?? ""}/${name}` : `${plural}/${name}`;
  const key = parseResourceKey(text)?.key;
  if (key !== undefined) return key;
  throw new ApiStatusError("NotFound", `${plural}.selvedge.dev "${name}" not found`);
}

/** @throws ApiStatusError (BadRequest) */
export function readQuery(query: unknown): Query {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new ApiStatusError("BadRequest", faults.join("; "));
  }
  const { labelSelector: labels, fieldSelector: fields, ...options } = parsed.data;
  const [byLabel, byField] = [labelSelector(labels), fieldSelector(fields)];
  return { ...options, selector: (resource) => byLabel(resource) && byField(resource) };
}

/** Does the client want `meta.k8s.io/v1` Tables? */
export function wantsTable(accept: string | undefined): boolean {
  return (accept ?? "").split(",").some((range) => {
    const parameters = range.split(";").map((part) => part.trim());
    return parameters.includes("as=Table") && parameters.includes("v=v1");
  });
}
