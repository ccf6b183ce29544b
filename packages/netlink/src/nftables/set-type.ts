/**
 * What the keys of a set are made of, and their octets. A key of several fields is a concatenation:
 * each field is padded to a multiple of four octets.
 */
import {
  type IpAddress,
  ipFromBytes,
  type MacAddress,
  macFromBytes,
  writeIp,
  writeMac,
} from "@selvedge/net";
import { MalformedMessage } from "../wire/malformed-message.ts";

/** A field of a key, in nftables' words; "vni" is an integer of three octets. */
export type NftField =
  | { readonly type: "ifname"; readonly value: string }
  | { readonly type: "ether_addr"; readonly value: MacAddress }
  | { readonly type: "ipv4_addr" | "ipv6_addr"; readonly value: IpAddress }
  | { readonly type: "vni"; readonly value: number };

/** The type of a field. */
export type NftFieldType = NftField["type"];

/** What the keys of a set are made of: one field, or several. */
export type NftKeyType = readonly [NftFieldType, ...NftFieldType[]];

/** One key. */
export type NftKey = readonly NftField[];

/** Byte orders in nft(8)'s user data. */
const HOST_ENDIAN = 1;
const BIG_ENDIAN = 2;

/** Octets of each, and how nft(8) prints it: its number for the type (`enum datatypes`), the byte order. */
const FIELDS = {
  ifname: { octets: 16, datatype: 41, byteOrder: HOST_ENDIAN },
  ether_addr: { octets: 6, datatype: 9, byteOrder: BIG_ENDIAN },
  ipv4_addr: { octets: 4, datatype: 7, byteOrder: BIG_ENDIAN },
  ipv6_addr: { octets: 16, datatype: 8, byteOrder: BIG_ENDIAN },
  vni: { octets: 3, datatype: 4, byteOrder: BIG_ENDIAN },
} as const satisfies Record<NftFieldType, { octets: number; datatype: number; byteOrder: number }>;

/** In nft(8)'s user data: what a set is `typeof`, here 24 bits of the transport header from bit 96 on. */
const TYPEOF_VNI = Uint8Array.of(
  ...[3, 38, 0, 4, 7, 0, 0, 0, 1, 30],
  ...[0, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0],
  ...[2, 4, 3, 0, 0, 0, 3, 4, 96, 0, 0, 0, 4, 4, 24, 0, 0, 0],
);

/** Bits of one datatype in the number of a concatenation. */
const DATATYPE_BITS = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Octets of a key: of a single field its own, of a concatenation the padded sum. */
export function keyLength(type: NftKeyType): number {
  const [first, ...others] = type;
  return others.length === 0
    ? FIELDS[first].octets
    : type.reduce((sum, field) => sum + paddedLength(field), 0);
}

/** The number that tells nft(8) how to print keys. */
export function keyDatatype(type: NftKeyType): number {
  return type.reduce((sum, field) => (sum << DATATYPE_BITS) | FIELDS[field].datatype, 0);
}

/**
 * What nft(8) notes with a set of keys of a single field, to print it and to read back what it printed: a
 * list of type, length, value, of which the byte order is the first.
 */
export function keyNotes(type: NftKeyType): Uint8Array | undefined {
  const [only, ...others] = type;
  if (others.length > 0) {
    return undefined;
  }
  const notes = [0, 4, FIELDS[only].byteOrder, 0, 0, 0];
  return Uint8Array.of(...notes, ...(only === "vni" ? TYPEOF_VNI : []));
}

/** The octets of a key. Throws RangeError for an interface name that is too long. */
export function encodeKey(key: NftKey): Uint8Array {
  const [only] = key;
  if (key.length === 1 && only !== undefined) {
    const bytes = new Uint8Array(FIELDS[only.type].octets);
    writeField(only, bytes, 0);
    return bytes;
  }
  const bytes = new Uint8Array(key.reduce((sum, { type }) => sum + paddedLength(type), 0));
  let at = 0;
  for (const field of key) {
    writeField(field, bytes, at);
    at += paddedLength(field.type);
  }
  return bytes;
}

/** Reads a key. Throws MalformedMessage when it has another length than the type says. */
export function decodeKey(type: NftKeyType, bytes: Uint8Array): NftKey {
  if (bytes.length !== keyLength(type)) {
    throw new MalformedMessage(`key of ${bytes.length} octets for ${type.join(" . ")}`);
  }
  let at = 0;
  return type.map((field) => {
    const value = readField(field, bytes, at);
    at += paddedLength(field);
    return value;
  });
}

/** A key as nft(8) prints it, for people and for comparison: `"c1" . 02:00:00:00:00:01 . 10.0.0.1`. */
export function describeKey(key: NftKey): string {
  return key
    .map(({ type, value }) => (type === "ifname" ? JSON.stringify(value) : `${value}`))
    .join(" . ");
}

function paddedLength(type: NftFieldType): number {
  return (FIELDS[type].octets + 3) & ~3;
}

function writeField(field: NftField, bytes: Uint8Array, at: number): void {
  switch (field.type) {
    case "ifname": {
      const name = encoder.encode(field.value);
      if (name.length >= FIELDS.ifname.octets) {
        throw new RangeError(`the interface name ${field.value} has more than 15 octets`);
      }
      bytes.set(name, at);
      break;
    }
    case "ether_addr":
      writeMac(field.value, bytes, at);
      break;
    case "ipv4_addr":
    case "ipv6_addr":
      writeIp(field.value, bytes, at);
      break;
    case "vni":
      bytes[at] = field.value >>> 16;
      bytes[at + 1] = field.value >>> 8;
      bytes[at + 2] = field.value;
      break;
    default:
      field satisfies never;
  }
}

function readField(type: NftFieldType, bytes: Uint8Array, at: number): NftField {
  switch (type) {
    case "ifname": {
      const name = bytes.subarray(at, at + FIELDS.ifname.octets);
      const nul = name.indexOf(0);
      return { type, value: decoder.decode(nul === -1 ? name : name.subarray(0, nul)) };
    }
    case "ether_addr":
      return { type, value: macFromBytes(bytes, at) };
    case "ipv4_addr":
      return { type, value: ipFromBytes(bytes, at, 4) };
    case "ipv6_addr":
      return { type, value: ipFromBytes(bytes, at, 6) };
    case "vni": {
      const [high = 0, middle = 0, low = 0] = bytes.subarray(at, at + FIELDS.vni.octets);
      return { type, value: (high << 16) | (middle << 8) | low };
    }
    default:
      return type satisfies never;
  }
}
