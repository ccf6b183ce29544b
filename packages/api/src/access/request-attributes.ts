/**
 * What a request wants, out of the route that the server has matched and the parameters that its handler will read: the
 * same ones, so that no second reading of the URL can differ from the first.
 */
import { z } from "zod";
import { API_ROOT, GROUP } from "../resource-api/kind-words.ts";
import { APPLY_PATH } from "../resource-api/resource-apply.ts";
import { API_PATHS, IPAM_PATHS, neighborRoutesPath } from "../routes.ts";
import type { AccessRequest } from "./authorise.ts";
import type { AccessResource, Verb } from "./role-table.ts";

/** A request as far as the server has understood it. */
export interface MatchedRequest {
  readonly method: string;
  /** The pattern of the route, such as `/endpoints/:name`; undefined when none matched. */
  readonly route: string | undefined;
  readonly params: unknown;
  readonly query: unknown;
}

/** Health and version: what a load balancer or a client asks before it has credentials. */
export const PUBLIC_PATHS = { version: "/version", live: "/livez", ready: "/readyz" } as const;

const PUBLIC: ReadonlySet<string> = new Set(Object.values(PUBLIC_PATHS));

const DISCOVERY: ReadonlySet<string> = new Set([
  "/api",
  "/apis",
  `/apis/${GROUP}`,
  API_ROOT,
  "/openapi/v3",
  `/openapi/v3${API_ROOT}`,
]);

const OPERATIONS: Readonly<Record<string, AccessResource>> = {
  [API_PATHS.status]: "agent/status",
  [API_PATHS.bgpSummary]: "agent/bgp",
  [API_PATHS.bgpNeighbors]: "agent/bgp",
  [`${API_PATHS.bgpNeighbors}/:address`]: "agent/bgp",
  [neighborRoutesPath(":address", "received")]: "agent/bgp",
  [neighborRoutesPath(":address", "advertised")]: "agent/bgp",
  [API_PATHS.bgpMemberships]: "agent/bgp",
  [API_PATHS.bgpClear]: "agent/bgp-clear",
  [API_PATHS.evpnRoutes]: "agent/evpn",
  [API_PATHS.vrfs]: "agent/vrfs",
  [API_PATHS.vteps]: "agent/vteps",
  [API_PATHS.macs]: "agent/macs",
  [API_PATHS.endpoints]: "agent/endpoints",
  [API_PATHS.attachments]: "agent/attachments",
  [`${API_PATHS.attachments}/:tenant/:name`]: "agent/attachments",
  [IPAM_PATHS.pools]: "ipam/pools",
  [IPAM_PATHS.blocks]: "ipam/blocks",
  [IPAM_PATHS.addresses]: "ipam/addresses",
  [`${IPAM_PATHS.addresses}/:tenant/:subnet/:address`]: "ipam/addresses",
  [IPAM_PATHS.findings]: "ipam/findings",
  [IPAM_PATHS.repairs]: "ipam/repairs",
};

/** The tenants again, where kubectl looks whether the namespace is there that something was not found in. */
const NAMESPACE = "/api/v1/namespaces/:name";

const COLLECTIONS = [`${API_ROOT}/:plural`, `${API_ROOT}/namespaces/:namespace/:plural`] as const;
type Shape = "collection" | "object" | "status";
const SHAPES: ReadonlyMap<string, Shape> = new Map(
  COLLECTIONS.flatMap((path): [string, Shape][] => [
    [path, "collection"],
    [`${path}/:name`, "object"],
    [`${path}/:name/status`, "status"],
  ]),
);

/** Verbs by method; HEAD is GET without the answer. */
const COLLECTION_VERBS: Readonly<Record<string, Verb>> = {
  GET: "list",
  HEAD: "list",
  POST: "create",
  DELETE: "deletecollection",
};
const OBJECT_VERBS: Readonly<Record<string, Verb>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const paramsSchema = z.object({
  plural: z.string(),
  namespace: z.string().optional(),
  name: z.string().optional(),
});

/** Never throws: what cannot be understood is `unknown`, which nobody but an operator may do. */
export function accessRequestOf(request: MatchedRequest): AccessRequest {
  const { method, route } = request;
  const unknown: AccessRequest = { kind: "unknown", method };
  if (route === undefined) return unknown;
  const isRead = method === "GET" || method === "HEAD";
  if (PUBLIC.has(route)) return isRead ? { kind: "public" } : unknown;
  if (DISCOVERY.has(route)) return isRead ? { kind: "discovery" } : unknown;
  const operation = Object.hasOwn(OPERATIONS, route) ? OPERATIONS[route] : undefined;
  if (operation !== undefined) return operationRequest(request, operation) ?? unknown;
  if (route === NAMESPACE) return namespaceRequest(request) ?? unknown;
  if (route === APPLY_PATH) return method === "POST" ? { kind: "apply" } : unknown;
  const shape = SHAPES.get(route);
  return (shape === undefined ? undefined : resourceRequest(request, shape)) ?? unknown;
}

function operationRequest(
  { method }: MatchedRequest,
  resource: AccessResource,
): AccessRequest | undefined {
  const verb = OBJECT_VERBS[method];
  if (verb === undefined) return undefined;
  return { kind: "resource", verb, resource, tenant: undefined, name: undefined };
}

function namespaceRequest({ method, params }: MatchedRequest): AccessRequest | undefined {
  const { success, data } = z.object({ name: z.string() }).safeParse(params);
  if (!success || (method !== "GET" && method !== "HEAD")) return undefined;
  const { name } = data;
  return { kind: "resource", verb: "get", resource: "tenants", tenant: name, name };
}

function resourceRequest(
  { method, params, query }: MatchedRequest,
  shape: Shape,
): AccessRequest | undefined {
  const parsed = paramsSchema.safeParse(params);
  if (!parsed.success) return undefined;
  const { plural, namespace, name } = parsed.data;
  const listed = shape === "collection" ? COLLECTION_VERBS[method] : OBJECT_VERBS[method];
  if (listed === undefined) return undefined;
  const verb = listed === "list" && isWatch(query) ? "watch" : listed;
  const resource = shape === "status" ? `${plural}/status` : plural;
  // A list or a watch of one name is about that name, as in Kubernetes: `kubectl get tenant red -w` makes such.
  const only = verb === "list" || verb === "watch" ? selectedName(query) : undefined;
  const about = name ?? only;
  const tenant = plural === "tenants" && namespace === undefined ? about : namespace;
  return { kind: "resource", verb, resource, tenant, name: about };
}

const watchSchema = z.object({ watch: z.enum(["", "true", "1"]) });

/** As the handler reads it (resource-request.ts). */
function isWatch(query: unknown): boolean {
  return watchSchema.safeParse(query).success;
}

const fieldSelectorSchema = z.object({ fieldSelector: z.string() });

/** The name, where the selector is for that one name and for nothing else. */
function selectedName(query: unknown): string | undefined {
  const { fieldSelector = "" } = fieldSelectorSchema.safeParse(query).data ?? {};
  return /^metadata\.name==?([-a-z0-9]+)$/.exec(fieldSelector)?.[1];
}
