/**
 * The part of a resource's metadata that the system keeps: who has it (uid), since when, how often its spec has
 * changed, and whether it is about to go. Pure.
 */

import { isDeepStrictEqual } from "node:util";
import type { Resource } from "./resource-kind.ts";

/** Metadata of any kind. */
export type ObjectMetadata = Resource["metadata"];

/** A resource with other metadata. */
export function withMetadata<R extends Resource>(resource: R, metadata: ObjectMetadata): R {
  return { ...resource, metadata };
}

/**
 * A wanted resource with what the system has kept about it, and nothing of what the wish says of that; finalizers stay
 * as they were where the wish does not name them. `before` is absent where there was none.
 */
export function keepObjectMetadata<R extends Resource>(wanted: R, before: Resource | undefined): R {
  const { name, labels, annotations, finalizers } = wanted.metadata;
  const {
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    finalizers: present,
  } = before?.metadata ?? {};
  const namespace = "namespace" in wanted.metadata ? wanted.metadata.namespace : undefined;
  return withMetadata(wanted, {
    name,
    ...defined({ namespace, labels: filled(labels), annotations: filled(annotations) }),
    ...defined({ finalizers: filled(finalizers ?? present) }),
    ...defined({ uid, resourceVersion, generation, creationTimestamp, deletionTimestamp }),
  });
}

/** What is new to be said of a resource that is written. */
export interface NewMetadata {
  readonly uid: string;
  /** RFC 3339. */
  readonly time: string;
}

/** A resource that differs from `before`, with identity, time and generation filled in. */
export function advanceObjectMetadata<R extends Resource>(
  resource: R,
  before: Resource | undefined,
  fresh: NewMetadata,
): R {
  const { uid, creationTimestamp, generation = 0 } = resource.metadata;
  const isNewSpec = before === undefined || !isDeepStrictEqual(resource.spec, before.spec);
  return withMetadata(resource, {
    ...resource.metadata,
    uid: uid ?? fresh.uid,
    creationTimestamp: creationTimestamp ?? fresh.time,
    generation: isNewSpec ? generation + 1 : Math.max(generation, 1),
  });
}

/** Does somebody have to be done before it may go? */
export function isHeld({ metadata }: Resource): boolean {
  return (metadata.finalizers?.length ?? 0) > 0;
}

/** Kubernetes' clients write what is empty for what is not there; only the latter is kept. */
function filled<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}

function defined<T extends object>(fields: T): Partial<T> {
  const present: Partial<T> = { ...fields };
  for (const key of Object.keys(present)) {
    if (Reflect.get(present, key) === undefined) Reflect.deleteProperty(present, key);
  }
  return present;
}
