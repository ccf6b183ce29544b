/** Bodies of requests: JSON or YAML by their content type, to a plain value. */
import type { FastifyRequest } from "fastify";
import { parseDocument } from "yaml";
import { ApiStatusError } from "./status.ts";

const JSON_TYPE = "application/json";
const YAML_TYPES: readonly string[] = ["application/yaml", "application/x-yaml", "text/yaml"];

/** Content types that a resource may be sent in. */
export const READABLE_TYPES: readonly string[] = [JSON_TYPE, ...YAML_TYPES];

/** Levels of nesting beyond which a body is refused. */
const MAX_DEPTH = 64;
/** Entries of a list, or fields of an object: what is checked pair by pair would take the server's time otherwise. */
const MAX_ENTRIES = 1000;
/** Characters of YAML: reading it takes many times as long as JSON, and the server does nothing else meanwhile. */
const MAX_YAML = 32 * 1024;

/** Content type of the body, without its parameters; empty where there is none. */
export function mediaTypeOf({ headers }: FastifyRequest): string {
  return (headers["content-type"]?.split(";")[0] ?? "").trim().toLowerCase();
}

/** The body as it was sent. */
export function textOf({ body }: FastifyRequest): string {
  return typeof body === "string" ? body : "";
}

/** The value of a body. @throws ApiStatusError (UnsupportedMediaType, BadRequest) */
export function parseBody(type: string, text: string): unknown {
  return checked(readValue(type, text));
}

/** The value of a body whose size nobody has looked at. @throws ApiStatusError (UnsupportedMediaType, BadRequest) */
export function readValue(type: string, text: string): unknown {
  if (type === JSON_TYPE) return parseJson(text);
  if (YAML_TYPES.includes(type)) return parseYaml(text);
  throw new ApiStatusError(
    "UnsupportedMediaType",
    `the body is ${type === "" ? "of no content type" : type}; send ${READABLE_TYPES.join(" or ")}`,
  );
}

/** @throws ApiStatusError (BadRequest) */
export function parseJsonBody(text: string): unknown {
  return checked(parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiStatusError("BadRequest", `the body is not JSON: ${messageOf(error)}`);
  }
}

function parseYaml(text: string): unknown {
  if (text.length > MAX_YAML) {
    throw new ApiStatusError(
      "RequestEntityTooLarge",
      `the body is YAML of more than ${MAX_YAML} characters; send it as ${JSON_TYPE}`,
    );
  }
  let value: unknown;
  try {
    const document = parseDocument(text, { uniqueKeys: true, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    // Of syntax, of aliases, or too deep for the parser's stack.
    throw new ApiStatusError(
      "BadRequest",
      `the body is no YAML that is taken: ${messageOf(error)}`,
    );
  }
  return value;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? "";
}

/** Refuses what would be deep recursion, or much work, for whoever walks it. @throws ApiStatusError (BadRequest) */
export function checked(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) {
    throw new ApiStatusError("BadRequest", `the body is nested more than ${MAX_DEPTH} levels deep`);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.values(value);
  if (entries.length > MAX_ENTRIES) {
    const message = `the body has ${entries.length} entries in one place; at most ${MAX_ENTRIES} are taken`;
    throw new ApiStatusError("BadRequest", message);
  }
  for (const entry of entries) checked(entry, depth + 1);
  return value;
}

/** Without fields that are null, which Kubernetes' clients write for "absent". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}
