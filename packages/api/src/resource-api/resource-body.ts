/** What the bodies of requests are: resources, in the tenant of the path, and options of deletions. */
import { randomInt } from "node:crypto";
import {
  type Fault,
  type FieldPath,
  formatFieldPath,
  parseResource,
  type Resource,
} from "@selvedge/resources";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { mediaTypeOf, parseBody, textOf, withoutNulls } from "./body.ts";
import type { FieldValidation, Target } from "./resource-request.ts";
import { ApiStatusError, invalidBody } from "./status.ts";

/** The plain value of a body. @throws ApiStatusError */
export function readBody(request: FastifyRequest): unknown {
  return withoutNulls(parseBody(mediaTypeOf(request), textOf(request)));
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

/** Other fields of Kubernetes' are not looked at. */
export const deleteOptionsSchema: z.ZodType<DeleteOptions> = z.object({
  preconditions: z
    .object({ uid: z.string().exactOptional(), resourceVersion: z.string().exactOptional() })
    .exactOptional(),
  dryRun: z.array(z.literal("All")).exactOptional(),
});

/** Of `DeleteOptions` what matters here; an empty body has none. @throws ApiStatusError */
export function readDeleteOptions(request: FastifyRequest): DeleteOptions {
  if (textOf(request) === "") return {};
  const parsed = deleteOptionsSchema.safeParse(readBody(request));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new ApiStatusError("BadRequest", `the body is no DeleteOptions: ${faults.join("; ")}`);
}

const generatedSchema = z.looseObject({
  metadata: z.looseObject({ generateName: z.string(), name: z.string().optional() }),
});

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
/** Characters of a name before the suffix, so that both fit into a DNS label. */
const MOST_BASE = 58;

/** A body with `generateName` gets a name of that and five characters, where it has none. */
export function withName(body: unknown): unknown {
  const parsed = generatedSchema.safeParse(body);
  if (!parsed.success) return body;
  const { generateName, name, ...metadata } = parsed.data.metadata;
  const made = name ?? `${generateName.slice(0, MOST_BASE)}${randomSuffix()}`;
  return { ...parsed.data, metadata: { ...metadata, name: made } };
}

function randomSuffix(): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join("");
}

/** A resource, and the fields that were dropped since nobody knows them. */
export interface ReadResource {
  readonly resource: Resource;
  readonly unknownFields: readonly string[];
}

/**
 * The resource of a body, in the tenant and of the name of the path.
 * @throws ApiStatusError (Invalid; BadRequest when it is not what the path is for)
 */
export function resourceOf(
  body: unknown,
  target: Target & { readonly name?: string },
  fieldValidation: FieldValidation,
): ReadResource {
  const unknownFields: string[] = [];
  let value = inNamespace(body, target.namespace);
  for (;;) {
    const parsed = parseResource(value);
    if (parsed.kind === "parsed") {
      checkTarget(parsed.resource, target);
      return { resource: parsed.resource, unknownFields };
    }
    const unknown = parsed.faults.filter(({ isUnknownField }) => isUnknownField === true);
    if (fieldValidation === "Strict" || unknown.length === 0) {
      throw invalidBody(target.kind, target.name ?? nameIn(body), parsed.faults);
    }
    for (const { path } of unknown) {
      unknownFields.push(formatFieldPath(path));
      value = withoutField(value, path);
    }
  }
}

function checkTarget(
  { kind, metadata }: Resource,
  target: Target & { readonly name?: string },
): void {
  if (kind !== target.kind) {
    const message = `the body is a ${kind}, and the path is for a ${target.kind}`;
    throw new ApiStatusError("BadRequest", message);
  }
  const namespace = "namespace" in metadata ? metadata.namespace : undefined;
  if (namespace !== target.namespace) {
    throw new ApiStatusError(
      "BadRequest",
      `the namespace of the body (${namespace}) is not that of the path (${target.namespace})`,
    );
  }
  if (target.name !== undefined && metadata.name !== target.name) {
    throw new ApiStatusError(
      "BadRequest",
      `the name of the body (${metadata.name}) is not that of the path (${target.name})`,
    );
  }
}

/** Kubernetes' clients may leave out the namespace, which the path has. */
function inNamespace(body: unknown, namespace: string | undefined): unknown {
  if (namespace === undefined) return body;
  const parsed = z.looseObject({ metadata: z.looseObject({}) }).safeParse(body);
  if (!parsed.success || "namespace" in parsed.data.metadata) return body;
  return { ...parsed.data, metadata: { ...parsed.data.metadata, namespace } };
}

const nameSchema = z.object({ metadata: z.object({ name: z.string().max(253) }) });

function nameIn(body: unknown): string {
  return nameSchema.safeParse(body).data?.metadata.name ?? "";
}

function withoutField(value: unknown, [step, ...rest]: Fault["path"] | FieldPath): unknown {
  if (step === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? withoutField(item, rest) : item));
  }
  const fields = Object.entries(value).flatMap(([name, field]) => {
    if (name !== step) return [[name, field]];
    return rest.length === 0 ? [] : [[name, withoutField(field, rest)]];
  });
  return Object.fromEntries(fields);
}
