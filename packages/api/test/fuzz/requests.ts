/** Requests made from the OpenAPI document of the server: what it describes, nearly that, and what it does not. */
import fc from "fast-check";
import { z } from "zod";
import { FOREIGN, nameIn, OWN, SECRET } from "./field-values.ts";
import { nearly, textOf } from "./mutations.ts";
import { valueFor } from "./schema-values.ts";

export const WHO = ["operator", "admin", "viewer", "nobody"] as const;
export type Who = (typeof WHO)[number];

export interface FuzzedRequest {
  readonly who: Who;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

const operationSchema = z.object({
  "x-kubernetes-group-version-kind": z.object({ kind: z.string() }),
  parameters: z.array(z.looseObject({ name: z.string() })).default([]),
  requestBody: z
    .object({
      required: z.boolean(),
      content: z.record(z.string(), z.object({ schema: z.looseObject({}) })),
    })
    .optional(),
});

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

/** An operation with one of the content types that it takes, or with no body. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
  readonly contentType: string | undefined;
  readonly schema: unknown;
  /** The schema of the kind that the operation is about. */
  readonly kindSchema: unknown;
}

/** Every operation of a document. */
function operationsOf(document: unknown): Operation[] {
  const { paths, components } = documentSchema.parse(document);
  const { schemas } = components;
  const resolved = (schema: unknown) => withoutReferences(schema, schemas);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, described]) => {
      if (method === "parameters") return [];
      const { parameters, requestBody, ...about } = operationSchema.parse(described);
      const { kind } = about["x-kubernetes-group-version-kind"];
      const common = {
        method: method.toUpperCase(),
        path,
        parameters: parameters.map((parameter) => parameter.name),
        kindSchema: schemas[`dev.selvedge.v1alpha1.${kind}`],
      };
      const bodies = Object.entries(requestBody?.content ?? {}).map(
        ([contentType, { schema }]) => ({
          ...common,
          contentType,
          schema: resolved(schema),
        }),
      );
      const bare = { ...common, contentType: undefined, schema: undefined };
      return requestBody?.required === true ? bodies : [bare, ...bodies];
    }),
  );
}

const referenceSchema = z.object({ $ref: z.string() });

/** The schema with what it refers to in the place of the references; none of them goes round in a circle. */
function withoutReferences(schema: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(schema)) return schema.map((item) => withoutReferences(item, schemas));
  if (typeof schema !== "object" || schema === null) return schema;
  const reference = referenceSchema.safeParse(schema).data?.$ref.split("/").at(-1);
  if (reference !== undefined) return withoutReferences(schemas[reference], schemas);
  const fields = Object.entries(schema);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, withoutReferences(field, schemas)]),
  );
}

const WEIRD = fc.constantFrom(
  ...[
    "..",
    ".",
    "a b",
    "é",
    "%",
    "%2e%2e",
    "a/b",
    "__proto__",
    "constructor",
    "x".repeat(300),
    "*",
  ],
);

/** All that `who` may ask about; what a tenant asks never has the mark of the other one. */
export function requests(document: unknown): fc.Arbitrary<FuzzedRequest> {
  const operations = operationsOf(document);
  const inTenants = operations.filter(
    ({ path }) => path.includes("{namespace}") || path.endsWith("/apply"),
  );
  const who = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Who>("operator") },
    { weight: 6, arbitrary: fc.constant<Who>("admin") },
    { weight: 2, arbitrary: fc.constant<Who>("viewer") },
    { weight: 1, arbitrary: fc.constant<Who>("nobody") },
  );
  return who.chain((chosen) => {
    const any = fc.constantFrom(...operations);
    const likely = chosen === "operator" ? any : fc.constantFrom(...inTenants);
    return fc
      .oneof({ weight: 6, arbitrary: likely }, { weight: 1, arbitrary: any })
      .chain((operation) => requestOf(chosen, operation));
  });
}

