/**
 * PMSI_TUNNEL: how broadcast, unknown unicast and multicast reach the router that sends a type 3 route.
 *
 *   flags (1) | tunnel type (1) | label (3) | tunnel identifier
 *
 * RFC 6514 section 5, RFC 7432 section 11.2, RFC 8365 section 9 (the label is the VNI).
 */
import { type IpAddress, ipBytes, ipFromBytes } from "@selvedge/net";
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";
import { bytesFromHex, hex } from "../hex.ts";

const TUNNEL_TYPES = [
  "none",
  "rsvp-te-p2mp",
  "mldp-p2mp",
  "pim-ssm",
  "pim-sm",
  "bidir-pim",
  "ingress-replication",
  "mldp-mp2mp",
] as const;

/** The value of a PMSI_TUNNEL attribute. */
export interface PmsiTunnel {
  /** The flags octet of the tunnel, not those of the attribute; bit 0: leaf information required. */
  readonly tunnelFlags: number;
  /** By name, or the number of one that has no name here. */
  readonly tunnelType: (typeof TUNNEL_TYPES)[number] | number;
  /** All 24 bits of the label field. */
  readonly label: number;
  /** Where to send copies to: ingress replication only. */
  readonly endpoint?: IpAddress;
  /** The identifier of any other tunnel, as hex. */
  readonly identifier?: string;
}

/** Decodes a value of at least five octets, or says what is wrong with it. */
export function decodePmsiTunnel(value: Uint8Array): PmsiTunnel | "tunnel-identifier" {
  const reader = new ByteReader(value);
  const tunnelFlags = reader.u8();
  const type = reader.u8();
  const label = reader.u24();
  const rest = reader.rest();
  const tunnelType = TUNNEL_TYPES[type] ?? type;
  const head = { tunnelFlags, tunnelType, label };
  if (tunnelType === "none") return rest.length === 0 ? head : "tunnel-identifier";
  if (tunnelType !== "ingress-replication") return { ...head, identifier: hex(rest) };
  if (rest.length !== 4 && rest.length !== 16) return "tunnel-identifier";
  return { ...head, endpoint: ipFromBytes(rest, 0, rest.length === 4 ? 4 : 6) };
}

/** The octets of a value. */
export function encodePmsiTunnel(tunnel: PmsiTunnel): Uint8Array {
  const { tunnelFlags, tunnelType, label, endpoint, identifier } = tunnel;
  const type = typeof tunnelType === "number" ? tunnelType : TUNNEL_TYPES.indexOf(tunnelType);
  const out = new ByteWriter().u8(tunnelFlags).u8(type).u24(label);
  return out
    .octets(endpoint === undefined ? bytesFromHex(identifier ?? "") : ipBytes(endpoint))
    .finish();
}
