/** A watch of the Kubernetes API: a line of JSON each event. */
import type { LoggedEvent, ResourceCache } from "@selvedge/datastore";
import { API_VERSION, type Resource, type ResourceKind } from "@selvedge/resources";
import { namespaceOf, type SortedResources } from "./resource-list.ts";
import type { Selector } from "./selector.ts";
import { ApiStatusError, failureStatus } from "./status.ts";

export interface WatchRequest {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly selector: Selector;
  /** Undefined: everything that is there first. */
  readonly fromRevision: number | undefined;
  /** A BOOKMARK after what is there first. */
  readonly allowBookmarks: boolean;
  readonly signal: AbortSignal;
  /** The form of each object. */
  readonly show: (resource: Resource) => object;
}

/** @throws StoreError before the first line when the datastore does not answer. */
export async function* watchLines(
  cache: ResourceCache,
  sorted: SortedResources,
  request: WatchRequest,
): AsyncGenerator<string> {
  const { kind, signal, show } = request;
  let { fromRevision } = request;
  if (fromRevision === undefined) {
    const state = await cache.state();
    fromRevision = state.revision;
    for (const resource of sorted.ofKind(kind, state)) {
      if (matches(resource, request)) yield line("ADDED", show(resource));
    }
    if (request.allowBookmarks) yield bookmark(kind, fromRevision);
  }
  for await (const event of cache.events(fromRevision, signal)) {
    if (event.kind === "gone") {
      const message = `the changes since resourceVersion ${fromRevision} are no longer known; list again`;
      yield line("ERROR", failureStatus(new ApiStatusError("Expired", message)));
      return;
    }
    const told = tellingOf(event, request);
    if (told !== undefined) yield line(told.type, show(told.resource));
  }
}

/** What a change is to someone who sees only what matches. */
function tellingOf(
  event: LoggedEvent,
  request: WatchRequest,
): { readonly type: string; readonly resource: Resource } | undefined {
  const { before } = event;
  const was = before !== undefined && matches(before, request);
  const is = event.kind === "put" && matches(event.resource, request);
  if (event.kind === "put" && is) {
    return { type: was ? "MODIFIED" : "ADDED", resource: event.resource };
  }
  if (!was) return undefined;
  const { metadata } = before;
  const resourceVersion = String(event.revision);
  return { type: "DELETED", resource: withVersion(before, { ...metadata, resourceVersion }) };
}

function withVersion(resource: Resource, metadata: Resource["metadata"]): Resource {
  return Object.assign({ ...resource }, { metadata });
}

function matches(resource: Resource, { kind, namespace, selector }: WatchRequest): boolean {
  return (
    resource.kind === kind &&
    (namespace === undefined || namespaceOf(resource) === namespace) &&
    selector(resource)
  );
}

function bookmark(kind: ResourceKind, revision: number): string {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const metadata = { resourceVersion: String(revision), annotations };
  return line("BOOKMARK", { kind, apiVersion: API_VERSION, metadata });
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
