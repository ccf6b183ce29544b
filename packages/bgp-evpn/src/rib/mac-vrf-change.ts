/** What a MAC-VRF tells of what it imports, and how it is kept as octets (see interned-states.ts). */
import {
  type IpAddress,
  ipFromBytes,
  type MacAddress,
  macFromBytes,
  type Vni,
  vniFromBytes,
} from "@selvedge/net";
import { type ArpNdFlags, arpNdFlags } from "../wire/attribute/extended-community.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiFromBytes } from "../wire/evpn/esi.ts";
import { readU32 } from "../wire/octets.ts";
import { MAC_LENGTH } from "./nlri-fields.ts";

/** Where frames for a remote MAC go: into VXLAN `vni` to `vtep`. */
export interface MacNextHop {
  readonly vtep: IpAddress;
  readonly vni: Vni;
}

/** A MAC that is behind other routers. */
export interface RemoteMacChange {
  readonly kind: "remote-mac";
  readonly mac: MacAddress;
  /** Ordered; several when the MAC is behind a segment of several active routers (aliasing). Never empty. */
  readonly nextHops: readonly MacNextHop[];
  /** `ZERO_ESI` for a single-homed site. Who has a port on the segment sends there instead. */
  readonly esi: EthernetSegmentId;
  /** For the number of a move to here, see `localMac`. */
  readonly sequence: number;
  readonly sticky: boolean;
  /** It is the MAC of a gateway of the broadcast domain. */
  readonly defaultGateway: boolean;
}

/** An IP address behind a remote MAC: an entry for ARP or neighbour discovery. */
export interface NeighbourChange extends ArpNdFlags {
  readonly kind: "neighbour";
  readonly ip: IpAddress;
  readonly mac: MacAddress;
}

/** One change of what a MAC-VRF imports. */
export type MacVrfChange =
  | RemoteMacChange
  | { readonly kind: "remote-mac-gone"; readonly mac: MacAddress }
  | NeighbourChange
  | { readonly kind: "neighbour-gone"; readonly ip: IpAddress }
  /** Copies of what is flooded go there, into VXLAN `vni`. */
  | { readonly kind: "remote-vtep"; readonly vtep: IpAddress; readonly vni: Vni }
  | { readonly kind: "remote-vtep-gone"; readonly vtep: IpAddress };

/** Receives the changes of one MAC-VRF in batches. */
export type MacVrfListener = (macVrf: string, changes: readonly MacVrfChange[]) => void;

/** Flags of a MAC's state. */
export const MAC_FLAG = { STICKY: 1, DEFAULT_GATEWAY: 2 } as const;

/**
 * The MAC at `at` with its state: flags (1) | sequence (4) | ESI (10) | next hops, each length (1) | VTEP | VNI (3).
 */
export function macChange(id: Uint8Array, at: number, state: Uint8Array): MacVrfChange {
  const mac = macFromBytes(id, at);
  if (state.length === 0) return { kind: "remote-mac-gone", mac };
  const flags = state[0] ?? 0;
  const esiAt = 5;
  return {
    kind: "remote-mac",
    mac,
    nextHops: readNextHops(state, esiAt + ESI_LENGTH),
    esi: esiFromBytes(state.subarray(esiAt, esiAt + ESI_LENGTH)),
    sequence: readU32(state, 1),
    sticky: (flags & MAC_FLAG.STICKY) !== 0,
    defaultGateway: (flags & MAC_FLAG.DEFAULT_GATEWAY) !== 0,
  };
}

function readNextHops(state: Uint8Array, start: number): MacNextHop[] {
  const hops: MacNextHop[] = [];
  for (let at = start; at < state.length; ) {
    const length = state[at] ?? 0;
    const vtep = ipFromBytes(state, at + 1, length === 4 ? 4 : 6);
    at += 1 + length;
    hops.push({ vtep, vni: vniFromBytes(state, at) });
    at += 3;
  }
  return hops;
}

/** The IP address at `at` with its state: ARP/ND flags (1) | MAC (6). */
export function neighbourChange(
  id: Uint8Array,
  at: number,
  length: number,
  state: Uint8Array,
): MacVrfChange {
  const ip = ipFromBytes(id, at, length === 4 ? 4 : 6);
  if (state.length < 1 + MAC_LENGTH) return { kind: "neighbour-gone", ip };
  return { kind: "neighbour", ip, mac: macFromBytes(state, 1), ...arpNdFlags(state[0] ?? 0) };
}

/** The VTEP at `at` with its state: VNI (3). */
export function vtepChange(
  id: Uint8Array,
  at: number,
  length: number,
  state: Uint8Array,
): MacVrfChange {
  const vtep = ipFromBytes(id, at, length === 4 ? 4 : 6);
  if (state.length === 0) return { kind: "remote-vtep-gone", vtep };
  return { kind: "remote-vtep", vtep, vni: vniFromBytes(state) };
}
