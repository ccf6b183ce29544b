/**
 * The six types of Ethernet segment identifier: made from their parts, and taken apart (RFC 7432 section 5).
 *
 *   0  arbitrary:    value (9)
 *   1  LACP:         CE system MAC (6)     | CE port key (2)        | 0
 *   2  STP:          root bridge MAC (6)   | root priority (2)      | 0
 *   3  MAC:          system MAC (6)        | local discriminator (3)
 *   4  router id:    router id (4)         | local discriminator (4) | 0
 *   5  AS:           AS number (4)         | local discriminator (4) | 0
 */

import {
  type Asn,
  asnBytes,
  type IpAddress,
  ipBytes,
  ipFromBytes,
  isAsn,
  type MacAddress,
  macBytes,
  macFromBytes,
} from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiFromBytes, ZERO_ESI } from "../wire/evpn/esi.ts";
import { bytesFromHex, hex } from "../wire/hex.ts";
import { readU16, readU24, readU32, writeU16, writeU24, writeU32 } from "../wire/octets.ts";

/** An ESI by its parts. Numbers are unsigned and of the width in the drawing above. */
export type EsiParts =
  /** `value`: nine octets as hexadecimal digits. */
  | { readonly kind: "arbitrary"; readonly value: string }
  | { readonly kind: "lacp"; readonly systemMac: MacAddress; readonly portKey: number }
  | { readonly kind: "stp"; readonly bridgeMac: MacAddress; readonly priority: number }
  | { readonly kind: "mac"; readonly systemMac: MacAddress; readonly discriminator: number }
  | { readonly kind: "router-id"; readonly routerId: IpAddress; readonly discriminator: number }
  | { readonly kind: "as"; readonly asn: Asn; readonly discriminator: number };

const TYPES = { arbitrary: 0, lacp: 1, stp: 2, mac: 3, "router-id": 4, as: 5 } as const;
const MAX_U16 = 0xffff;
const MAX_U24 = 0xffffff;
const MAX_U32 = 0xffffffff;

/** The ESI of these parts. Throws `SpeakerError` (`invalid-option`). */
export function makeEsi(parts: EsiParts): EthernetSegmentId {
  const bytes = new Uint8Array(ESI_LENGTH);
  bytes[0] = TYPES[parts.kind];
  writeParts(parts, bytes);
  return esiFromBytes(bytes);
}

function writeParts(parts: EsiParts, bytes: Uint8Array): void {
  switch (parts.kind) {
    case "arbitrary":
      if (!/^[0-9a-f]{18}$/i.test(parts.value)) {
        throw invalid(`an ESI value is nine octets of hexadecimal digits, not "${parts.value}"`);
      }
      bytes.set(bytesFromHex(parts.value), 1);
      return;
    case "lacp":
      bytes.set(macBytes(parts.systemMac), 1);
      writeU16(bytes, 7, checked("port key", parts.portKey, MAX_U16));
      return;
    case "stp":
      bytes.set(macBytes(parts.bridgeMac), 1);
      writeU16(bytes, 7, checked("priority", parts.priority, MAX_U16));
      return;
    case "mac":
      bytes.set(macBytes(parts.systemMac), 1);
      writeU24(bytes, 7, checked("discriminator", parts.discriminator, MAX_U24));
      return;
    case "router-id": {
      const routerId = ipBytes(parts.routerId);
      if (routerId.length !== 4) {
        throw invalid(`a router id is an IPv4 address, not ${parts.routerId}`);
      }
      bytes.set(routerId, 1);
      writeU32(bytes, 5, checked("discriminator", parts.discriminator, MAX_U32));
      return;
    }
    case "as":
      bytes.set(asnBytes(parts.asn), 1);
      writeU32(bytes, 5, checked("discriminator", parts.discriminator, MAX_U32));
      return;
    default:
      parts satisfies never;
  }
}

function checked(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(`the ${name} of an ESI is 0 to ${most}, not ${value}`);
}

/** Reads ten octets as hexadecimal pairs with colons, in either case. Throws `SpeakerError` (`invalid-option`). */
export function parseEsi(text: string): EthernetSegmentId {
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){9}$/i.test(text)) {
    throw invalid(`"${text}" is not an ESI; write ten pairs such as 03:02:00:00:00:e5:20:00:00:03`);
  }
  return text.toLowerCase();
}

/** The parts of an ESI; undefined where its octets are not those of its type, as of types above 5. */
export function esiParts(esi: EthernetSegmentId): EsiParts | undefined {
  const bytes = bytesFromHex(esi.replaceAll(":", ""));
  const parts = readParts(bytes);
  return parts !== undefined && makeEsi(parts) === esi ? parts : undefined;
}

function readParts(bytes: Uint8Array): EsiParts | undefined {
  const mac = macFromBytes(bytes, 1);
  switch (bytes[0]) {
    case TYPES.arbitrary:
      return { kind: "arbitrary", value: hex(bytes.subarray(1)) };
    case TYPES.lacp:
      return { kind: "lacp", systemMac: mac, portKey: readU16(bytes, 7) };
    case TYPES.stp:
      return { kind: "stp", bridgeMac: mac, priority: readU16(bytes, 7) };
    case TYPES.mac:
      return { kind: "mac", systemMac: mac, discriminator: readU24(bytes, 7) };
    case TYPES["router-id"]:
      return {
        kind: "router-id",
        routerId: ipFromBytes(bytes, 1, 4),
        discriminator: readU32(bytes, 5),
      };
    case TYPES.as: {
      const asn = readU32(bytes, 1);
      return isAsn(asn) ? { kind: "as", asn, discriminator: readU32(bytes, 5) } : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * The route target under which the routers of a segment find each other: the first six octets after the type (RFC 7432
 * section 7.6). The RFC derives it for types 1 to 3; FRR and GoBGP do for all, as is done here. Throws `SpeakerError`
 * (`invalid-option`) for the ESI of a single-homed site, which is not a segment.
 */
export function esImportTarget(esi: EthernetSegmentId): MacAddress {
  if (esi === ZERO_ESI)
    throw invalid("the all-zero ESI names no segment and has no ES-Import target");
  return macFromBytes(bytesFromHex(esi.replaceAll(":", "")), 1);
}

function invalid(message: string): SpeakerError {
  return new SpeakerError("invalid-option", message);
}
