/** Lists of one kind out of the state in memory: filtered, in pages that all show one state. */
import type { CachedState } from "@selvedge/datastore";
import { API_VERSION, type Resource, type ResourceKind } from "@selvedge/resources";
import { z } from "zod";
import type { ListMetadata } from "../documents/table.ts";
import {
  comparePositions,
  type ListSnapshot,
  type ListSnapshots,
  namespaceOf,
  positionOf,
} from "./list-snapshots.ts";
import type { Selector } from "./resource-request.ts";
import { ApiStatusError } from "./status.ts";

export interface ListRequest {
  readonly kind: ResourceKind;
  /** Undefined: over all tenants. */
  readonly namespace: string | undefined;
  readonly selector: Selector;
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
  const { kind, namespace, selector, limit, continueToken } = request;
  const token = continueToken ? readToken(continueToken) : undefined;
  const snapshot = snapshotFor(kind, token?.revision ?? request.exactRevision, state, snapshots);
  const matching = snapshot.resources.filter(
    (resource) =>
      (namespace === undefined || namespaceOf(resource) === namespace) &&
      (token === undefined || comparePositions(positionOf(resource), token.after) > 0) &&
      selector(resource),
  );
  const resourceVersion = String(snapshot.revision);
  const items = limit === undefined || limit === 0 ? matching : matching.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || items.length === matching.length) {
    return { items: matching, metadata: { resourceVersion } };
  }
  snapshots.keep(kind, snapshot);
  const next = writeToken({ revision: snapshot.revision, after: positionOf(last) });
  const remainingItemCount = matching.length - items.length;
  return { items, metadata: { resourceVersion, continue: next, remainingItemCount } };
}

/** `kind: EndpointList` and so on. */
export function listDocument(kind: ResourceKind, { items, metadata }: ResourcePage): object {
  return { kind: `${kind}List`, apiVersion: API_VERSION, metadata, items };
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

interface ContinueToken {
  readonly revision: number;
  /** Position of the last resource of the page before. */
  readonly after: string;
}

const tokenSchema: z.ZodType<ContinueToken> = z.object({ revision: z.int(), after: z.string() });

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
