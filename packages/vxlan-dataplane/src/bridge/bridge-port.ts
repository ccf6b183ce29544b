/**
 * Where endpoints become ports: the bridge domains of a VRF whose bridge is there.
 */
import type { BridgeDomainIntent, VrfIntent } from "../intent.ts";
import { type BridgeState, bridgeDevices } from "./bridge-state.ts";

/** A bridge domain with a bridge. */
export interface BridgeSite {
  readonly domain: BridgeDomainIntent;
  /** Interface index of the bridge. */
  readonly index: number;
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
    if (devices !== undefined) {
      sites.set(domain.name, { domain, index: devices.bridge });
    }
  }
  return sites;
}
