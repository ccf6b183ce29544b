/** Descriptions for people: what a resource says, what it refers to, and what refers to it. Pure. */

import { type IpPrefix, prefixContains, prefixFamily, prefixLength } from "@selvedge/net";
import {
  type Endpoint,
  exportRouteTargets,
  type Host,
  importRouteTargets,
  type Resource,
  routerAddresses,
  type Subnet,
  subnetRouteTarget,
  type Tenant,
  type Vrf,
} from "@selvedge/resources";
import type { DescribedTable, DescribedValue, Description } from "./description.ts";
import type { Surroundings } from "./surroundings.ts";

/** What cannot be seen with the credentials that there are. */
const HIDDEN = "<not yours to see>";

/** The fields of the kind. */
export function describeSpec(resource: Resource, around: Surroundings): Description {
  switch (resource.kind) {
    case "Tenant":
      return describeTenant(resource, around);
    case "Host":
      return describeHost(resource, around);
    case "Vrf":
      return describeVrf(resource, around);
    case "Subnet":
      return describeSubnet(resource, around);
    case "Endpoint":
      return describeEndpoint(resource, around);
    default:
      return resource satisfies never;
  }
}

function describeTenant(
  { spec: { vniRange } }: Tenant,
  { vrfs, subnets, endpoints }: Surroundings,
): Description {
  return [
    ["VNI range", vniRange === undefined ? undefined : `${vniRange.first}-${vniRange.last}`],
    [
      "VRFs",
      table(
        ["NAME", "L3VNI", "SUBNETS", "ENDPOINTS"],
        vrfs.map(({ metadata: { name }, spec }) => {
          const own = subnets.filter((subnet) => subnet.spec.vrf === name);
          const count = endpointsOf(own, endpoints).length;
          return [name, String(spec.l3vni ?? HIDDEN), String(own.length), String(count)];
        }),
      ),
    ],
    ["Endpoints", String(endpoints.length)],
  ];
}

function describeVrf(vrf: Vrf, { subnets, endpoints, hosts }: Surroundings): Description {
  const { l3vni } = vrf.spec;
  const id = vrf.status?.id;
  return [
    ["L3VNI", String(l3vni ?? HIDDEN)],
    ["Route distinguisher", id === undefined ? HIDDEN : `ROUTER-ID:${id} on each host`],
    [
      "Import route targets",
      targets(vrf, hosts, importRouteTargets, vrf.spec.routeTargets?.import),
    ],
    [
      "Export route targets",
      targets(vrf, hosts, exportRouteTargets, vrf.spec.routeTargets?.export),
    ],
    [
      "Subnets",
      table(
        ["NAME", "CIDRS", "GATEWAY", "ENDPOINTS"],
        subnets.map((subnet) => {
          const count = endpointsOf([subnet], endpoints).length;
          const { cidrs, gateway = [] } = subnet.spec;
          return [subnet.metadata.name, cidrs.join(","), gateway.join(",") || "-", String(count)];
        }),
      ),
    ],
    ["Endpoints", String(endpointsOf(subnets, endpoints).length)],
    ["On hosts", perHost(endpointsOf(subnets, endpoints))],
  ];
}

/** Automatic ones are made of the AS number of the host, so there may be several. */
function targets(
  vrf: Vrf,
  hosts: readonly Host[] | undefined,
  targetsOn: typeof importRouteTargets,
  declared: readonly string[] | undefined,
): DescribedValue {
  if (declared !== undefined) return declared;
  if (hosts === undefined || vrf.spec.l3vni === undefined) return HIDDEN;
  const automatic = hosts.flatMap(({ spec }) => targetsOn(vrf, spec.asn));
  return [...new Set(automatic)].map((target) => `${target} (automatic)`);
}

function describeSubnet(subnet: Subnet, around: Surroundings): Description {
  const { spec, metadata } = subnet;
  const vrf = around.vrfs.find(({ metadata: { name } }) => name === spec.vrf);
  const addresses = around.endpoints.flatMap((endpoint) => endpoint.spec.addresses);
  return [
    ["VRF", vrfText(spec.vrf, vrf)],
    ["Mode", spec.mode],
    ...(spec.mode === "bridged" ? describeBridgeDomain(subnet, around.hosts) : []),
    [
      "CIDRs",
      table(
        ["PREFIX", "SIZE", "USED BY ENDPOINTS"],
        spec.cidrs.map((cidr) => {
          const used = addresses.filter((address) => prefixContains(cidr, address)).length;
          return [cidr, sizeOf(cidr), String(used)];
        }),
      ),
    ],
    ["Gateway", spec.gateway ?? []],
    ["Reserved", spec.reserved],
    ["Excluded", spec.excluded],
    ["Endpoints", String(around.endpoints.length)],
    ["On hosts", perHost(around.endpoints)],
    ["Blocks", `selvedge ipam show -n ${metadata.namespace} --subnet ${metadata.name} --blocks`],
  ];
}

