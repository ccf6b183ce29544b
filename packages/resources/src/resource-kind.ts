/** The table of kinds, and the keys of resources: "hosts/h1", "endpoints/red/web-1". */

import type { z } from "zod";
import { type Endpoint, endpointSchema } from "./endpoint.ts";
import { type Host, hostSchema } from "./host.ts";
import { type Subnet, subnetSchema } from "./subnet.ts";
import { type Tenant, tenantSchema } from "./tenant.ts";
import { type Vrf, vrfSchema } from "./vrf.ts";

/** Any declared thing; `kind` tells which. */
export type Resource = Tenant | Host | Vrf | Subnet | Endpoint;

/** The name of a kind, as in a manifest. */
export type ResourceKind = Resource["kind"];

/** The resource type of a kind. */
export type ResourceOf<Kind extends ResourceKind> = Extract<Resource, { kind: Kind }>;

/** What there is to know about a kind besides its fields. */
export interface KindRow<Kind extends ResourceKind> {
  readonly kind: Kind;
  /** The lower-case plural, in keys and URLs. */
  readonly plural: string;
  /** What a user may type for it, as in Kubernetes. */
  readonly shortName: string;
  /** Does a resource of the kind belong to a tenant (`metadata.namespace`)? */
  readonly isNamespaced: boolean;
  /** What a resource of the kind is, for those who ask what there is. */
  readonly description: string;
  readonly schema: z.ZodType<ResourceOf<Kind>>;
}

/** All kinds. The one place that lists them. */
export const KINDS = {
  Tenant: {
    kind: "Tenant",
    plural: "tenants",
    shortName: "tn",
    isNamespaced: false,
    description: "the owner of VRFs, and the namespace of everything in them",
    schema: tenantSchema,
  },
  Host: {
    kind: "Host",
    plural: "hosts",
    shortName: "ho",
    isNamespaced: false,
    description: "a machine that runs the agent: VTEP for endpoints, BGP route reflector, or both",
    schema: hostSchema,
  },
  Vrf: {
    kind: "Vrf",
    plural: "vrfs",
    shortName: "vrf",
    isNamespaced: true,
    description:
      "one routing domain of a tenant; addresses of two VRFs never meet, also where they are equal",
    schema: vrfSchema,
  },
  Subnet: {
    kind: "Subnet",
    plural: "subnets",
    shortName: "sn",
    isNamespaced: true,
    description: "prefixes of a VRF, whose addresses endpoints have",
    schema: subnetSchema,
  },
  Endpoint: {
    kind: "Endpoint",
    plural: "endpoints",
    shortName: "ep",
    isNamespaced: true,
    description: "a workload's interface: its subnet, its addresses, and the host that it is on",
    schema: endpointSchema,
  },
} as const satisfies { readonly [Kind in ResourceKind]: KindRow<Kind> };

/** The names of all kinds, in the order in which they may refer to each other. */
export const KIND_NAMES: readonly ResourceKind[] = Object.values(KINDS).map((row) => row.kind);

type Plural<Namespaced extends boolean> = Extract<
  (typeof KINDS)[ResourceKind],
  { isNamespaced: Namespaced }
>["plural"];

/** The key of a resource: the plural, the tenant where the kind has one, and the name. */
export type ResourceKey = `${Plural<false>}/${string}` | `${Plural<true>}/${string}/${string}`;

/** What a key says. */
export interface KeyParts {
  readonly kind: ResourceKind;
  /** Of a kind that belongs to a tenant. */
  readonly namespace?: string;
  readonly name: string;
}

/** The key of a resource. */
export function resourceKey(resource: Resource): ResourceKey {
  switch (resource.kind) {
    case "Tenant":
    case "Host":
      return `${KINDS[resource.kind].plural}/${resource.metadata.name}`;
    case "Vrf":
    case "Subnet":
    case "Endpoint":
      return `${KINDS[resource.kind].plural}/${resource.metadata.namespace}/${resource.metadata.name}`;
    default:
      return resource satisfies never;
  }
}

/** The parts of a key, or undefined when the text is none. */
export function parseResourceKey(
  text: string,
): (KeyParts & { readonly key: ResourceKey }) | undefined {
  const parts = text.split("/");
  const row = Object.values(KINDS).find(({ plural }) => plural === parts[0]);
  const [, first = "", second = ""] = parts;
  if (row === undefined || first === "") return undefined;
  if (!row.isNamespaced) {
    if (parts.length !== 2) return undefined;
    return { kind: row.kind, name: first, key: `${row.plural}/${first}` };
  }
  if (parts.length !== 3 || second === "") return undefined;
  return {
    kind: row.kind,
    namespace: first,
    name: second,
    key: `${row.plural}/${first}/${second}`,
  };
}

/** Finds a kind by what a user may type: "Endpoint", "endpoint", "endpoints" or "ep". */
export function findKind(text: string): ResourceKind | undefined {
  const wanted = text.toLowerCase();
  return Object.values(KINDS).find(({ kind, plural, shortName }) =>
    [plural, kind.toLowerCase(), shortName].includes(wanted),
  )?.kind;
}
