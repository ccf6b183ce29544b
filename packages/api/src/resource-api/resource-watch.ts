/** A watch of the Kubernetes API: what it tells of, as lines of JSON. How they are sent is watch-responses.ts'. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LoggedEvent } from "@selvedge/datastore";
import { API_VERSION, type Resource, type ResourceKind, withMetadata } from "@selvedge/resources";
import { type Lists, namespaceOf } from "./list-snapshots.ts";
import { presentOne } from "./resource-list.ts";
import type { ResourceView } from "./resource-options.ts";
import type { Selector } from "./resource-request.ts";
import { ApiStatusError, failureStatus } from "./status.ts";

/** Characters of what is there first that are sent in one go. */
const CHUNK = 64 * 1024;

export interface WatchRequest {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly selector: Selector;
  /** The only name that the selector may match, where it says so. */
  readonly name: string | undefined;
  /** Undefined: everything that is there first. */
  readonly fromRevision: number | undefined;
  /** BOOKMARKs: after what is there first where `marksInitialEnd`, and at the end. */
  readonly allowBookmarks: boolean;
  readonly marksInitialEnd: boolean;
  /** The form of each object. */
  readonly show: (resource: Resource) => object;
}

/** What a watch says until the signal aborts. Each text holds whole lines, and all of a commit. */
export type WatchTexts = (signal: AbortSignal) => AsyncGenerator<string>;

/** Begins a watch. @throws StoreError when the datastore does not answer. */
export async function openWatch(
  resources: ResourceView,
  lists: Lists,
  request: WatchRequest,
): Promise<WatchTexts> {
  const state = await resources.state();
  const { kind, fromRevision } = request;
  if (fromRevision !== undefined) {
    return (signal) => watchTexts(resources, [], fromRevision, request, signal);
  }
  const initial = presentOne(request, state) ?? lists.of(state).present(kind, state).resources;
  return (signal) => watchTexts(resources, initial, state.revision, request, signal);
}

async function* watchTexts(
  resources: ResourceView,
  initial: readonly Resource[],
  fromRevision: number,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { kind, allowBookmarks, marksInitialEnd, show } = request;
  let text = "";
  for (const resource of initial) {
    if (!matches(resource, request)) continue;
    text += line("ADDED", show(resource));
    if (text.length < CHUNK) continue;
    yield text;
    text = "";
    // Much that is there first is sent as a long list is: list-response.ts.
    await nextTurn();
  }
  if (allowBookmarks && marksInitialEnd) text += bookmark(kind, fromRevision, INITIAL_END);
  if (text !== "") yield text;
  let revision = fromRevision;
  for await (const told of resources.events(fromRevision, signal)) {
    if (told.kind === "gone") {
      const message = `the changes since resourceVersion ${revision} are no longer known; list again`;
      yield line("ERROR", failureStatus(new ApiStatusError("Expired", message)));
      return;
    }
    const lines = told.events.flatMap((event) => {
      const telling = tellingOf(event, request);
      return telling === undefined ? [] : [line(telling.type, show(telling.resource))];
    });
    if (lines.length > 0) yield lines.join("");
    revision = told.events.at(-1)?.revision ?? revision;
  }
  if (allowBookmarks) yield bookmark(kind, revision);
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
  return { type: "DELETED", resource: withMetadata(before, { ...metadata, resourceVersion }) };
}

function matches(resource: Resource, { kind, namespace, selector }: WatchRequest): boolean {
  return (
    resource.kind === kind &&
    (namespace === undefined || namespaceOf(resource) === namespace) &&
    selector(resource)
  );
}

const INITIAL_END: object = { annotations: { "k8s.io/initial-events-end": "true" } };

function bookmark(kind: ResourceKind, revision: number, more: object = {}): string {
  const metadata = { resourceVersion: String(revision), ...more };
  return line("BOOKMARK", { kind, apiVersion: API_VERSION, metadata });
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
