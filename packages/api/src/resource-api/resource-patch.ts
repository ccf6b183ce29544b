/** Bodies of PATCH: what becomes of a resource by them. */
import type { Resource } from "@selvedge/resources";
import type { FastifyRequest } from "fastify";
import { mediaTypeOf, parseJsonBody, textOf, withoutNulls } from "./body.ts";
import { applyJsonPatch, JsonPatchError, jsonPatchSchema } from "./json-patch.ts";
import { mergePatch } from "./merge-patch.ts";
import { ApiStatusError, invalidBody } from "./status.ts";

/** RFC 7396. */
export const MERGE_PATCH = "application/merge-patch+json";
/** RFC 6902. */
export const JSON_PATCH = "application/json-patch+json";

/** What the patch makes of a resource. @throws ApiStatusError (Invalid) when it does not suit it */
export type Patch = (resource: Resource) => unknown;

/** @throws ApiStatusError (UnsupportedMediaType) for other kinds of patch, with what to use instead; (BadRequest) */
export function readPatch(request: FastifyRequest): Patch {
  const type = mediaTypeOf(request);
  switch (type) {
    case MERGE_PATCH: {
      const patch = parseJsonBody(textOf(request));
      return (resource) => withoutNulls(mergePatch(resource, patch));
    }
    case JSON_PATCH:
      return readJsonPatch(parseJsonBody(textOf(request)));
    case "application/apply-patch+yaml":
    case "application/apply-patch+cbor":
      throw unsupported(type, "server-side apply is not supported; use `--server-side=false`");
    case "application/strategic-merge-patch+json":
      throw unsupported(type, `use \`--type=merge\` or \`--type=json\`, or send ${MERGE_PATCH}`);
    default:
      throw unsupported(type || "nothing", `send ${MERGE_PATCH} or ${JSON_PATCH}`);
  }
}

function readJsonPatch(body: unknown): Patch {
  const parsed = jsonPatchSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? "" : issue.path.map((step) => `${String(step)}: `).join("");
    throw new ApiStatusError("BadRequest", `no JSON patch: ${where}${issue?.message}`);
  }
  return (resource) => {
    try {
      return withoutNulls(applyJsonPatch(resource, parsed.data));
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      const { kind, metadata } = resource;
      throw invalidBody(kind, metadata.name, [{ path: ["patch"], message: error.message }]);
    }
  };
}

function unsupported(type: string, instead: string): ApiStatusError {
  const message = `a patch of type ${type} is not taken: ${instead}`;
  return new ApiStatusError("UnsupportedMediaType", message);
}
