/** Resources as values of the store: a key `resources/KEY` and the resource in JSON, without what the store itself knows. */
import {
  parseResource,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  resourceKey,
  withMetadata,
} from "@selvedge/resources";
import type { Entry, Write } from "../store.ts";

/** Prefix of the keys of all resources. */
export const RESOURCES = "resources/";

/** A stored value that is no valid resource of this version. */
export interface InvalidResource {
  readonly key: string;
  readonly reason: string;
}

export type ReadEntry =
  | { readonly kind: "valid"; readonly resource: Resource }
  /** Its reader has no use of it. */
  | { readonly kind: "unconcerned"; readonly key: ResourceKey }
  | { readonly kind: "invalid"; readonly invalid: InvalidResource };

/**
 * Has a reader use of what is stored under a key? Asked before the value is checked, which is most of the cost of
 * reading it: what it answers no to may be invalid, and is neither checked nor kept.
 */
export type Concern = (key: ResourceKey, value: unknown) => boolean;

/** The resource that an entry holds; its `metadata.resourceVersion` is the revision of the entry. */
export function readEntry(
  { key: storeKey, value, modRevision }: Entry,
  concerns?: Concern,
): ReadEntry {
  const key = storeKey.slice(RESOURCES.length);
  const invalid = (reason: string): ReadEntry => ({ kind: "invalid", invalid: { key, reason } });
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(error.message);
  }
  if (concerns !== undefined) {
    const known = resourceKeyOf(storeKey);
    if (known !== undefined && !concerns(known, json)) return { kind: "unconcerned", key: known };
  }
  const parsed = parseResource(json);
  if (parsed.kind === "refused") {
    return invalid(parsed.faults.map(({ message }) => message).join("; "));
  }
  const { resource } = parsed;
  return resourceKey(resource) === key
    ? { kind: "valid", resource: atRevision(resource, modRevision) }
    : invalid(`it holds ${resourceKey(resource)}`);
}

/** The resource with the revision that it was written at. */
export function atRevision<R extends Resource>(resource: R, revision: number): R {
  return withMetadata(resource, { ...resource.metadata, resourceVersion: String(revision) });
}

/** The write that stores a resource. */
export function putOf(key: ResourceKey, resource: Resource): Write {
  const { resourceVersion: _, ...metadata } = resource.metadata;
  return { kind: "put", key: RESOURCES + key, value: JSON.stringify({ ...resource, metadata }) };
}

/** The write that removes one. */
export function deleteOf(key: ResourceKey): Write {
  return { kind: "delete", key: RESOURCES + key };
}

/** The key of the resource that a key of the store is for; undefined when it is for none. */
export function resourceKeyOf(storeKey: string): ResourceKey | undefined {
  return parseResourceKey(storeKey.slice(RESOURCES.length))?.key;
}
