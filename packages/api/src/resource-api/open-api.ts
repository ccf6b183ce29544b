/**
 * OpenAPI v3 of the resources, from their schemas: `kubectl explain` reads it, `kubectl apply` learns from it that the
 * server validates strictly, and so may any generator of clients or of requests to try.
 */
import { API_VERSION, KINDS, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";
import { applyResultSchema } from "../documents/apply-result.ts";
import { statusSchema } from "../documents/status.ts";
import { listMetadataSchema } from "../documents/table.ts";
import { READABLE_TYPES } from "./body.ts";
import { selectableFields } from "./field-selector.ts";
import { jsonPatchSchema } from "./json-patch.ts";
import { API_ROOT, GROUP, VERSION } from "./kind-words.ts";
import { APPLY_PATH } from "./resource-apply.ts";
import { deleteOptionsSchema } from "./resource-body.ts";
import { JSON_PATCH, MERGE_PATCH } from "./resource-patch.ts";

const DOCUMENT_PATH = `apis/${GROUP}/${VERSION}`;
const JSON_TYPE = "application/json";

/** What there is: the one document. */
export function openApiIndex(): object {
  const serverRelativeURL = `/openapi/v3/${DOCUMENT_PATH}`;
  return { paths: { [DOCUMENT_PATH]: { serverRelativeURL } } };
}

/** The document of all kinds. */
export function openApiDocument(): object {
  const rows = Object.values(KINDS);
  const schemas = rows.flatMap(({ kind }) => [
    [schemaName(kind), kindSchema(kind)],
    [schemaName(`${kind}List`), listSchema(kind)],
  ]);
  return {
    openapi: "3.0.0",
    info: { title: "Selvedge", version: API_VERSION },
    paths: {
      ...Object.fromEntries(rows.flatMap(({ kind }) => pathsOf(kind))),
      [APPLY_PATH]: { post: applyOperation() },
    },
    components: {
      schemas: {
        ...Object.fromEntries(schemas),
        ApplyList: applyListDocument(),
        ApplyResult: jsonSchema(applyResultSchema),
        Status: jsonSchema(statusSchema),
        DeleteOptions: jsonSchema(deleteOptionsSchema),
        JsonPatch: jsonSchema(jsonPatchSchema),
      },
    },
  };
}

function schemaName(kind: string): string {
  return `dev.selvedge.${VERSION}.${kind}`;
}

function reference(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: "input", target: "openapi-3.0", unrepresentable: "any" });
}

function kindSchema(kind: ResourceKind): object {
  const { schema, description } = KINDS[kind];
  return {
    description,
    ...jsonSchema(schema),
    "x-kubernetes-group-version-kind": [groupVersionKind(kind)],
  };
}

function listSchema(kind: ResourceKind): object {
  return {
    type: "object",
    description: `a list of ${KINDS[kind].plural}`,
    properties: {
      apiVersion: { type: "string", enum: [API_VERSION] },
      kind: { type: "string", enum: [`${kind}List`] },
      metadata: jsonSchema(listMetadataSchema),
      items: { type: "array", items: reference(schemaName(kind)) },
    },
    required: ["items"],
    "x-kubernetes-group-version-kind": [groupVersionKind(`${kind}List`)],
  };
}

/** Resources that are applied together. */
function applyListDocument(): object {
  const anyKind = Object.values(KINDS).map(({ kind }) => reference(schemaName(kind)));
  return {
    type: "object",
    description: "resources of any kinds, which are applied together or not at all",
    properties: {
      apiVersion: { type: "string", enum: ["v1", API_VERSION] },
      kind: { type: "string", enum: ["List"] },
      metadata: { type: "object" },
      items: { type: "array", items: { anyOf: anyKind } },
    },
    required: ["apiVersion", "kind", "items"],
  };
}

function applyOperation(): object {
  const list = reference("ApplyList");
  return {
    description: "creates or replaces each of the resources, all in one transaction or none",
    "x-kubernetes-action": "post",
    "x-kubernetes-group-version-kind": { group: "", version: "v1", kind: "List" },
    parameters: [DRY_RUN],
    ...bodyOf("post", Object.fromEntries(READABLE_TYPES.map((type) => [type, list]))),
    responses: {
      200: contentOf("OK", reference("ApplyResult")),
      default: contentOf("refused, and why", reference("Status")),
    },
  };
}

function groupVersionKind(kind: string): object {
  return { group: GROUP, version: VERSION, kind };
}