function requestOf(who: Who, operation: Operation): fc.Arbitrary<FuzzedRequest> {
  const namespaces = who === "operator" ? [OWN, OWN, FOREIGN] : [...Array(9).fill(OWN), "nobody"];
  const target = fc
    .constantFrom<string>(...namespaces)
    .chain((namespace) =>
      fc.record({ namespace: fc.constant(namespace), name: nameIn(namespace) }),
    );
  return target.chain(({ namespace, name }) =>
    fc
      .record({
        method: mostly(operation.method, fc.constantFrom(...METHODS)),
        path: pathOf(operation.path, namespace, name),
        query: queryOf(operation.parameters),
        headers: HEADERS,
        body: bodyOf(operation, namespace, name),
      })
      .map(({ method, path, query, headers, body }) => ({
        who,
        method,
        path: path + query,
        headers: { ...body?.headers, ...headers },
        body: body?.octets,
      })),
  );
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];

function mostly<T>(value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 15, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });
}

function pathOf(template: string, namespace: string, likely: string): fc.Arbitrary<string> {
  const name = mostly(likely, WEIRD);
  const tenant = mostly(namespace, WEIRD);
  const ending = mostly(
    "",
    fc.constantFrom("/", "//", "/scale", "/status/status", "%00", "?", "#"),
  );
  return fc.tuple(tenant, name, ending).map(([chosen, named, end]) => {
    const path = template
      .replace("{namespace}", encodeURIComponent(chosen))
      .replace("{name}", encodeURIComponent(named));
    return path + end;
  });
}

const QUERY_VALUES: Readonly<Record<string, readonly string[]>> = {
  labelSelector: ["role=a", "!role", "role in (a,b)", "role notin ()", "(", "a=b=c", ",,", "é"],
  fieldSelector: ["metadata.name=a", "spec.host!=h1", "spec.nothing=1", "=", "metadata.name"],
  limit: ["1", "0", "-1", "1.5", "9007199254740992", "x", ""],
  continue: ["", "x", "e30", "eyJyZXZpc2lvbiI6MSwiYWZ0ZXIiOiIifQ"],
  watch: ["true", "1", "false", "", "yes"],
  resourceVersion: ["", "0", "1", "99999999", "-1", "x", "9007199254740993"],
  timeoutSeconds: ["1", "0", "-1", "9007199254740991", "x"],
  dryRun: ["All", "", "None", "all"],
  fieldValidation: ["Strict", "Warn", "Ignore", "x"],
  resourceVersionMatch: ["Exact", "NotOlderThan", "x"],
  sendInitialEvents: ["true", "false", "x"],
  allowWatchBookmarks: ["true", "x"],
  includeObject: ["None", "Metadata", "Object", "x"],
  propagationPolicy: ["Foreground", "x"],
  gracePeriodSeconds: ["0", "-1", "x"],
  __proto__x: ["1"],
};

function queryOf(parameters: readonly string[]): fc.Arbitrary<string> {
  const described = parameters.filter((name) => Object.hasOwn(QUERY_VALUES, name));
  const names = described.length === 0 ? Object.keys(QUERY_VALUES) : described;
  const one = mostly("", fc.constant(""))
    .chain(() =>
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...names) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.keys(QUERY_VALUES)) },
      ),
    )
    .chain((name) =>
      fc
        .constantFrom(...(QUERY_VALUES[name] ?? [""]))
        .map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
    );
  const some = fc.array(one, { minLength: 1, maxLength: 3 }).map((pairs) => `?${pairs.join("&")}`);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant("") },
    { weight: 3, arbitrary: some },
    {
      weight: 1,
      arbitrary: fc.constantFrom("?", "?&&=&", "?watch", "?%zz", "?a[b]=c", "?__proto__=1"),
    },
  );
}

