/** Lists of one kind out of the state in memory: filtered, in pages that all show one state. */
import type { CachedState } from "@selvedge/datastore";
import { KINDS, parseResourceKey, type Resource, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";
import type { ListMetadata } from "../documents/table.ts";
import {
  comparePositions,
  type ListSnapshot,
  type ListSnapshots,
  namespaceOf,
  type Position,
  positionOf,
} from "./list-snapshots.ts";
import type { Selector } from "./resource-request.ts";
import { ApiStatusError } from "./status.ts";

export interface ListRequest {
  readonly kind: ResourceKind;
  /** Undefined: over all tenants. */
  readonly namespace: string | undefined;
  readonly selector: Selector;
  /** The only name that the selector may match, where it says so. */
  readonly name?: string | undefined;
  readonly limit?: number | undefined;
  readonly continueToken?: string | undefined;
  /** The state that the list must show. Undefined: any, so the present one. */
  readonly exactRevision?: number | undefined;
}

export interface ResourcePage {
  readonly items: readonly Resource[];
  readonly metadata: ListMetadata;
}

/** @throws ApiStatusError (BadRequest) for a token that is none, (Expired) for a state that is no longer known */
export function listPage(
  request: ListRequest,
  state: CachedState,
  snapshots: ListSnapshots,
): ResourcePage {
  const { kind, namespace, selector, limit, continueToken, exactRevision } = request;
  if (!continueToken && exactRevision === undefined) {
    const one = presentOne(request, state);
    if (one !== undefined) {
      return { items: one.filter(selector), metadata: { resourceVersion: String(state.revision) } };
    }
  }
  const token = continueToken ? readToken(continueToken) : undefined;
  const snapshot = snapshotFor(kind, token?.revision ?? exactRevision, state, snapshots);
  const matching = snapshot.resources.filter(
    (resource) =>
      (namespace === undefined || namespaceOf(resource) === namespace) &&
      (token === undefined || isAfter(resource, token)) &&
      selector(resource),
  );
  const resourceVersion = String(snapshot.revision);
  const items = limit === undefined || limit === 0 ? matching : matching.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || items.length === matching.length) {
    return { items: matching, metadata: { resourceVersion } };
  }
  snapshots.keep(kind, snapshot);
  const next = writeToken({ revision: snapshot.revision, ...positionOf(last) });
  const remainingItemCount = matching.length - items.length;
  return { items, metadata: { resourceVersion, continue: next, remainingItemCount } };
}

/**
 * What a selector of one name in one place can match, without looking at anything else: `kubectl wait` and `kubectl
 * delete` ask so. Undefined for other selectors.
 */
export function presentOne(
  { kind, namespace, name }: Pick<ListRequest, "kind" | "namespace" | "name">,
  { resources }: CachedState,
): readonly Resource[] | undefined {
  const { plural, isNamespaced } = KINDS[kind];
  if (name === undefined || (isNamespaced && namespace === undefined)) return undefined;
  const text = isNamespaced ? `${plural}/${namespace}/${name}` : `${plural}/${name}`;
  const key = parseResourceKey(text)?.key;
  const resource = key === undefined ? undefined : resources.get(key);
  return resource === undefined ? [] : [resource];
}

function snapshotFor(
  kind: ResourceKind,
  revision: number | undefined,
  state: CachedState,
  snapshots: ListSnapshots,
): ListSnapshot {
  if (revision === undefined || revision === state.revision) return snapshots.present(kind, state);
  const kept = snapshots.kept(kind, revision);
  if (kept !== undefined) return kept;
  throw new ApiStatusError(
    "Expired",
    `the state of resourceVersion ${revision} is no longer known; list again from the beginning`,
  );
}

/** The position of the last resource of the page before. */
interface ContinueToken extends Position {
  readonly revision: number;
}

const tokenSchema: z.ZodType<ContinueToken> = z.object({
  revision: z.int(),
  namespace: z.string(),
  name: z.string(),
});

function isAfter(resource: Resource, token: ContinueToken): boolean {
  return comparePositions(positionOf(resource), token) > 0;
}

function writeToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token), "utf8").toString("base64url");
}

function readToken(text: string): ContinueToken {
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new ApiStatusError("BadRequest", "continue: is no token of this API; use that of a page");
  }
}
