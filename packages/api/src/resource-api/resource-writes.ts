/** Creating, replacing, patching and deleting resources: each request is one apply, with admission. */
import type { ApplyOptions, ApplyOutcome, Precondition } from "@selvedge/datastore";
import {
  type Change,
  type Resource,
  type ResourceKey,
  type ResourceKind,
  resourceKey,
} from "@selvedge/resources";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Presenter, presenterFor } from "./answer-form.ts";
import { GROUP } from "./kind-words.ts";
import { sendList } from "./list-response.ts";
import { ListSnapshots } from "./list-snapshots.ts";
import { readBody, readDeleteOptions, resourceOf, withName } from "./resource-body.ts";
import { listPage } from "./resource-list.ts";
import type { ResourceApiOptions, WriteVerb } from "./resource-options.ts";
import { readPatch } from "./resource-patch.ts";
import {
  type Query,
  type ResourceTarget,
  readCollection,
  readKey,
  readQuery,
} from "./resource-request.ts";
import {
  type ApiStatusError,
  alreadyExists,
  notFound,
  overtaken,
  refusalOf,
  successStatus,
} from "./status.ts";
import { tellChanges } from "./tell-changes.ts";
import { warn } from "./warning-header.ts";

/** Attempts of a request about resources that others change at the same time. */
const ATTEMPTS = 8;

type Applied = Extract<ApplyOutcome, { kind: "applied" }>;
type Conflict = Extract<ApplyOutcome, { kind: "conflict" }>;

/** Answers the requests that change something. */
export class ResourceWrites {
  readonly #options: ResourceApiOptions;
  readonly #now: () => number;

  constructor(options: ResourceApiOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async create(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readCollection(request.params);
    const write = this.#begin(request, target.kind, "create");
    const resource = this.#resourceOf(withName(readBody(request)), target, write.query, reply);
    const key = resourceKey(resource);
    const preconditions = new Map([[key, { isNew: true }]]);
    const outcome = await this.#apply([{ kind: "put", resource }], write, preconditions);
    if (outcome.kind === "conflict") throw alreadyExists(target.kind, resource.metadata.name);
    reply.code(201);
    const [written] = outcome.writes;
    return write.presenter.one(written?.kind === "put" ? written.resource : resource);
  }

  async replace(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readKey(request.params);
    const write = this.#begin(request, target.kind, "update");
    const resource = this.#resourceOf(readBody(request), target, write.query, reply);
    const before = await this.#present(request, target);
    const outcome = await this.#replace(resource, before, target, write);
    if (outcome.kind === "conflict") throw conflictOf(outcome, target);
    return write.presenter.one(await this.#outcomeOf(outcome, request, target));
  }

  /** A patch that says nothing of the version is made of the present one, as often as others are faster. */
  async patch(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readKey(request.params);
    const write = this.#begin(request, target.kind, "patch");
    const patch = readPatch(request);
    for (let attempt = 1; ; attempt++) {
      const before = await this.#present(request, target);
      const resource = this.#resourceOf(patch(before), target, write.query, reply);
      const outcome = await this.#replace(resource, before, target, write);
      if (outcome.kind === "applied") {
        return write.presenter.one(await this.#outcomeOf(outcome, request, target));
      }
      const isOvertaken =
        resource.metadata.resourceVersion === before.metadata.resourceVersion &&
        outcome.current?.metadata.uid === before.metadata.uid;
      if (!isOvertaken || attempt === ATTEMPTS) throw conflictOf(outcome, target);
    }
  }

  async delete(request: FastifyRequest): Promise<object> {
    const target = readKey(request.params);
    const write = this.#begin(request, target.kind, "delete");
    const { preconditions = {}, dryRun = [] } = readDeleteOptions(request);
    const before = await this.#present(request, target);
    const isDry = write.isDry || dryRun.includes("All");
    const outcome = await this.#apply(
      [{ kind: "delete", key: target.key }],
      { ...write, isDry },
      new Map([[target.key, { uid: before.metadata.uid, ...preconditions }]]),
    );
    if (outcome.kind === "conflict") throw conflictOf(outcome, target);
    const [done] = outcome.writes;
    // A finalizer holds it, with a deletionTimestamp from now or from before.
    if (done?.kind === "put") return write.presenter.one(done.resource);
    if (done === undefined) return write.presenter.one(before);
    const { name, uid } = before.metadata;
    return successStatus({ name, group: GROUP, kind: target.kind, uid });
  }

  /** All that match, or none. */
  async deleteCollection(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readCollection(request.params);
    const write = this.#begin(request, target.kind, "deletecollection");
    const { dryRun = [] } = readDeleteOptions(request);
    const isDry = write.isDry || dryRun.includes("All");
    for (let attempt = 1; ; attempt++) {
      const state = await this.#options.resources(request).state();
      const { selector } = write.query;
      const page = listPage({ ...target, selector }, state, new ListSnapshots());
      const keys = page.items.map(resourceKey);
      try {
        const changes = keys.map((key): Change => ({ kind: "delete", key }));
        if (changes.length > 0) await this.#apply(changes, { ...write, isDry }, new Map());
        return sendList(reply, write.presenter.list(target.kind, page.metadata), page);
      } catch (error) {
        // Another one may have deleted some of them first, which is no fault of this request.
        const { resources } = await this.#options.resources(request).state();
        if (attempt === ATTEMPTS || keys.every((key) => resources.has(key))) throw error;
      }
    }
  }

  #begin(request: FastifyRequest, kind: ResourceKind, verb: WriteVerb): Write {
    const query = readQuery(request.query, kind);
    const presenter = presenterFor(request, this.#now);
    return { request, verb, query, presenter, isDry: query.dryRun === "All" };
  }

  #resourceOf(
    body: unknown,
    target: Pick<ResourceTarget, "kind" | "namespace"> & { readonly name?: string },
    { fieldValidation }: Query,
    reply: FastifyReply,
  ): Resource {
    const { resource, unknownFields } = resourceOf(body, target, fieldValidation);
    if (fieldValidation === "Warn") {
      warn(
        reply,
        unknownFields.map((field) => `unknown field "${field}"`),
      );
    }
    return resource;
  }

  async #present(request: FastifyRequest, { kind, name, key }: ResourceTarget): Promise<Resource> {
    const { resources } = await this.#options.resources(request).state();
    const resource = resources.get(key);
    if (resource === undefined) throw notFound(kind, name);
    return resource;
  }

