/**
 * A client of the resource API for programs: typed resources in and out, over whichever transport. What it does not do:
 * retry a write, or keep anything between calls.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  KINDS,
  type KindRow,
  type Resource,
  type ResourceKind,
  type ResourceOf,
} from "@selvedge/resources";
import { z } from "zod";
import { applyResultSchema } from "../documents/apply-result.ts";
import { statusSchema } from "../documents/status.ts";
import { listMetadataSchema, type TableDocument, tableSchema } from "../documents/table.ts";
import { badAnswer, parseAnswer as parse } from "./answer.ts";
import type {
  AppliedResource,
  DeleteOptions,
  ListOptions,
  PatchType,
  ResourceList,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./request-options.ts";
import { type ClientOptions, Requester } from "./requester.ts";
import {
  applyPath,
  collectionPath,
  type ResourceName,
  type ResourceSelection,
  resourcePath,
} from "./resource-path.ts";
import type { TransportResponse } from "./transport.ts";
import { type RawWatchEvent, readWatchEvents, versionAfter } from "./watch-stream.ts";

const TABLE_TYPE = "application/json;as=Table;v=v1;g=meta.k8s.io";
/** Resources in a page of those lists that this client joins. */
const PAGE = 500;
/** Milliseconds from the end of a watch until it is taken up. */
const REOPEN = 500;

const listSchema = z.object({
  items: z.array(z.unknown()),
  metadata: listMetadataSchema.default({}),
});

const KIND_ROWS: { readonly [Kind in ResourceKind]: KindRow<Kind> } = KINDS;

/**
 * @throws ResourceRefusedError with the server's reason and message.
 * @throws TransportError when there is no answer, or none that the schemas accept.
 */
export class ResourceClient {
  readonly #requester: Requester;

  constructor(options: ClientOptions) {
    this.#requester = new Requester(options);
  }

  async get<Kind extends ResourceKind>(kind: Kind, name: ResourceName): Promise<ResourceOf<Kind>> {
    return this.#resource(kind, await this.#requester.send("GET", resourcePath(kind, name)));
  }

  /** One resource in the server's columns. */
  async getTable(kind: ResourceKind, name: ResourceName): Promise<TableDocument> {
    return parse(
      tableSchema,
      await this.#requester.send("GET", resourcePath(kind, name), { headers: TABLE }),
    );
  }

