/** Answers of the Kubernetes API that are no resource: `kind: Status`, with the reason and the faulty fields. */
import { StoreError } from "@selvedge/datastore";
import {
  type Fault,
  type FieldPath,
  formatFieldPath,
  type Issue,
  KINDS,
  parseResourceKey,
  type ResourceKey,
  type ResourceKind,
} from "@selvedge/resources";
import { AuditError } from "../access/audit-log.ts";
import type { StatusCause, StatusDetails, StatusDocument } from "../documents/status.ts";
import { GROUP } from "./kind-words.ts";

/** HTTP status by reason, as in k8s.io/apimachinery/pkg/api/errors. */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

/** Causes in an answer; a body of a megabyte can have many more. */
const MOST_CAUSES = 50;
/** Causes in the text of an answer, and characters of each: they quote the body. */
const MOST_WORDED = 8;
const MOST_CHARACTERS = 1000;

export type StatusReason = keyof typeof CODES;

/** A request that is refused; the message is for its maker. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly reason: StatusReason;
  readonly details: StatusDetails;

  constructor(reason: StatusReason, message: string, details: StatusDetails = {}) {
    super(message);
    this.reason = reason;
    this.details = details;
  }

  get code(): number {
    return CODES[this.reason];
  }
}

/** The document of a refusal. */
export function failureStatus({ reason, message, details, code }: ApiStatusError): object {
  const status: StatusDocument = { kind: "Status", status: "Failure", message, reason, code };
  return {
    apiVersion: "v1",
    metadata: {},
    ...status,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** The document that says that something was done. */
export function successStatus(details: StatusDetails): object {
  const status: StatusDocument = { kind: "Status", status: "Success", details, code: 200 };
  return { apiVersion: "v1", metadata: {}, ...status };
}

/** `endpoints.selvedge.dev "web-1" not found`, as Kubernetes says it. */
export function notFound(kind: ResourceKind, name: string): ApiStatusError {
  const { plural } = KINDS[kind];
  const message = `${plural}.${GROUP} "${name}" not found`;
  return new ApiStatusError("NotFound", message, { name, group: GROUP, kind: plural });
}

/** `endpoints.selvedge.dev "web-1" already exists` */
export function alreadyExists(kind: ResourceKind, name: string): ApiStatusError {
  const { plural } = KINDS[kind];
  const message = `${plural}.${GROUP} "${name}" already exists`;
  return new ApiStatusError("AlreadyExists", message, { name, group: GROUP, kind: plural });
}

/** The resource is not the one, or not the version, that the request is about. */
export function overtaken(kind: ResourceKind, name: string): ApiStatusError {
  const { plural } = KINDS[kind];
  const message = `Operation cannot be fulfilled on ${plural}.${GROUP} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return new ApiStatusError("Conflict", message, { name, group: GROUP, kind: plural });
}

/** The body is no resource of the kind; kubectl prints the causes. */
export function invalidBody(
  kind: ResourceKind,
  name: string,
  faults: readonly Fault[],
): ApiStatusError {
  const causes = faults.map(({ path, message }) => cause("FieldValueInvalid", path, message));
  const message = `${kind}.${GROUP} "${name}" is invalid: ${worded(causes.map(causeLine))}`;
  const details = { name, group: GROUP, kind, causes: causes.slice(0, MOST_CAUSES) };
  return new ApiStatusError("Invalid", message, details);
}

/** The refusal for issues of admission: a field that is wrong is Invalid, a resource in the way a Conflict. */
export function refusalOf(issues: readonly Issue[]): ApiStatusError {
  const causes = issues.map(({ path, message }) =>
    cause(path.length === 0 ? "Conflict" : "FieldValueInvalid", path, message),
  );
  const isField = issues.some(({ path }) => path.length > 0);
  const lines = issues.map(({ key }, index) => {
    const line = causeLine(causes[index]);
    return key === undefined ? line : `${key}: ${line}`;
  });
  const details = { ...subjectOf(issues, isField), causes: causes.slice(0, MOST_CAUSES) };
  return new ApiStatusError(isField ? "Invalid" : "Conflict", worded(lines), details);
}

/** Kubernetes names the kind where a field is wrong, and the plural elsewhere. */
function subjectOf(issues: readonly Issue[], isField: boolean): StatusDetails {
  const keys = new Set<ResourceKey | undefined>(issues.map(({ key }) => key));
  const [key] = keys;
  const parts = key === undefined || keys.size > 1 ? undefined : parseResourceKey(key);
  if (parts === undefined) return { group: GROUP };
  const kind = isField ? parts.kind : KINDS[parts.kind].plural;
  return { name: parts.name, group: GROUP, kind };
}

function cause(reason: string, path: FieldPath, message: string): StatusCause {
  return { reason, message: shortened(message), field: shortened(formatFieldPath(path)) };
}

function causeLine(found: StatusCause | undefined): string {
  if (found === undefined) return "";
  return found.field === "" ? found.message : `${found.field}: ${found.message}`;
}

/** Some of the lines, and how many more there are. */
export function worded(lines: readonly string[]): string {
  const rest = lines.length - MOST_WORDED;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return [...lines.slice(0, MOST_WORDED), ...more].join("; ");
}

/** What quotes a body is as long as it. */
export function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}...`;
}

/** The refusal that an error comes to; InternalError for one that nobody foresaw. */
export function refusalFor(error: unknown): ApiStatusError {
  if (error instanceof ApiStatusError) return error;
  if (error instanceof StoreError) {
    const reason = error.code === "too-large" ? "RequestEntityTooLarge" : "ServiceUnavailable";
    return new ApiStatusError(reason, error.message);
  }
  if (error instanceof AuditError) return new ApiStatusError("ServiceUnavailable", error.message);
  const code = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 413) return new ApiStatusError("RequestEntityTooLarge", message);
  if (code === 415) return new ApiStatusError("UnsupportedMediaType", message);
  if (typeof code === "number" && code < 500) return new ApiStatusError("BadRequest", message);
  return new ApiStatusError("InternalError", message);
}
