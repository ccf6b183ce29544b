/** Field selectors: `metadata.name=web-1,spec.host!=h1`; all of the requirements must hold. */
import type { Resource, ResourceKind, ResourceOf } from "@selvedge/resources";
import { namespaceOf } from "./list-snapshots.ts";
import { ApiStatusError } from "./status.ts";

type Field<R> = (resource: R) => string | undefined;

const COMMON: Readonly<Record<string, Field<Resource>>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": namespaceOf,
};

const OF_KIND: {
  readonly [Kind in ResourceKind]: Readonly<Record<string, Field<ResourceOf<Kind>>>>;
} = {
  Tenant: {},
  Host: { "spec.address": ({ spec }) => spec.address, "spec.vtep": ({ spec }) => spec.vtep },
  Vrf: { "spec.l3vni": ({ spec }) => spec.l3vni?.toString() },
  Subnet: {
    "spec.vrf": ({ spec }) => spec.vrf,
    "spec.mode": ({ spec }) => spec.mode,
    "spec.vni": ({ spec }) => spec.vni?.toString(),
  },
  Endpoint: {
    "spec.host": ({ spec }) => spec.host,
    "spec.subnet": ({ spec }) => spec.subnet,
    "spec.mac": ({ spec }) => spec.mac,
  },
};

/** What must hold of one field. A field that is not there equals nothing. */
export interface FieldRequirement {
  readonly name: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** The fields that resources of a kind can be selected by. */
export function selectableFields(kind: ResourceKind): string[] {
  return [...Object.keys(COMMON), ...Object.keys(OF_KIND[kind])];
}

/** @throws ApiStatusError (BadRequest) that lists the fields of the kind */
export function parseFieldSelector(text: string, kind: ResourceKind): FieldRequirement[] {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const known = selectableFields(kind);
  return parts.map((part) => {
    const at = part.search(/[=!]/);
    const operator = at < 0 ? undefined : /^(==|=|!=)/.exec(part.slice(at))?.[0];
    const name = part.slice(0, Math.max(at, 0)).trim();
    if (operator === undefined || !known.includes(name)) {
      throw new ApiStatusError(
        "BadRequest",
        `fieldSelector: "${part.slice(0, 80)}" is no requirement for a ${kind}; write FIELD=VALUE or FIELD!=VALUE, where the fields are ${known.join(", ")}`,
      );
    }
    const value = part.slice(at + operator.length).trim();
    return { name, isEqual: operator !== "!=", value };
  });
}

export function matchesFields(
  requirements: readonly FieldRequirement[],
  resource: Resource,
): boolean {
  return requirements.every(
    ({ name, isEqual, value }) => (fieldOf(resource, name) === value) === isEqual,
  );
}

function fieldOf(resource: Resource, name: string): string | undefined {
  const common = COMMON[name];
  if (common !== undefined) return common(resource);
  switch (resource.kind) {
    case "Tenant":
      return OF_KIND.Tenant[name]?.(resource);
    case "Host":
      return OF_KIND.Host[name]?.(resource);
    case "Vrf":
      return OF_KIND.Vrf[name]?.(resource);
    case "Subnet":
      return OF_KIND.Subnet[name]?.(resource);
    case "Endpoint":
      return OF_KIND.Endpoint[name]?.(resource);
    default:
      return resource satisfies never;
  }
}
