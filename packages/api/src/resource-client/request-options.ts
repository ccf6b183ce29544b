/** What calls of the client may ask for, and what they come to. */
import type { Resource } from "@selvedge/resources";
import type { AppliedResult } from "../documents/apply-result.ts";
import type { ListMetadata } from "../documents/table.ts";
import type { ResourceSelection } from "./resource-path.ts";

export interface ListOptions extends ResourceSelection {
  /** Resources in the answer; more are there when its metadata has `continue`. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface WriteOptions {
  /** Says what would be, and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** What becomes of unknown fields: refused, dropped with a warning, dropped. Default: Strict. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
}

export interface DeleteOptions {
  readonly dryRun?: boolean | undefined;
  /** Only while the resource is what these say. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

export interface WatchOptions extends ResourceSelection {
  /** Changes after it. Default: everything that is there is told as ADDED first. */
  readonly resourceVersion?: string | undefined;
  /** Told how far the watch is, also where nothing has changed: from there another one can go on. */
  readonly onVersion?: ((resourceVersion: string) => void) | undefined;
  readonly signal: AbortSignal;
}

export type PatchType = "merge" | "json";

/** One page of resources. */
export interface ResourceList<R extends Resource> {
  readonly items: readonly R[];
  readonly metadata: ListMetadata;
}

/** What became of a resource that was applied, and the resource as it is now. */
export interface AppliedResource {
  readonly result: AppliedResult;
  readonly resource: Resource;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}
