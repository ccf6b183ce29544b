/**
 * Where endpoints become ports: the bridge domains of a VRF whose bridge is there.
 */
import type { IpAddress, MacAddress } from "@selvedge/net";
import type { BridgeDomainIntent, VrfIntent } from "../intent.ts";
import { type BridgeObjects, formerAddresses, lengthIn } from "./bridge-objects.ts";
import { type BridgeState, bridgeDevices } from "./bridge-state.ts";

/** A bridge domain with a bridge. */
export interface BridgeSite {
  readonly domain: BridgeDomainIntent;
  /** Interface index of the bridge. */
  readonly index: number;
  readonly objects: BridgeObjects;
}

/** By name of the bridge domain. */
export function bridgeSites(
  intent: VrfIntent,
  states: ReadonlyMap<string, BridgeState>,
): Map<string, BridgeSite> {
  const sites = new Map<string, BridgeSite>();
  for (const domain of intent.bridgeDomains ?? []) {
    const state = states.get(domain.name);
    const devices = state && bridgeDevices(state);
    if (state !== undefined && devices !== undefined) {
      sites.set(domain.name, { domain, index: devices.bridge, objects: state.objects });
    }
  }
  return sites;
}

/** Addresses that the endpoint with this MAC was given in bridge domains, but for those that it keeps in `own`. */
export function formerBridgeAddresses(
  sites: Iterable<BridgeSite>,
  mac: MacAddress,
  own: { readonly bridge: BridgeSite | undefined; readonly addresses: readonly IpAddress[] },
): { readonly address: IpAddress; readonly length: number }[] {
  return [...sites].flatMap((site) => {
    const kept = new Set(site.index === own.bridge?.index ? own.addresses : []);
    return formerAddresses(site.objects, mac, kept).map((address) => ({
      address,
      length: lengthIn(site.domain, address),
    }));
  });
}
