/**
 * OpenAPI v3 of the resources, from their schemas: `kubectl explain` reads it, `kubectl apply` learns from it that the
 * server validates strictly, and so may any generator of clients.
 */
import { API_VERSION, KINDS, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";
import { API_ROOT, GROUP, VERSION } from "./kind-words.ts";

const DOCUMENT_PATH = `apis/${GROUP}/${VERSION}`;
const MERGE_PATCH = "application/merge-patch+json";

/** What there is: the one document. */
export function openApiIndex(): object {
  const serverRelativeURL = `/openapi/v3/${DOCUMENT_PATH}`;
  return { paths: { [DOCUMENT_PATH]: { serverRelativeURL } } };
}

/** The document of all kinds. */
export function openApiDocument(): object {
  const rows = Object.values(KINDS);
  const schemas = rows.map(({ kind, schema }) => [schemaName(kind), kindSchema(kind, schema)]);
  return {
    openapi: "3.0.0",
    info: { title: "Selvedge", version: API_VERSION },
    paths: Object.fromEntries(rows.flatMap(({ kind }) => pathsOf(kind))),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function schemaName(kind: ResourceKind): string {
  return `dev.selvedge.${VERSION}.${kind}`;
}

function kindSchema(kind: ResourceKind, schema: z.ZodType): object {
  const json = z.toJSONSchema(schema, {
    io: "input",
    target: "openapi-3.0",
    unrepresentable: "any",
  });
  return { ...json, "x-kubernetes-group-version-kind": [groupVersionKind(kind)] };
}

function groupVersionKind(kind: ResourceKind): object {
  return { group: GROUP, version: VERSION, kind };
}

function pathsOf(kind: ResourceKind): [string, object][] {
  const { plural, isNamespaced } = KINDS[kind];
  const inNamespace = isNamespaced ? "/namespaces/{namespace}" : "";
  const collection = `${API_ROOT}${inNamespace}/${plural}`;
  const parameters = isNamespaced ? [pathParameter("namespace")] : [];
  const paths: [string, object][] = [
    [
      collection,
      {
        parameters,
        get: operation(kind, "list", LIST_PARAMETERS),
        post: operation(kind, "post", WRITE_PARAMETERS, "application/json"),
        delete: operation(kind, "deletecollection", LIST_PARAMETERS),
      },
    ],
    [
      `${collection}/{name}`,
      {
        parameters: [...parameters, pathParameter("name")],
        get: operation(kind, "get", []),
        put: operation(kind, "put", WRITE_PARAMETERS, "application/json"),
        patch: operation(kind, "patch", WRITE_PARAMETERS, MERGE_PATCH),
        delete: operation(kind, "delete", [DRY_RUN]),
      },
    ],
    [
      `${collection}/{name}/status`,
      {
        parameters: [...parameters, pathParameter("name")],
        get: operation(kind, "get", []),
      },
    ],
  ];
  if (isNamespaced) {
    paths.push([`${API_ROOT}/${plural}`, { get: operation(kind, "list", LIST_PARAMETERS) }]);
  }
  return paths;
}

function operation(
  kind: ResourceKind,
  action: string,
  parameters: readonly object[],
  bodyType?: string,
): object {
  const schema = { $ref: `#/components/schemas/${schemaName(kind)}` };
  const body =
    bodyType === undefined
      ? {}
      : { requestBody: { required: true, content: { [bodyType]: { schema } } } };
  return {
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": groupVersionKind(kind),
    parameters,
    ...body,
    responses: { 200: { description: "OK", content: { "application/json": { schema } } } },
  };
}

function pathParameter(name: string): object {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function queryParameter(name: string, description: string, type = "string"): object {
  return { name, in: "query", description, schema: { type } };
}

const DRY_RUN = queryParameter("dryRun", "All: say what would be, and write nothing");
const WRITE_PARAMETERS = [
  DRY_RUN,
  queryParameter("fieldValidation", "Strict is what is done, whatever is asked for"),
  queryParameter("fieldManager", "is not looked at"),
];
const LIST_PARAMETERS = [
  queryParameter("labelSelector", "such as role=web,tier in (a,b)"),
  queryParameter("fieldSelector", "such as spec.host=h1"),
  queryParameter("limit", "resources in a page", "integer"),
  queryParameter("continue", "of the page before"),
  queryParameter("watch", "true: what changes, a line of JSON each", "boolean"),
  queryParameter("resourceVersion", "of a watch: where it begins"),
  queryParameter("timeoutSeconds", "of a watch: when it ends", "integer"),
];
