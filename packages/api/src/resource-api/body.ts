/** Bodies of requests: JSON or YAML by their content type, to a plain value. */
import { parseDocument } from "yaml";
import { ApiStatusError } from "./status.ts";

const MERGE_PATCH = "application/merge-patch+json";
const JSON_TYPE = "application/json";
const YAML_TYPES: readonly string[] = ["application/yaml", "application/x-yaml", "text/yaml"];

/** Content types that the server reads at all; others are refused with the reason in `refuseType`. */
export const READABLE_TYPES: readonly string[] = [JSON_TYPE, ...YAML_TYPES];

/** Levels of nesting beyond which a body is refused. */
const MAX_DEPTH = 64;

/** The value of a body. @throws ApiStatusError */
export function parseBody(contentType: string | undefined, text: string): unknown {
  const type = mediaType(contentType);
  if (type === JSON_TYPE) return checked(parseJson(text));
  if (YAML_TYPES.includes(type)) return checked(parseYaml(text));
  throw new ApiStatusError(
    "UnsupportedMediaType",
    `the body is ${type === "" ? "of no content type" : type}; send ${READABLE_TYPES.join(" or ")}`,
  );
}

/** The patch of a body: RFC 7396. @throws ApiStatusError for other kinds of patch, with what to use instead. */
export function parsePatch(contentType: string | undefined, text: string): unknown {
  const type = mediaType(contentType);
  if (type === MERGE_PATCH) return checked(parseJson(text));
  const instead = type.includes("apply-patch")
    ? "server-side apply is not supported; use `kubectl apply` without --server-side"
    : `send ${MERGE_PATCH} (RFC 7396)`;
  throw new ApiStatusError(
    "UnsupportedMediaType",
    `a patch of type ${type} is not taken: ${instead}`,
  );
}

function mediaType(contentType = ""): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiStatusError("BadRequest", `the body is not JSON: ${reason}`);
  }
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new ApiStatusError("BadRequest", `the body is not YAML: ${error.message.split("\n")[0]}`);
  }
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiStatusError(
      "BadRequest",
      `the body is not taken: ${reason}; write it without aliases`,
    );
  }
}

/** Refuses what would be deep recursion for whoever walks it. */
function checked(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) {
    throw new ApiStatusError("BadRequest", `the body is nested more than ${MAX_DEPTH} levels deep`);
  }
  if (typeof value === "object" && value !== null) {
    for (const field of Object.values(value)) checked(field, depth + 1);
  }
  return value;
}

/** Without fields that are null, which Kubernetes' clients write for "absent". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}
