/**
 * Extended communities as plain values: those that EVPN uses, and the rest as hex.
 *
 *   type (1) | subtype (1) | value (6)
 *
 * RFC 4360, RFC 5668 (route target of a four-octet AS), RFC 7432 section 7 (MAC mobility, ESI label, ES-import, default
 * gateway), RFC 8584 section 2.2 and RFC 9785 section 3 (DF election), RFC 9012 section 4.1 (encapsulation), RFC 9047
 * section 2 (ARP/ND flags), RFC 9135 section 8.1 (Router's MAC).
 */
import {
  type MacAddress,
  macBytes,
  macFromBytes,
  type RouteTarget,
  routeTargetBytes,
  routeTargetFromBytes,
} from "@selvedge/net";
import { ByteWriter } from "../byte-writer.ts";
import { bytesFromHex, hex } from "../hex.ts";
import { readU8, readU16, readU24, readU32 } from "../octets.ts";

/** Octets of an extended community (RFC 4360 section 2). */
export const EXTENDED_COMMUNITY_LENGTH = 8;

/** One extended community. */
export type ExtendedCommunity =
  | { readonly kind: "route-target"; readonly target: RouteTarget }
  /** The tunnel type by name, or its number (IANA "BGP Tunnel Encapsulation Attribute Tunnel Types"). */
  | { readonly kind: "encapsulation"; readonly tunnelType: TunnelName | number }
  | { readonly kind: "router-mac"; readonly mac: MacAddress }
  | { readonly kind: "mac-mobility"; readonly sticky: boolean; readonly sequence: number }
  | { readonly kind: "default-gateway" }
  /** `label` is all 24 bits of the field. */
  | { readonly kind: "esi-label"; readonly singleActive: boolean; readonly label: number }
  | { readonly kind: "es-import"; readonly target: MacAddress }
  | ({ readonly kind: "df-election" } & DfElection)
  | ({ readonly kind: "arp-nd" } & ArpNdFlags)
  | { readonly kind: "unknown"; readonly value: string };

/** What a router says about the election of the designated forwarder of a segment (RFC 8584 section 2.2). */
export interface DfElection {
  /** 0: by ordinal, 1: highest random weight, 2: highest preference, 3: lowest preference; 0 to 31. */
  readonly algorithm: number;
  /** 16 bits; 0x8000: do not preempt (RFC 9785), 0x4000: influenced by attachment circuits (RFC 8584). */
  readonly capabilities: number;
  /** Of algorithms 2 and 3, 0 to 65535; 0 otherwise. */
  readonly preference: number;
}

/** What is known of the host behind an IP address of a MAC/IP route (RFC 9047 section 2). */
export interface ArpNdFlags {
  /** It is an IPv6 router. */
  readonly router: boolean;
  /** Neighbour advertisements for it shall override (IPv6; not of an anycast address). */
  readonly override: boolean;
  /** The binding of MAC and IP address does not change. */
  readonly immutable: boolean;
}

const ARP_ND = { ROUTER: 1, OVERRIDE: 2, IMMUTABLE: 8 } as const;
const MAX_DF_ALGORITHM = 31;

const TUNNEL_TYPES = { vxlan: 8, nvgre: 9, mpls: 10, "vxlan-gpe": 12, geneve: 19 } as const;

/** A tunnel type of EVPN by name. */
export type TunnelName = keyof typeof TUNNEL_TYPES;

const TUNNEL_NAMES: ReadonlyMap<number, TunnelName> = new Map([
  [8, "vxlan"],
  [9, "nvgre"],
  [10, "mpls"],
  [12, "vxlan-gpe"],
  [19, "geneve"],
]);

/** Type and subtype together. */
const CODE = {
  ENCAPSULATION: 0x030c,
  DEFAULT_GATEWAY: 0x030d,
  MAC_MOBILITY: 0x0600,
  ESI_LABEL: 0x0601,
  ES_IMPORT: 0x0602,
  ROUTER_MAC: 0x0603,
  DF_ELECTION: 0x0606,
  ARP_ND: 0x0608,
} as const;
/** Type 0, 1 or 2 (two-octet AS, IPv4 address, four-octet AS), subtype 2. */
const ROUTE_TARGETS: ReadonlySet<number> = new Set([0x0002, 0x0102, 0x0202]);

/** The communities of a value whose length is a multiple of 8. */
export function decodeExtendedCommunities(value: Uint8Array): readonly ExtendedCommunity[] {
  return Array.from({ length: value.length / EXTENDED_COMMUNITY_LENGTH }, (_, index) => {
    const at = index * EXTENDED_COMMUNITY_LENGTH;
    return decodeExtendedCommunity(value.subarray(at, at + EXTENDED_COMMUNITY_LENGTH));
  });
}