  /** The resource as it is now; as it was last where it went with its last finalizer. */
  async #outcomeOf(
    { writes: [write], before }: Applied,
    request: FastifyRequest,
    target: ResourceTarget,
  ): Promise<Resource> {
    if (write?.kind === "put") return write.resource;
    const gone = write === undefined ? undefined : before.get(write.key);
    return gone ?? (await this.#present(request, target));
  }

  #replace(
    resource: Resource,
    before: Resource,
    { key }: ResourceTarget,
    write: Write,
  ): Promise<Applied | Conflict> {
    const { uid = before.metadata.uid, resourceVersion } = resource.metadata;
    const preconditions = new Map([[key, { uid, resourceVersion }]]);
    return this.#apply([{ kind: "put", resource }], write, preconditions);
  }

  async #apply(
    changes: readonly Change[],
    { request, verb, isDry }: Write,
    preconditions: ReadonlyMap<ResourceKey, Precondition>,
  ): Promise<Applied | Conflict> {
    const options: ApplyOptions = {
      dryRun: isDry,
      preconditions,
      now: () => new Date(this.#now()),
    };
    const outcome = await this.#options.resources(request).apply(changes, options);
    if (outcome.kind === "refused") throw refusalOf(outcome.issues);
    if (outcome.kind === "applied" && !isDry) tellChanges(this.#options, request, verb, outcome);
    return outcome;
  }
}

/** What there is to know of a request that changes something. */
interface Write {
  readonly request: FastifyRequest;
  readonly verb: WriteVerb;
  readonly query: Query;
  readonly presenter: Presenter;
  readonly isDry: boolean;
}

function conflictOf({ current }: Conflict, { kind, name }: ResourceTarget): ApiStatusError {
  return current === undefined ? notFound(kind, name) : overtaken(kind, name);
}
