/** Resources and lists in the form that the client asked for. */
import { API_VERSION, type Resource, type ResourceKind } from "@selvedge/resources";
import type { FastifyRequest } from "fastify";
import type { ListMetadata } from "../documents/table.ts";
import { type AnswerForm, negotiateForm } from "./negotiation.ts";
import { readIncludeObject } from "./resource-request.ts";
import { type IncludedObject, tableHead, tableRow } from "./table.ts";

/** A list in parts, so that a long one need not be made in one go. */
export interface ListForm {
  /** The document but for its members; it has fields. */
  readonly head: object;
  /** Where the members are. */
  readonly field: "items" | "rows";
  readonly member: (resource: Resource) => object;
}

/** Turns resources into documents. */
export interface Presenter {
  one(resource: Resource): object;
  list(kind: ResourceKind, metadata: ListMetadata): ListForm;
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
  object: () => ({
    one: (resource) => resource,
    list: (kind, metadata) => ({
      head: { kind: `${kind}List`, apiVersion: API_VERSION, metadata },
      field: "items",
      member: (resource) => resource,
    }),
  }),
  metadata: () => ({
    one: partial,
    list: (_kind, metadata) => ({
      head: { kind: "PartialObjectMetadataList", apiVersion: META_V1, metadata },
      field: "items",
      member: partial,
    }),
  }),
  table: (included, now) => ({
    one: (resource) => {
      const { resourceVersion } = resource.metadata;
      const head = tableHead(resource.kind, { resourceVersion });
      return { ...head, rows: [tableRow(resource, included, now())] };
    },
    list: (kind, metadata) => ({
      head: tableHead(kind, metadata),
      field: "rows",
      member: (resource) => tableRow(resource, included, now()),
    }),
  }),
};

/** The part of a resource that all kinds have. */
function partial({ metadata }: Resource): object {
  return { kind: "PartialObjectMetadata", apiVersion: META_V1, metadata };
}