/** The community of eight octets. One with reserved octets in use is kept as hex, so that they are not lost. */
export function decodeExtendedCommunity(octets: Uint8Array): ExtendedCommunity {
  const known = decodeKnown(octets);
  return known !== undefined && hex(encodeExtendedCommunity(known)) === hex(octets)
    ? known
    : { kind: "unknown", value: hex(octets) };
}

function decodeKnown(octets: Uint8Array): ExtendedCommunity | undefined {
  const code = readU16(octets, 0);
  if (ROUTE_TARGETS.has(code)) {
    return { kind: "route-target", target: routeTargetFromBytes(octets) };
  }
  switch (code) {
    case CODE.ENCAPSULATION: {
      const tunnelType = readU16(octets, 6);
      return { kind: "encapsulation", tunnelType: TUNNEL_NAMES.get(tunnelType) ?? tunnelType };
    }
    case CODE.DEFAULT_GATEWAY:
      return { kind: "default-gateway" };
    case CODE.MAC_MOBILITY:
      return {
        kind: "mac-mobility",
        sticky: readU8(octets, 2) === 1,
        sequence: readU32(octets, 4),
      };
    case CODE.ESI_LABEL:
      return {
        kind: "esi-label",
        singleActive: readU8(octets, 2) === 1,
        label: readU24(octets, 5),
      };
    case CODE.ES_IMPORT:
      return { kind: "es-import", target: macFromBytes(octets, 2) };
    case CODE.ROUTER_MAC:
      return { kind: "router-mac", mac: macFromBytes(octets, 2) };
    case CODE.DF_ELECTION:
      return {
        kind: "df-election",
        algorithm: readU8(octets, 2) & MAX_DF_ALGORITHM,
        capabilities: readU16(octets, 3),
        preference: readU16(octets, 6),
      };
    case CODE.ARP_ND:
      return { kind: "arp-nd", ...arpNdFlags(readU8(octets, 2)) };
    default:
      return undefined;
  }
}

/** The flags of an octet of flags. */
export function arpNdFlags(octet: number): ArpNdFlags {
  return {
    router: (octet & ARP_ND.ROUTER) !== 0,
    override: (octet & ARP_ND.OVERRIDE) !== 0,
    immutable: (octet & ARP_ND.IMMUTABLE) !== 0,
  };
}

function arpNdOctet({ immutable, override, router }: ArpNdFlags): number {
  return (
    (router ? ARP_ND.ROUTER : 0) |
    (override ? ARP_ND.OVERRIDE : 0) |
    (immutable ? ARP_ND.IMMUTABLE : 0)
  );
}

/** The octets of communities. */
export function encodeExtendedCommunities(communities: readonly ExtendedCommunity[]): Uint8Array {
  const out = new ByteWriter();
  for (const community of communities) out.octets(encodeExtendedCommunity(community));
  return out.finish();
}

/** The eight octets of a community. Throws RangeError for an unknown one that does not have eight. */
export function encodeExtendedCommunity(community: ExtendedCommunity): Uint8Array {
  const out = new ByteWriter();
  switch (community.kind) {
    case "route-target":
      return routeTargetBytes(community.target);
    case "encapsulation": {
      const { tunnelType } = community;
      const number = typeof tunnelType === "number" ? tunnelType : TUNNEL_TYPES[tunnelType];
      return out.u16(CODE.ENCAPSULATION).u32(0).u16(number).finish();
    }
    case "default-gateway":
      return out.u16(CODE.DEFAULT_GATEWAY).u32(0).u16(0).finish();
    case "mac-mobility":
      out
        .u16(CODE.MAC_MOBILITY)
        .u8(community.sticky ? 1 : 0)
        .u8(0);
      return out.u32(community.sequence).finish();
    case "esi-label":
      out
        .u16(CODE.ESI_LABEL)
        .u8(community.singleActive ? 1 : 0)
        .u16(0);
      return out.u24(community.label).finish();
    case "es-import":
      return out.u16(CODE.ES_IMPORT).octets(macBytes(community.target)).finish();
    case "router-mac":
      return out.u16(CODE.ROUTER_MAC).octets(macBytes(community.mac)).finish();
    case "df-election": {
      const { algorithm, capabilities, preference } = community;
      return out
        .u16(CODE.DF_ELECTION)
        .u8(algorithm & MAX_DF_ALGORITHM)
        .u16(capabilities)
        .u8(0)
        .u16(preference)
        .finish();
    }
    case "arp-nd":
      return out.u16(CODE.ARP_ND).u8(arpNdOctet(community)).u8(0).u32(0).finish();
    case "unknown": {
      const octets = bytesFromHex(community.value);
      if (octets.length === EXTENDED_COMMUNITY_LENGTH) return octets;
      throw new RangeError(`"${community.value}" is not eight octets`);
    }
    default:
      return community satisfies never;
  }
}
