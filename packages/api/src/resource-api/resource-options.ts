/** What a resource API is given by the program that serves it. */
import type { ResourceCache } from "@selvedge/datastore";
import type { Resource, ResourceKey } from "@selvedge/resources";
import type { FastifyRequest } from "fastify";

/** Of a cache, what requests use. Its states have the same map of resources as long as they show the same ones. */
export type ResourceView = Pick<ResourceCache, "state" | "apply" | "events">;

/** Who makes a request. */
export interface Identity {
  readonly name: string;
}

export type WriteVerb = "create" | "update" | "patch" | "delete" | "deletecollection" | "apply";

/** What became of one resource. */
export interface AppliedChange {
  readonly who: Identity;
  readonly verb: WriteVerb;
  readonly key: ResourceKey;
  /** Absent for one that was created. */
  readonly old?: Resource;
  /** Absent for one that is gone. */
  readonly new?: Resource;
}

export interface ResourceApiOptions {
  /** The resources as the maker of the request has them; throws StoreError while the datastore cannot be opened. */
  readonly resources: (request: FastifyRequest) => ResourceView;
  /** Told of requests that failed for a reason of ours. */
  readonly onInternalError: (error: unknown, path: string) => void;
  /** Told of every change that was committed, after it was; not of dry runs. */
  readonly onChange?: (change: AppliedChange) => void;
  /** Default: whoever reaches the server is root, as on a socket that only root may open. */
  readonly identify?: (request: FastifyRequest) => Identity;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
  /**
   * Resources in a list that is applied; the process does nothing else while they are admitted and get their addresses.
   * Default: 1000, for a process that has sessions to keep.
   */
  readonly mostApplied?: number;
}