function pathsOf(kind: ResourceKind): [string, object][] {
  const { plural, isNamespaced } = KINDS[kind];
  const inNamespace = isNamespaced ? "/namespaces/{namespace}" : "";
  const collection = `${API_ROOT}${inNamespace}/${plural}`;
  const parameters = isNamespaced ? [pathParameter("namespace")] : [];
  const one = reference(schemaName(kind));
  const list = reference(schemaName(`${kind}List`));
  const operation = operationOf(kind);
  const selectors = selectorParameters(kind);
  const patches = { [MERGE_PATCH]: { type: "object" }, [JSON_PATCH]: reference("JsonPatch") };
  const readable = Object.fromEntries(READABLE_TYPES.map((type) => [type, one]));
  const deleteOptions = { [JSON_TYPE]: reference("DeleteOptions") };
  const lists = operation("list", { 200: list }, [...selectors, ...LIST_PARAMETERS]);
  const paths: [string, object][] = [
    [
      collection,
      {
        parameters,
        get: lists,
        post: operation("post", { 201: one }, WRITE_PARAMETERS, readable),
        delete: operation(
          "deletecollection",
          { 200: list },
          [...selectors, DRY_RUN],
          deleteOptions,
        ),
      },
    ],
    [
      `${collection}/{name}`,
      {
        parameters: [...parameters, pathParameter("name")],
        get: operation("get", { 200: one }, []),
        put: operation("put", { 200: one }, WRITE_PARAMETERS, readable),
        patch: operation("patch", { 200: one }, WRITE_PARAMETERS, patches),
        // A Status, or the resource while a finalizer holds it.
        delete: operation(
          "delete",
          { 200: { anyOf: [reference("Status"), one] } },
          [DRY_RUN],
          deleteOptions,
        ),
      },
    ],
    [
      `${collection}/{name}/status`,
      {
        parameters: [...parameters, pathParameter("name")],
        get: operation("get", { 200: one }, []),
      },
    ],
  ];
  if (isNamespaced) paths.push([`${API_ROOT}/${plural}`, { get: lists }]);
  return paths;
}

type Schemas = Readonly<Record<string, object>>;

/** Makes operations of a kind: what is answered by code, what may be asked, and what is sent by content type. */
function operationOf(kind: ResourceKind) {
  return (
    action: string,
    answers: Schemas,
    parameters: readonly object[],
    bodies: Schemas = {},
  ): object => ({
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": groupVersionKind(kind),
    parameters,
    ...bodyOf(action, bodies),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([code, schema]) => [code, contentOf("OK", schema)]),
      ),
      default: contentOf("refused, and why", reference("Status")),
    },
  });
}

function bodyOf(action: string, bodies: Schemas): object {
  if (Object.keys(bodies).length === 0) return {};
  const content = Object.fromEntries(
    Object.entries(bodies).map(([type, schema]) => [type, { schema }]),
  );
  return { requestBody: { required: !action.startsWith("delete"), content } };
}

function contentOf(description: string, schema: object): object {
  return { description, content: { [JSON_TYPE]: { schema } } };
}

function pathParameter(name: string): object {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function queryParameter(name: string, description: string, schema: object = TEXT): object {
  return { name, in: "query", description, schema };
}

const TEXT = { type: "string" };
const COUNT = { type: "integer", minimum: 0 };
const FLAG = { type: "boolean" };

function selectorParameters(kind: ResourceKind): object[] {
  const fields = selectableFields(kind).join(", ");
  return [
    queryParameter("labelSelector", "such as role=web,tier in (a,b),!spare"),
    queryParameter("fieldSelector", `FIELD=VALUE or FIELD!=VALUE with commas; of ${fields}`),
  ];
}

const DRY_RUN = queryParameter("dryRun", "All: say what would be, and write nothing", {
  type: "string",
  enum: ["All"],
});
const WRITE_PARAMETERS = [
  DRY_RUN,
  queryParameter("fieldValidation", "unknown fields: refused (the default), told of, dropped", {
    type: "string",
    enum: ["Strict", "Warn", "Ignore"],
  }),
  queryParameter("fieldManager", "is not looked at"),
];
const LIST_PARAMETERS = [
  queryParameter("limit", "resources in a page", COUNT),
  queryParameter("continue", "of the page before"),
  queryParameter("watch", "true: what changes, a line of JSON each", FLAG),
  queryParameter("resourceVersion", "of a watch: where it begins"),
  queryParameter("resourceVersionMatch", "of a list: Exact for the state of resourceVersion", {
    type: "string",
    enum: ["Exact", "NotOlderThan"],
  }),
  queryParameter("allowWatchBookmarks", "of a watch: says how far it is", FLAG),
  queryParameter("sendInitialEvents", "of a watch: what is there comes first", FLAG),
  queryParameter("timeoutSeconds", "of a watch: when it ends", COUNT),
];
