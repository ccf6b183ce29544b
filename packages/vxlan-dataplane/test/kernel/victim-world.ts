/**
 * What the agent to be killed wants, and its successor too.
 */
import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import type { RemoteRoute, VrfIntent } from "../../src/index.ts";

export function victimVrf(namespace: string): VrfIntent {
  const vtep = parseIpAddress("192.0.2.1");
  return {
    name: "red/main",
    namespace,
    l3vni: parseVni(5001),
    vtep,
    routerMac: macFromVtep(vtep),
    routerAddresses: [parseIpAddress("100.64.0.1")],
    gateways: [],
    aggregates: [],
    mtu: 1450,
  };
}

/** Host routes over ten VTEPs, one or two for each, shared out differently from round to round. */
export function manyRoutes(count: number, round: number): RemoteRoute[] {
  const hop = (n: number) => {
    const vtep = parseIpAddress(`192.0.2.${10 + (n % 10)}`);
    return { vtep, routerMac: macFromVtep(vtep) };
  };
  return Array.from({ length: count }, (_, n) => ({
    prefix: parseIpPrefix(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}/32`),
    nextHops: n % 3 === 0 ? [hop(n + round), hop(n + round + 1)] : [hop(n + round)],
  }));
}
