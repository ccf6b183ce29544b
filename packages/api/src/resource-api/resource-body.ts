/** What the bodies of requests are: resources, in the tenant of the path, and options of deletions. */
import { randomBytes } from "node:crypto";
import { formatFieldPath, parseResource, type Resource } from "@selvedge/resources";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { parseBody, parsePatch, withoutNulls } from "./body.ts";
import type { Target } from "./resource-request.ts";
import { ApiStatusError } from "./status.ts";

/** The plain value of a body. @throws ApiStatusError */
export function readBody(request: FastifyRequest): unknown {
  return withoutNulls(parseBody(request.headers["content-type"], textOf(request)));
}

/** A JSON merge patch. @throws ApiStatusError */
export function readPatch(request: FastifyRequest): unknown {
  return parsePatch(request.headers["content-type"], textOf(request));
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const deleteOptionsSchema: z.ZodType<DeleteOptions> = z.object({
  preconditions: z
    .object({ uid: z.string().exactOptional(), resourceVersion: z.string().exactOptional() })
    .exactOptional(),
  dryRun: z.array(z.string()).exactOptional(),
});

/** Of `DeleteOptions` what matters here; an empty body has none. @throws ApiStatusError */
export function readDeleteOptions(request: FastifyRequest): DeleteOptions {
  if (textOf(request) === "") return {};
  const parsed = deleteOptionsSchema.safeParse(readBody(request));
  if (parsed.success) return parsed.data;
  throw new ApiStatusError("BadRequest", "the body is no DeleteOptions");
}

function textOf({ body }: FastifyRequest): string {
  return typeof body === "string" ? body : "";
}

const nameless = z.object({
  metadata: z.object({ name: z.undefined().optional(), generateName: z.string() }).loose(),
});
const generated = z.object({ metadata: z.looseObject({ generateName: z.unknown() }) });

/** `generateName` and five characters, where there is no name. */
export function withName(body: unknown): unknown {
  if (!generated.safeParse(body).success) return body;
  const { metadata, ...rest } = z.looseObject({ metadata: z.looseObject({}) }).parse(body);
  const { generateName, ...declared } = metadata;
  const parsed = nameless.safeParse(body);
  if (!parsed.success) return { ...rest, metadata: declared };
  const name = `${String(generateName)}${randomBytes(4).toString("hex").slice(0, 5)}`;
  return { ...rest, metadata: { ...declared, name } };
}

/** The resource of a body, in the tenant of the path. @throws ApiStatusError (Invalid, BadRequest) */
export function resourceOf(body: unknown, { kind, namespace }: Target): Resource {
  const parsed = parseResource(inNamespace(body, namespace));
  if (parsed.kind === "refused") {
    const causes = parsed.faults.map(({ path, message }) => {
      return { reason: "FieldValueInvalid", message, field: formatFieldPath(path) };
    });
    const message = causes.map((cause) => `${cause.field}: ${cause.message}`).join("; ");
    throw new ApiStatusError("Invalid", message, causes);
  }
  const { resource } = parsed;
  if (resource.kind !== kind) {
    const message = `the body is a ${resource.kind}, and the path is for a ${kind}`;
    throw new ApiStatusError("BadRequest", message);
  }
  const stated = "namespace" in resource.metadata ? resource.metadata.namespace : undefined;
  if (stated !== namespace) {
    throw new ApiStatusError(
      "BadRequest",
      `the namespace of the body (${stated}) is not that of the path (${namespace})`,
    );
  }
  return resource;
}

/** Kubernetes' clients may leave out the namespace, which the path has. */
function inNamespace(body: unknown, namespace: string | undefined): unknown {
  if (namespace === undefined) return body;
  const parsed = z.looseObject({ metadata: z.looseObject({}) }).safeParse(body);
  if (!parsed.success || "namespace" in parsed.data.metadata) return body;
  return { ...parsed.data, metadata: { ...parsed.data.metadata, namespace } };
}
