/** The resources as the maker of a request has them: of a cache, what the handlers of requests use. */
import type { ResourceCache } from "@selvedge/datastore";

/** Each method as in ResourceCache. */
export type ResourceView = Pick<ResourceCache, "state" | "apply" | "events">;
