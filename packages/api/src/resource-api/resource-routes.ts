/** The requests about resources: reads out of memory, writes through admission. */
import type { ApplyOptions, ApplyOutcome, ResourceCache } from "@selvedge/datastore";
import { type Change, type Resource, type ResourceKey, resourceKey } from "@selvedge/resources";
import type { FastifyReply, FastifyRequest } from "fastify";
import { withoutNulls } from "./body.ts";
import { GROUP } from "./kind-words.ts";
import { mergePatch } from "./merge-patch.ts";
import { readBody, readDeleteOptions, readPatch, resourceOf, withName } from "./resource-body.ts";
import { listDocument, listPage, SortedResources } from "./resource-list.ts";
import { readKey, readQuery, readTarget, type Target, wantsTable } from "./resource-request.ts";
import { openWatch } from "./resource-watch.ts";
import { ApiStatusError, notFound, refusalOf, successStatus } from "./status.ts";
import { tableOf } from "./table.ts";
import { WatchResponses } from "./watch-responses.ts";

/** Attempts of a patch against a resource that others change at the same time. */
const PATCH_ATTEMPTS = 8;

export interface ResourceApiOptions {
  /** The resources; throws StoreError while the datastore cannot be opened. */
  readonly resources: () => ResourceCache;
  /** Told of requests that failed for a reason of ours. */
  readonly onInternalError: (error: unknown, path: string) => void;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
}

/** Answers the requests about resources. */
export class ResourceRoutes {
  readonly #options: ResourceApiOptions;
  readonly #sorted = new SortedResources();
  readonly #watches = new WatchResponses();

  constructor(options: ResourceApiOptions) {
    this.#options = options;
  }

  async get(request: FastifyRequest): Promise<object> {
    const { kind, key } = readKey(request.params);
    const resource = await this.#present(key);
    return wantsTable(request.headers.accept) ? this.#table(kind, [resource], {}) : resource;
  }

