/** Paths and queries of requests to the resource API. */
import { KINDS, type ResourceKind } from "@selvedge/resources";
import { API_ROOT } from "../resource-api/kind-words.ts";

/** Which resource; a kind that belongs to a tenant has `namespace`. */
export interface ResourceName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Which resources of a kind; without `namespace` those of all tenants. */
export interface ResourceSelection {
  readonly namespace?: string | undefined;
  /** Such as `role=web,tier in (a,b),!spare`. */
  readonly labelSelector?: string | undefined;
  /** Such as `spec.host=h1`. */
  readonly fieldSelector?: string | undefined;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Path of all resources of a kind, in a tenant or over all of them. */
export function collectionPath(
  kind: ResourceKind,
  namespace: string | undefined,
  query: Query = {},
): string {
  const { plural, isNamespaced } = KINDS[kind];
  const within =
    isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${API_ROOT}${within}/${plural}${queryText(query)}`;
}

/** Path of one resource. */
export function resourcePath(
  kind: ResourceKind,
  { namespace, name }: ResourceName,
  query: Query = {},
): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}${queryText(query)}`;
}

/** Where lists of resources are applied. */
export function applyPath(query: Query = {}): string {
  return `${API_ROOT}/apply${queryText(query)}`;
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
