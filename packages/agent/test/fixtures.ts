/** Resources and loggers that the tests of this package share. */
import { parseAsn, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import type { Endpoint, Host, Resource, Subnet, Vrf } from "@selvedge/resources";
import { pino } from "pino";
import type { ResourceChange } from "../src/intent/host-intent.ts";
import type { Logger } from "../src/log.ts";

const apiVersion = "selvedge.dev/v1alpha1";

export function host(name: string, fields: Partial<Host["spec"]> & { id?: number } = {}): Host {
  const { id = 1, ...spec } = fields;
  const address = spec.address ?? parseIpAddress(`10.0.${id}.1`);
  const roles = spec.roles ?? ["vtep"];
  return {
    apiVersion,
    kind: "Host",
    metadata: { name },
    spec: {
      address,
      asn: parseAsn(65000),
      routerId: address,
      roles,
      ...(roles.includes("vtep") ? { vtep: address } : {}),
      ...spec,
    },
    status: { id },
  };
}

export function vrf(tenant: string, name: string, id: number): Vrf {
  return {
    apiVersion,
    kind: "Vrf",
    metadata: { name, namespace: tenant },
    spec: { l3vni: parseVni(5000 + id) },
    status: { id },
  };
}

export function subnet(tenant: string, name: string, vrfName: string, cidrs: string[]): Subnet {
  return {
    apiVersion,
    kind: "Subnet",
    metadata: { name, namespace: tenant },
    spec: { vrf: vrfName, cidrs: cidrs.map(parseIpPrefix), mode: "routed" },
  };
}

/** A bridged subnet as admission leaves it, with its VNI as id; the gateway is the first address of the first CIDR. */
export function bridgedSubnet(
  tenant: string,
  name: string,
  vrfName: string,
  cidrs: string[],
  vni: number,
): Subnet {
  const routed = subnet(tenant, name, vrfName, cidrs);
  const gateway = [parseIpAddress(`${cidrs[0]?.split("/")[0]?.slice(0, -1)}1`)];
  return {
    ...routed,
    spec: { ...routed.spec, mode: "bridged", vni: parseVni(vni), gateway },
    status: { id: vni },
  };
}

export function endpoint(
  tenant: string,
  name: string,
  subnetName: string,
  hostName: string,
  addresses: string[],
): Endpoint {
  return {
    apiVersion,
    kind: "Endpoint",
    metadata: { name, namespace: tenant },
    spec: { subnet: subnetName, host: hostName, addresses: addresses.map(parseIpAddress) },
  };
}

export const put = (resource: Resource): ResourceChange => ({ kind: "put", resource });

/** A log that keeps its lines. */
export function recordingLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: "debug", base: null },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  return { log, lines };
}
