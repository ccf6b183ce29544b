/** `meta.k8s.io/v1 Table`: what `kubectl get` and `selvedge get` print, a row a resource. */

import type { Resource, ResourceKind, ResourceOf } from "@selvedge/resources";
import { ageText } from "./age.ts";

/** Columns with priority 1 are for `-o wide`. */
export interface Column<R> {
  readonly name: string;
  readonly description: string;
  readonly priority?: 0 | 1;
  readonly cell: (resource: R) => string;
}

/** As kubectl writes what is not there. */
const NONE = "<none>";

type Columns = { readonly [Kind in ResourceKind]: readonly Column<ResourceOf<Kind>>[] };

const COLUMNS: Columns = {
  Tenant: [],
  Host: [
    { name: "Roles", description: "vtep, reflector", cell: ({ spec }) => spec.roles.join(",") },
    { name: "Address", description: "of BGP sessions", cell: ({ spec }) => spec.address },
    { name: "ASN", description: "AS number", cell: ({ spec }) => String(spec.asn) },
    { name: "VTEP", description: "of tunnels", cell: ({ spec }) => spec.vtep ?? NONE },
    {
      name: "Router-ID",
      description: "BGP identifier",
      priority: 1,
      cell: ({ spec }) => spec.routerId,
    },
    {
      name: "ID",
      description: "of its router addresses",
      priority: 1,
      cell: ({ status }) => String(status?.id ?? NONE),
    },
  ],
  Vrf: [
    {
      name: "L3VNI",
      description: "VNI of the VRF",
      cell: ({ spec }) => String(spec.l3vni ?? NONE),
    },
    {
      name: "Import",
      description: "route targets",
      priority: 1,
      cell: ({ spec }) => spec.routeTargets?.import?.join(",") ?? "auto",
    },
    {
      name: "Export",
      description: "route targets",
      priority: 1,
      cell: ({ spec }) => spec.routeTargets?.export?.join(",") ?? "auto",
    },
    {
      name: "ID",
      description: "in its route distinguishers",
      priority: 1,
      cell: ({ status }) => String(status?.id ?? NONE),
    },
  ],
  Subnet: [
    { name: "VRF", description: "that it is in", cell: ({ spec }) => spec.vrf },
    { name: "CIDRs", description: "its prefixes", cell: ({ spec }) => spec.cidrs.join(",") },
    { name: "Mode", description: "routed or bridged", priority: 1, cell: ({ spec }) => spec.mode },
    {
      name: "VNI",
      description: "of a bridged subnet",
      priority: 1,
      cell: ({ spec }) => String(spec.vni ?? NONE),
    },
    {
      name: "Gateway",
      description: "that endpoints see",
      priority: 1,
      cell: ({ spec }) => spec.gateway?.join(",") ?? NONE,
    },
  ],
  Endpoint: [
    { name: "Host", description: "that it is on", cell: ({ spec }) => spec.host },
    { name: "Subnet", description: "of its addresses", cell: ({ spec }) => spec.subnet },
    {
      name: "Addresses",
      description: "of its interface",
      cell: ({ spec }) => spec.addresses.join(","),
    },
    {
      name: "MAC",
      description: "of its interface",
      priority: 1,
      cell: ({ spec }) => spec.mac ?? "auto",
    },
  ],
};

const NAME = { name: "Name", type: "string", format: "name", description: "its name", priority: 0 };
const AGE = {
  name: "Age",
  type: "string",
  format: "",
  description: "since it was made",
  priority: 0,
};

/** What a row has of its resource besides the cells. */
export type IncludedObject = "None" | "Metadata" | "Object";

/** A Table of resources of a kind, but for its rows. */
export function tableHead(kind: ResourceKind, metadata: object): object {
  const definitions = COLUMNS[kind].map(({ name, description, priority = 0 }) => ({
    name,
    type: "string",
    format: "",
    description,
    priority,
  }));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: [NAME, ...definitions, AGE],
  };
}

/** The row of a resource. `now`: milliseconds since 1970. */
export function tableRow(resource: Resource, included: IncludedObject, now: number): object {
  return {
    cells: [resource.metadata.name, ...cellsOf(resource), ageOf(resource, now)],
    ...objectOf(resource, included),
  };
}

function objectOf(resource: Resource, included: IncludedObject): object {
  if (included === "None") return {};
  if (included === "Object") return { object: resource };
  const { metadata } = resource;
  const object = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  return { object };
}

function cellsOf(resource: Resource): string[] {
  switch (resource.kind) {
    case "Tenant":
      return COLUMNS.Tenant.map(({ cell }) => cell(resource));
    case "Host":
      return COLUMNS.Host.map(({ cell }) => cell(resource));
    case "Vrf":
      return COLUMNS.Vrf.map(({ cell }) => cell(resource));
    case "Subnet":
      return COLUMNS.Subnet.map(({ cell }) => cell(resource));
    case "Endpoint":
      return COLUMNS.Endpoint.map(({ cell }) => cell(resource));
    default:
      return resource satisfies never;
  }
}

function ageOf({ metadata }: Resource, now: number): string {
  const made = Date.parse(metadata.creationTimestamp ?? "");
  return Number.isNaN(made) ? "<unknown>" : ageText(now - made);
}