  /** A page of resources; all of them without `limit`. */
  async list<Kind extends ResourceKind>(
    kind: Kind,
    { namespace, ...query }: ListOptions = {},
  ): Promise<ResourceList<ResourceOf<Kind>>> {
    const answer = await this.#requester.send("GET", collectionPath(kind, namespace, { ...query }));
    const { items, metadata } = parse(listSchema, answer);
    return { items: items.map((item) => this.#resource(kind, item)), metadata };
  }

  /** Every resource that matches, a page at a time. */
  async *listAll<Kind extends ResourceKind>(
    kind: Kind,
    selection: ResourceSelection = {},
  ): AsyncGenerator<ResourceOf<Kind>> {
    let next: string | undefined;
    do {
      const page: ResourceList<ResourceOf<Kind>> = await this.list(kind, {
        ...selection,
        limit: PAGE,
        continue: next,
      });
      yield* page.items;
      next = page.metadata.continue;
    } while (next !== undefined);
  }

  /** A page of resources in the server's columns; all of them without `limit`. */
  async listTable(
    kind: ResourceKind,
    { namespace, ...query }: ListOptions = {},
  ): Promise<TableDocument> {
    const path = collectionPath(kind, namespace, { ...query });
    return parse(tableSchema, await this.#requester.send("GET", path, { headers: TABLE }));
  }

  /**
   * What changes, until the signal aborts; a watch that the server ends is taken up where it was.
   * @throws ResourceRefusedError Expired when the changes since `resourceVersion` are no longer known: list again.
   */
  async *watch<Kind extends ResourceKind>(
    kind: Kind,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<ResourceOf<Kind>>> {
    for await (const { type, object } of this.#watch(kind, options, {})) {
      yield { type, object: this.#resource(kind, object) };
    }
  }

  /** As `watch`, with a Table of one row in each event. */
  async *watchTable(
    kind: ResourceKind,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<TableDocument>> {
    for await (const { type, object } of this.#watch(kind, options, TABLE)) {
      yield { type, object: parse(tableSchema, object) };
    }
  }

  /** @throws ResourceRefusedError AlreadyExists */
  async create<R extends Resource>(
    resource: R,
    options: WriteOptions = {},
  ): Promise<ResourceOf<R["kind"]>> {
    const kind: R["kind"] = resource.kind;
    const path = collectionPath(kind, namespaceOf(resource), writeQuery(options));
    return this.#resource(kind, await this.#requester.send("POST", path, { content: resource }));
  }

  /** Only while it is the one of `metadata.resourceVersion` and `uid`, where these are there. */
  async replace<R extends Resource>(
    resource: R,
    options: WriteOptions = {},
  ): Promise<ResourceOf<R["kind"]>> {
    const kind: R["kind"] = resource.kind;
    const at = { namespace: namespaceOf(resource), name: resource.metadata.name };
    const path = resourcePath(kind, at, writeQuery(options));
    return this.#resource(kind, await this.#requester.send("PUT", path, { content: resource }));
  }

  /** `merge`: RFC 7396; `json`: RFC 6902. */
  async patch<Kind extends ResourceKind>(
    kind: Kind,
    name: ResourceName,
    type: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<ResourceOf<Kind>> {
    const path = resourcePath(kind, name, writeQuery(options));
    const contentType = `application/${type === "merge" ? "merge-patch" : "json-patch"}+json`;
    return this.#resource(
      kind,
      await this.#requester.send("PATCH", path, { contentType, content: patch }),
    );
  }

  /** The resource while a finalizer still holds it; undefined when it is gone. */
  async delete<Kind extends ResourceKind>(
    kind: Kind,
    name: ResourceName,
    { dryRun, preconditions }: DeleteOptions = {},
  ): Promise<ResourceOf<Kind> | undefined> {
    const path = resourcePath(kind, name, dryRunQuery(dryRun));
    const body = preconditions === undefined ? undefined : { preconditions };
    const answer = await this.#requester.send("DELETE", path, { content: body });
    return statusSchema.safeParse(answer).success ? undefined : this.#resource(kind, answer);
  }

  /** All that match, or none of them. The answer is what they were. */
  async deleteCollection<Kind extends ResourceKind>(
    kind: Kind,
    { namespace, ...selection }: ResourceSelection = {},
    { dryRun }: Pick<DeleteOptions, "dryRun"> = {},
  ): Promise<ResourceList<ResourceOf<Kind>>> {
    const query = { ...selection, ...dryRunQuery(dryRun) };
    const answer = await this.#requester.send("DELETE", collectionPath(kind, namespace, query));
    const { items, metadata } = parse(listSchema, answer);
    return { items: items.map((item) => this.#resource(kind, item)), metadata };
  }

  /** Creates or replaces all of them, or none, in one transaction; what became of each, in their order. */
  async apply(
    resources: readonly Resource[],
    { dryRun }: Pick<WriteOptions, "dryRun"> = {},
  ): Promise<readonly AppliedResource[]> {
    const list = { apiVersion: "v1", kind: "List", items: resources };
    const path = applyPath(dryRunQuery(dryRun));
    const answer = await this.#requester.send("POST", path, { content: list });
    const { items } = parse(applyResultSchema, answer);
    return items.map(({ result, object }, index) => {
      const kind = resources[index]?.kind;
      if (kind === undefined) throw badAnswer(new Error("there are more results than resources"));
      return { result, resource: this.#resource(kind, object) };
    });
  }

  async *#watch(
    kind: ResourceKind,
    { namespace, signal, resourceVersion, onVersion, ...selection }: WatchOptions,
    headers: Readonly<Record<string, string>>,
  ): AsyncGenerator<WatchEvent<unknown>> {
    let version = resourceVersion;
    while (!signal.aborted) {
      const path = collectionPath(kind, namespace, {
        ...selection,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: version,
      });
      const response = await this.#requester.request("GET", path, { headers, signal });
      for await (const event of this.#events(response)) {
        version = versionAfter(event) ?? version;
        if (event.type !== "BOOKMARK") yield { type: event.type, object: event.object };
        // After the event, so that one whose reader has failed comes again.
        if (version !== undefined) onVersion?.(version);
      }
      // The server ended it at its time limit. One that never said where it was cannot be taken up.
      if (version === undefined) return;
      // One that ends each of them at once is not asked without a pause.
      await pause(REOPEN, undefined, { signal }).catch(() => undefined);
    }
  }

  async *#events({ body }: TransportResponse): AsyncGenerator<RawWatchEvent> {
    try {
      yield* readWatchEvents(body);
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) throw badAnswer(error);
      throw error;
    }
  }

  #resource<Kind extends ResourceKind>(kind: Kind, answer: unknown): ResourceOf<Kind> {
    const row: KindRow<Kind> = KIND_ROWS[kind];
    return parse(row.schema, answer);
  }
}

const TABLE: Readonly<Record<string, string>> = { accept: `${TABLE_TYPE},application/json` };

function writeQuery({ dryRun, fieldValidation }: WriteOptions) {
  return { ...dryRunQuery(dryRun), fieldValidation };
}

function dryRunQuery(dryRun: boolean | undefined) {
  return { dryRun: dryRun === true ? "All" : undefined };
}

function namespaceOf({ metadata }: Resource): string | undefined {
  return "namespace" in metadata ? metadata.namespace : undefined;
}
