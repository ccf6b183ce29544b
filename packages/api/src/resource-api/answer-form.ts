/** Resources and lists in the form that the client asked for. */
import type { Resource, ResourceKind } from "@selvedge/resources";
import type { FastifyRequest } from "fastify";
import { type AnswerForm, negotiateForm } from "./negotiation.ts";
import { listDocument, type ResourcePage } from "./resource-list.ts";
import { readIncludeObject } from "./resource-request.ts";
import { type IncludedObject, tableOf } from "./table.ts";

/** Turns resources into documents. */
export interface Presenter {
  one(kind: ResourceKind, resource: Resource): object;
  page(kind: ResourceKind, page: ResourcePage): object;
}

/** What the request wants. `now`: milliseconds since 1970. @throws ApiStatusError (NotAcceptable, BadRequest) */
export function presenterFor(request: FastifyRequest, now: () => number): Presenter {
  const form = negotiateForm(request.headers.accept);
  return PRESENTERS[form](readIncludeObject(request.query), now);
}

const META_V1 = "meta.k8s.io/v1";

const PRESENTERS: Readonly<
  Record<AnswerForm, (included: IncludedObject, now: () => number) => Presenter>
> = {
  object: () => ({ one: (_kind, resource) => resource, page: listDocument }),
  metadata: () => ({
    one: (_kind, resource) => partial(resource),
    page: (_kind, { items, metadata }) => ({
      kind: "PartialObjectMetadataList",
      apiVersion: META_V1,
      metadata,
      items: items.map(partial),
    }),
  }),
  table: (included, now) => ({
    one: (kind, resource) => {
      const { resourceVersion } = resource.metadata;
      return tableOf(kind, [resource], { resourceVersion }, included, now());
    },
    page: (kind, { items, metadata }) => tableOf(kind, items, metadata, included, now()),
  }),
};

/** The part of a resource that all kinds have. */
function partial({ metadata }: Resource): object {
  return { kind: "PartialObjectMetadata", apiVersion: META_V1, metadata };
}
