/** `get` as a table: the columns of each kind. */
import type { Resource, ResourceKind, ResourceOf } from "@selvedge/resources";
import { formatTable } from "../table.ts";

type Columns<Kind extends ResourceKind> = Readonly<
  Record<string, (resource: ResourceOf<Kind>) => string>
>;

const COLUMNS: { readonly [Kind in ResourceKind]: Columns<Kind> } = {
  Tenant: { NAME: ({ metadata }) => metadata.name },
  Host: {
    NAME: ({ metadata }) => metadata.name,
    ROLES: ({ spec }) => spec.roles.join(","),
    ADDRESS: ({ spec }) => spec.address,
    VTEP: ({ spec }) => spec.vtep ?? "-",
    ASN: ({ spec }) => String(spec.asn),
    "ROUTER-ID": ({ spec }) => spec.routerId,
  },
  Vrf: {
    TENANT: ({ metadata }) => metadata.namespace,
    NAME: ({ metadata }) => metadata.name,
    L3VNI: ({ spec }) => String(spec.l3vni ?? "-"),
    "IMPORT-RT": ({ spec }) => spec.routeTargets?.import?.join(",") ?? "auto",
    "EXPORT-RT": ({ spec }) => spec.routeTargets?.export?.join(",") ?? "auto",
  },
  Subnet: {
    TENANT: ({ metadata }) => metadata.namespace,
    NAME: ({ metadata }) => metadata.name,
    VRF: ({ spec }) => spec.vrf,
    CIDRS: ({ spec }) => spec.cidrs.join(","),
    GATEWAY: ({ spec }) => spec.gateway?.join(",") ?? "-",
    MODE: ({ spec }) => spec.mode,
  },
  Endpoint: {
    TENANT: ({ metadata }) => metadata.namespace,
    NAME: ({ metadata }) => metadata.name,
    SUBNET: ({ spec }) => spec.subnet,
    HOST: ({ spec }) => spec.host,
    ADDRESSES: ({ spec }) => spec.addresses.join(","),
    MAC: ({ spec }) => spec.mac ?? "-",
  },
};

/** The text of `selvedge get KIND`; resources of other kinds are left out. */
export function formatResources(kind: ResourceKind, resources: readonly Resource[]): string {
  switch (kind) {
    case "Tenant":
      return formatKind(kind, resources);
    case "Host":
      return formatKind(kind, resources);
    case "Vrf":
      return formatKind(kind, resources);
    case "Subnet":
      return formatKind(kind, resources);
    case "Endpoint":
      return formatKind(kind, resources);
    default:
      return kind satisfies never;
  }
}

function formatKind<Kind extends ResourceKind>(kind: Kind, resources: readonly Resource[]): string {
  const columns = COLUMNS[kind];
  const isOfKind = (resource: Resource): resource is ResourceOf<Kind> => resource.kind === kind;
  return formatTable(
    Object.keys(columns).map((title) => ({ title })),
    resources
      .filter(isOfKind)
      .map((resource) => Object.values(columns).map((cell) => cell(resource))),
  );
}