const HEADERS: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc.constantFrom<[string, string]>(
      ["accept", "application/json;as=Table;v=v1;g=meta.k8s.io"],
      ["accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"],
      ["accept", "application/yaml"],
      ["accept", "application/vnd.kubernetes.protobuf, */*;q=0.1"],
      ["accept", "text/html"],
      ["accept", ";;;,,q=x"],
      ["accept-encoding", "gzip, br"],
      ["content-type", "application/yaml"],
      ["content-type", "application/json; charset=utf-16"],
      ["content-type", "application/json-patch+json"],
      ["content-type", "application/apply-patch+yaml"],
      ["content-type", "multipart/form-data; boundary=x"],
      ["content-type", ""],
      ["content-encoding", "gzip"],
      ["if-match", "*"],
      ["x-http-method-override", "DELETE"],
      ["x-forwarded-for", "127.0.0.1"],
      ["x-remote-user", "root"],
      ["impersonate-user", "olga"],
      ["expect", "100-continue"],
      ["upgrade", "websocket"],
    ),
    { maxLength: 2 },
  )
  .chain((pairs) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constant(Object.fromEntries(pairs)) },
    ),
  );

interface Body {
  readonly octets: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const PATCHES = fc.constantFrom<unknown>(
  { metadata: { labels: { role: "a" } } },
  { metadata: { labels: null, finalizers: null } },
  { metadata: { namespace: "nobody" } },
  { spec: null },
  { spec: { l3vni: 7, routeTargets: { import: ["65000:9"] } } },
  [],
  null,
);

const POINTER = fc.constantFrom(
  ...[
    "",
    "/",
    "/spec",
    "/spec/l3vni",
    "/spec/routeTargets/import/0",
    "/spec/addresses/-",
    "/status",
  ],
  ...["/metadata/labels", "/metadata/labels/role", "/metadata/annotations", "/metadata/name"],
  ...["/metadata/namespace", "/metadata/uid", "/metadata/~1~0", "/__proto__/x", "/kind", "spec"],
);

/** RFC 6902. */
const OPERATIONS: fc.Arbitrary<unknown> = fc.array(
  fc.record(
    {
      op: fc.constantFrom("add", "replace", "remove", "test", "copy", "move", "xor"),
      path: POINTER,
      from: POINTER,
      value: fc.constantFrom<unknown>({}, { role: "a" }, "a", 7, 8, null, "65000:8", ["10.1.0.2"]),
    },
    { requiredKeys: ["op", "path"] },
  ),
  { maxLength: 4 },
);

/** What goes with the operation; a GET or a DELETE may have a body too that nobody asked for. */
function bodyOf(
  operation: Operation,
  namespace: string,
  name: string,
): fc.Arbitrary<Body | undefined> {
  const { contentType = "application/json" } = operation;
  const near = contentOf(operation, namespace, name).chain((made) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(made) }, { weight: 1, arbitrary: nearly(made) }),
  );
  const body = near.chain(textOf).map((octets): Body => {
    return { octets, headers: { "content-type": contentType } };
  });
  const [few, many] = operation.contentType === undefined ? [1, 12] : [20, 1];
  return fc.oneof(
    { weight: many, arbitrary: fc.constant(undefined) },
    { weight: few, arbitrary: body },
  );
}

function contentOf(
  { contentType, schema, kindSchema }: Operation,
  namespace: string,
  name: string,
): fc.Arbitrary<unknown> {
  if (contentType === undefined) return fc.constantFrom<unknown>({}, [], "x", null);
  if (contentType.includes("json-patch")) return OPERATIONS;
  const whole = valueFor(contentType.includes("merge-patch") ? kindSchema : schema, namespace);
  const about = whole.chain((value) => mostly(named(value, name), fc.constant(value)));
  return contentType.includes("merge-patch") ? fc.oneof(about, PATCHES) : about;
}

const namedSchema = z.looseObject({ metadata: z.looseObject({}) });

/** The body is mostly about what the path is about. */
function named(value: unknown, name: string): unknown {
  const parsed = namedSchema.safeParse(value);
  if (!parsed.success) return value;
  return { ...parsed.data, metadata: { ...parsed.data.metadata, name } };
}

/** Does the request, in any spelling, have the mark that its maker cannot know? */
export function hasMark({ path, body }: FuzzedRequest): boolean {
  return path.includes(SECRET) || body?.includes(SECRET) === true;
}
