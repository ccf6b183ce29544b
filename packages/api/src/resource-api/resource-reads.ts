/** Getting, listing and watching resources, out of memory. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { presenterFor } from "./answer-form.ts";
import { sendList } from "./list-response.ts";
import { Lists } from "./list-snapshots.ts";
import { listPage } from "./resource-list.ts";
import type { ResourceApiOptions } from "./resource-options.ts";
import { type Query, readKey, readQuery, readTarget } from "./resource-request.ts";
import { openWatch } from "./resource-watch.ts";
import { ApiStatusError, notFound } from "./status.ts";
import { WatchResponses } from "./watch-responses.ts";

const namespaceParams = z.object({ name: z.string() });

/** Answers the requests that change nothing. */
export class ResourceReads {
  readonly #options: ResourceApiOptions;
  readonly #now: () => number;
  readonly #lists = new Lists();
  readonly #watches = new WatchResponses();

  constructor(options: ResourceApiOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async get(request: FastifyRequest): Promise<object> {
    const { kind, name, key } = readKey(request.params);
    const presenter = presenterFor(request, this.#now);
    const { resources } = await this.#options.resources(request).state();
    const resource = resources.get(key);
    if (resource === undefined) throw notFound(kind, name);
    return presenter.one(resource);
  }

  async list(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const target = readTarget(request.params);
    const query = readQuery(request.query, target.kind);
    if (query.watch) return this.#watch(request, reply, query);
    const presenter = presenterFor(request, this.#now);
    const { selector, limit, continue: continueToken } = query;
    const state = await this.#options.resources(request).state();
    const exactRevision = exactRevisionOf(query);
    const page = listPage(
      { ...target, selector, limit, continueToken, exactRevision, name: query.name },
      state,
      this.#lists.of(state),
    );
    return sendList(reply, presenter.list(target.kind, page.metadata), page);
  }

  /** A tenant as the core `Namespace` that it stands for. */
  async namespace(request: FastifyRequest): Promise<object> {
    const { name } = namespaceParams.parse(request.params);
    const { resources } = await this.#options.resources(request).state();
    const tenant = resources.get(`tenants/${name}`);
    if (tenant === undefined) {
      const details = { name, kind: "namespaces" };
      throw new ApiStatusError("NotFound", `namespaces "${name}" not found`, details);
    }
    const phase = tenant.metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
    return { kind: "Namespace", apiVersion: "v1", metadata: tenant.metadata, status: { phase } };
  }

  /** Ends the watches that are open. */
  async stop(): Promise<void> {
    await this.#watches.end();
  }

  async #watch(request: FastifyRequest, reply: FastifyReply, query: Query): Promise<FastifyReply> {
    const { kind, namespace } = readTarget(request.params);
    const { selector, resourceVersion, timeoutSeconds, ...more } = query;
    const presenter = presenterFor(request, this.#now);
    const texts = await openWatch(this.#options.resources(request), this.#lists, {
      kind,
      namespace,
      selector,
      name: query.name,
      // 0 is any state, which the present one is.
      fromRevision: more.sendInitialEvents ? undefined : resourceVersion || undefined,
      allowBookmarks: more.allowWatchBookmarks,
      marksInitialEnd: more.sendInitialEvents,
      show: (resource) => presenter.one(resource),
    });
    this.#watches.send(reply, texts, timeoutSeconds);
    return reply;
  }
}

/** Only `Exact` asks for a certain state; otherwise the present one, which is not older than any, will do. */
function exactRevisionOf({ resourceVersion, resourceVersionMatch }: Query): number | undefined {
  if (resourceVersionMatch !== "Exact") return undefined;
  if (resourceVersion === undefined || resourceVersion === 0) {
    const message = "resourceVersionMatch: Exact needs a resourceVersion other than 0";
    throw new ApiStatusError("BadRequest", message);
  }
  return resourceVersion;
}
