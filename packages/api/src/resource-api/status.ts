/** Answers of the Kubernetes API that are no resource: `kind: Status`, with the reason and the faulty fields. */
import { StoreError } from "@selvedge/datastore";
import { formatFieldPath, type Issue, KINDS, parseResourceKey } from "@selvedge/resources";

/** HTTP status by reason, as in k8s.io/apimachinery/pkg/api/errors. */
const CODES = {
  BadRequest: 400,
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
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

export type StatusReason = keyof typeof CODES;

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  /** Such as `spec.cidrs[0]`. */
  readonly field: string;
}

export interface StatusDocument {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: object;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: object;
  readonly code: number;
}

/** A request that is refused; the message is for its maker. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly reason: StatusReason;
  readonly causes: readonly StatusCause[];

  constructor(reason: StatusReason, message: string, causes: readonly StatusCause[] = []) {
    super(message);
    this.reason = reason;
    this.causes = causes;
  }

  get code(): number {
    return CODES[this.reason];
  }
}

/** The document of a refusal. */
export function failureStatus({ reason, message, causes, code }: ApiStatusError): StatusDocument {
  const details = causes.length === 0 ? {} : { details: { causes } };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...details,
    code,
  };
}

/** The document that says that something was deleted. */
export function successStatus(details: object): StatusDocument {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details, code: 200 };
}

/** The refusal for issues of admission: a field that is wrong is Invalid, a resource in the way a Conflict. */
export function refusalOf(issues: readonly Issue[]): ApiStatusError {
  const causes = issues.map(({ path, message }) => ({
    reason: path.length === 0 ? "Conflict" : "FieldValueInvalid",
    message,
    field: formatFieldPath(path),
  }));
  const isField = issues.some(({ path }) => path.length > 0);
  const message = issues.map(lineOf).join("; ");
  return new ApiStatusError(isField ? "Invalid" : "Conflict", message, causes);
}

function lineOf({ key, path, message }: Issue): string {
  const parts = [key, path.length === 0 ? undefined : formatFieldPath(path), message];
  return parts.filter((part) => part !== undefined).join(": ");
}

/** `endpoints.selvedge.dev "web-1" not found`, as Kubernetes says it. */
export function notFound(key: string): ApiStatusError {
  const parsed = parseResourceKey(key);
  const plural = parsed === undefined ? "resources" : KINDS[parsed.kind].plural;
  return new ApiStatusError(
    "NotFound",
    `${plural}.selvedge.dev "${parsed?.name ?? key}" not found`,
  );
}

/** The refusal that an error comes to; InternalError for one that nobody foresaw. */
export function refusalFor(error: unknown): ApiStatusError {
  if (error instanceof ApiStatusError) return error;
  if (error instanceof StoreError) {
    const reason = error.code === "too-large" ? "RequestEntityTooLarge" : "ServiceUnavailable";
    return new ApiStatusError(reason, error.message);
  }
  const code = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 413) return new ApiStatusError("RequestEntityTooLarge", message);
  if (code === 415) return new ApiStatusError("UnsupportedMediaType", message);
  if (typeof code === "number" && code < 500) return new ApiStatusError("BadRequest", message);
  return new ApiStatusError("InternalError", message);
}
