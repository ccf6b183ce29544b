/** The MACs of the bridged subnets of this host as the API's document. */
import type { MacDocument, MacListDocument } from "@selvedge/api";
import { compareIp, compareMac, type IpAddress } from "@selvedge/net";
import type { EndpointStatus, RemoteMacStatus } from "@selvedge/vxlan-dataplane";
import type { VrfIntent } from "../intent/vrf-intent.ts";

/** What the document is made of. */
export interface MacListSources {
  readonly vrfs: Iterable<Pick<VrfIntent, "name" | "bridgeDomains">>;
  readonly endpoints: readonly EndpointStatus[];
  readonly remote: readonly RemoteMacStatus[];
  /** VTEPs of declared hosts, by name of the Host. */
  readonly hosts: Iterable<readonly [host: string, vtep: IpAddress]>;
}

/** Subnet by subnet, in the order of the MACs. One that is here is not elsewhere, whatever others say of it. */
export function macListDocument({
  vrfs,
  endpoints,
  remote,
  hosts,
}: MacListSources): MacListDocument {
  const names = new Map([...hosts].map(([host, vtep]) => [vtep, host]));
  const macs = [...vrfs].flatMap(({ name: vrf, bridgeDomains }) =>
    bridgeDomains.flatMap(({ name: subnet, l2vni }) => {
      const head = { subnet, vrf, l2vni };
      const local = endpoints.flatMap((endpoint): MacDocument[] =>
        endpoint.bridgeDomain === subnet && endpoint.state.kind === "attached"
          ? [
              {
                ...head,
                mac: endpoint.mac,
                type: "Local",
                endpoint: endpoint.name,
                interface: endpoint.state.hostInterface,
                addresses: [...endpoint.addresses],
              },
            ]
          : [],
      );
      const here = new Set(local.map(({ mac }) => mac));
      const away = remote
        .filter((one) => one.bridgeDomain === subnet && !here.has(one.mac))
        .sort((a, b) => compareMac(a.mac, b.mac))
        .map(({ mac, vtep, addresses }): MacDocument => {
          const host = names.get(vtep);
          return {
            ...head,
            mac,
            type: "Remote",
            vtepIp: vtep,
            ...(host === undefined ? {} : { host }),
            addresses: [...addresses].sort(compareIp),
          };
        });
      return [...local.sort((a, b) => (a.mac < b.mac ? -1 : 1)), ...away];
    }),
  );
  return { macs: macs.sort((a, b) => compareText(a.subnet, b.subnet)) };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