function describeBridgeDomain(subnet: Subnet, hosts: readonly Host[] | undefined): Description {
  const { spec, status } = subnet;
  const routeTargets = hosts?.flatMap(({ spec: { asn } }) => subnetRouteTarget(subnet, asn) ?? []);
  return [
    ["L2VNI", String(spec.vni ?? HIDDEN)],
    ["Route distinguisher", status === undefined ? HIDDEN : `ROUTER-ID:${status.id} on each host`],
    ["Route targets", routeTargets === undefined ? HIDDEN : [...new Set(routeTargets)]],
    ["Flooding", spec.flooding ?? "head-end-replication"],
  ];
}

function sizeOf(cidr: IpPrefix): string {
  const bits = (prefixFamily(cidr) === 4 ? 32 : 128) - prefixLength(cidr);
  return bits > 32 ? `2^${bits}` : String(2 ** bits);
}

function describeEndpoint({ spec }: Endpoint, around: Surroundings): Description {
  const subnet = around.subnets.find(({ metadata: { name } }) => name === spec.subnet);
  const vrf = around.vrfs.find(({ metadata: { name } }) => name === subnet?.spec.vrf);
  const host = around.hosts?.find(({ metadata: { name } }) => name === spec.host);
  const { cidrs = [], gateway } = subnet?.spec ?? {};
  return [
    ["Host", host === undefined ? spec.host : `${spec.host} (VTEP ${host.spec.vtep ?? "-"})`],
    ["Addresses", spec.addresses],
    ["MAC", spec.mac ?? "given when it is attached"],
    ["Subnet", `${spec.subnet} (${cidrs.join(", ")})`],
    ["Gateway", gateway ?? []],
    ["VRF", subnet === undefined ? "<unknown>" : vrfText(subnet.spec.vrf, vrf)],
  ];
}

function vrfText(name: string, vrf: Vrf | undefined): string {
  return vrf?.spec.l3vni === undefined ? name : `${name} (L3VNI ${vrf.spec.l3vni})`;
}

function describeHost(host: Host, { subnets, endpoints }: Surroundings): Description {
  const { roles, address, asn, routerId, vtep } = host.spec;
  const counts = new Map<string, number>();
  for (const { metadata, spec } of endpoints) {
    const { namespace } = metadata;
    const subnet = subnets.find(
      (one) => one.metadata.namespace === namespace && one.metadata.name === spec.subnet,
    );
    const vrf = `${namespace} ${subnet?.spec.vrf ?? "-"}`;
    counts.set(vrf, (counts.get(vrf) ?? 0) + 1);
  }
  const rows = [...counts].sort().map(([vrf, count]) => [...vrf.split(" "), String(count)]);
  return [
    ["Roles", roles.join(", ")],
    ["Address", address],
    ["ASN", String(asn)],
    ["Router ID", routerId],
    ["VTEP", vtep ?? "-"],
    ["ID", String(host.status?.id ?? "<none>")],
    ["Router addresses", routerAddresses(host)],
    ["Endpoints", String(endpoints.length)],
    ["VRFs", table(["TENANT", "VRF", "ENDPOINTS"], rows)],
  ];
}

function endpointsOf(subnets: readonly Subnet[], endpoints: readonly Endpoint[]): Endpoint[] {
  const names = new Set(subnets.map(({ metadata: { name } }) => name));
  return endpoints.filter(({ spec }) => names.has(spec.subnet));
}

function perHost(endpoints: readonly Endpoint[]): DescribedTable {
  const counts = new Map<string, number>();
  for (const { spec } of endpoints) counts.set(spec.host, (counts.get(spec.host) ?? 0) + 1);
  const rows = [...counts].sort().map(([host, count]) => [host, String(count)]);
  return table(["HOST", "ENDPOINTS"], rows);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): DescribedTable {
  return { titles, rows };
}