  async list(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readTarget(request.params);
    const query = readQuery(request.query);
    if (query.watch) return this.#watch(request, reply);
    const { selector, limit, continue: continueToken } = query;
    const page = listPage(
      { ...target, selector, limit, continueToken },
      await this.#cache.state(),
      this.#sorted,
    );
    return wantsTable(request.headers.accept)
      ? this.#table(target.kind, page.items, page.metadata)
      : listDocument(target.kind, page);
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<Resource> {
    const target = readTarget(request.params);
    const { dryRun } = readQuery(request.query);
    const named = withName(readBody(request));
    const resource = resourceOf(named, target);
    const key = resourceKey(resource);
    const outcome = await this.#apply([{ kind: "put", resource }], {
      dryRun: dryRun === "All",
      preconditions: new Map([[key, { isNew: true }]]),
    });
    if (outcome.kind === "conflict") throw alreadyExists(key);
    const created = writtenBy(outcome);
    if (created === undefined) throw new Error(`${key} was created and not written`);
    reply.code(201);
    return created;
  }

  async replace(request: FastifyRequest): Promise<Resource> {
    const { key, ...target } = readKey(request.params);
    const { dryRun } = readQuery(request.query);
    const resource = resourceOf(readBody(request), target);
    if (resourceKey(resource) !== key) throw otherName(key, resourceKey(resource));
    const before = await this.#present(key);
    const outcome = await this.#put(resource, before, dryRun === "All");
    if (outcome.kind === "conflict") throw refusalOfConflict(outcome);
    return writtenBy(outcome) ?? before;
  }

  async patch(request: FastifyRequest): Promise<Resource> {
    const { key, ...target } = readKey(request.params);
    const { dryRun } = readQuery(request.query);
    const patch = readPatch(request);
    for (let attempt = 1; ; attempt++) {
      const before = await this.#present(key);
      const resource = resourceOf(withoutNulls(mergePatch(before, patch)), target);
      if (resourceKey(resource) !== key) throw otherName(key, resourceKey(resource));
      const outcome = await this.#put(resource, before, dryRun === "All");
      if (outcome.kind !== "conflict") return writtenBy(outcome) ?? before;
      // A patch that names a version is meant for that one.
      const isMeantForAny = resource.metadata.resourceVersion === before.metadata.resourceVersion;
      if (!isMeantForAny || attempt === PATCH_ATTEMPTS) throw refusalOfConflict(outcome);
    }
  }

  async delete(request: FastifyRequest): Promise<object> {
    const { key } = readKey(request.params);
    const { dryRun } = readQuery(request.query);
    const deleteOptions = readDeleteOptions(request);
    const isDry = dryRun === "All" || (deleteOptions.dryRun ?? []).includes("All");
    const before = await this.#present(key);
    const { uid: ofNow } = before.metadata;
    const outcome = await this.#apply([{ kind: "delete", key }], {
      dryRun: isDry,
      preconditions: new Map([[key, { uid: ofNow, ...deleteOptions.preconditions }]]),
    });
    if (outcome.kind === "conflict") throw refusalOfConflict(outcome);
    const [write] = outcome.writes;
    if (write?.kind === "put") return write.resource;
    if (write === undefined) return before;
    const { name, uid } = before.metadata;
    return successStatus({ name, group: GROUP, kind: before.kind, uid });
  }

  async deleteCollection(request: FastifyRequest): Promise<object> {
    const target = readTarget(request.params);
    const { selector, dryRun } = readQuery(request.query);
    const page = listPage(
      { ...target, selector, limit: undefined, continueToken: undefined },
      await this.#cache.state(),
      this.#sorted,
    );
    const changes = page.items.map((resource): Change => {
      return { kind: "delete", key: resourceKey(resource) };
    });
    if (changes.length > 0) await this.#apply(changes, { dryRun: dryRun === "All" });
    return listDocument(target.kind, page);
  }

  /** Ends the watches that are open. */
  async stop(): Promise<void> {
    await this.#watches.end();
  }

  get #cache(): ResourceCache {
    return this.#options.resources();
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #table(kind: Target["kind"], resources: readonly Resource[], metadata: object): object {
    return tableOf(kind, resources, metadata, this.#now());
  }

  async #watch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { kind, namespace } = readTarget(request.params);
    const { selector, resourceVersion, timeoutSeconds, ...more } = readQuery(request.query);
    const isTable = wantsTable(request.headers.accept);
    const texts = await openWatch(this.#cache, this.#sorted, {
      kind,
      namespace,
      selector,
      // 0 is any state, which the present one is.
      fromRevision: more.sendInitialEvents ? undefined : resourceVersion || undefined,
      allowBookmarks: more.allowWatchBookmarks,
      marksInitialEnd: more.sendInitialEvents,
      show: (resource) => (isTable ? this.#table(kind, [resource], {}) : resource),
    });
    this.#watches.send(reply, texts, timeoutSeconds);
    return reply;
  }

  async #present(key: ResourceKey): Promise<Resource> {
    const { resources } = await this.#cache.state();
    const resource = resources.get(key);
    if (resource === undefined) throw notFound(key);
    return resource;
  }

  /** In the place of `before`, which must still be the one, at the version that the resource names if it names one. */
  #put(resource: Resource, before: Resource, dryRun: boolean): Promise<Applied | Conflict> {
    const { uid = before.metadata.uid, resourceVersion } = resource.metadata;
    return this.#apply([{ kind: "put", resource }], {
      dryRun,
      preconditions: new Map([[resourceKey(resource), { uid, resourceVersion }]]),
    });
  }

  /** @throws ApiStatusError for what admission refuses */
  async #apply(changes: readonly Change[], options: ApplyOptions): Promise<Applied | Conflict> {
    const { now } = this.#options;
    const outcome = await this.#cache.apply(changes, {
      ...options,
      ...(now === undefined ? {} : { now: () => new Date(now()) }),
    });
    if (outcome.kind === "refused") throw refusalOf(outcome.issues);
    return outcome;
  }
}

type Applied = Extract<ApplyOutcome, { kind: "applied" }>;
type Conflict = Extract<ApplyOutcome, { kind: "conflict" }>;

/** What a put of one resource has written; undefined when it was there already, just so. */
function writtenBy({ writes: [write] }: Applied): Resource | undefined {
  return write?.kind === "put" ? write.resource : undefined;
}

function refusalOfConflict({ key, current }: Conflict): ApiStatusError {
  if (current === undefined) return notFound(key);
  return new ApiStatusError(
    "Conflict",
    `the object has been modified; apply your changes to the latest version and try again: ${key}`,
  );
}

function otherName(key: ResourceKey, other: ResourceKey): ApiStatusError {
  return new ApiStatusError("BadRequest", `the body is about ${other}, and the path about ${key}`);
}

function alreadyExists(key: ResourceKey): ApiStatusError {
  return new ApiStatusError("AlreadyExists", `${key} already exists`);
}
