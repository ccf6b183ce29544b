/** A BMP decoder for tests: written from RFC 7854, not from the encoder. */
import { type IpAddress, ipFromBytes } from "@selvedge/net";

const TYPES = [
  "route-monitoring",
  "statistics-report",
  "peer-down",
  "peer-up",
  "initiation",
  "termination",
] as const;

export interface BmpPeer {
  readonly type: number;
  readonly flags: number;
  readonly distinguisher: string;
  readonly address: IpAddress;
  readonly asn: number;
  readonly routerId: IpAddress;
  readonly seconds: number;
  readonly microseconds: number;
}

type Tlvs = readonly (readonly [number, Buffer])[];

export type BmpMessage =
  | { readonly type: "initiation"; readonly tlvs: Tlvs }
  | { readonly type: "termination"; readonly tlvs: Tlvs }
  | {
      readonly type: "peer-up";
      readonly peer: BmpPeer;
      readonly localAddress: IpAddress;
      readonly localPort: number;
      readonly remotePort: number;
      readonly opens: readonly Buffer[];
    }
  | {
      readonly type: "peer-down";
      readonly peer: BmpPeer;
      readonly reason: number;
      readonly data: Buffer;
    }
  | { readonly type: "route-monitoring"; readonly peer: BmpPeer; readonly update: Buffer }
  | {
      readonly type: "statistics-report";
      readonly peer: BmpPeer;
      readonly statistics: Tlvs;
    };

/** All whole messages at the beginning of `bytes`, and how many octets they take. */
export function decodeBmp(bytes: Buffer): { messages: BmpMessage[]; length: number } {
  const messages: BmpMessage[] = [];
  let at = 0;
  while (at + 6 <= bytes.length) {
    if (bytes.readUInt8(at) !== 3) throw new Error(`BMP version ${bytes.readUInt8(at)}`);
    const length = bytes.readUInt32BE(at + 1);
    if (at + length > bytes.length) break;
    messages.push(decodeOne(bytes.readUInt8(at + 5), bytes.subarray(at + 6, at + length)));
    at += length;
  }
  return { messages, length: at };
}

function decodeOne(code: number, body: Buffer): BmpMessage {
  const type = TYPES[code];
  if (type === undefined) throw new Error(`BMP message type ${code}`);
  if (type === "initiation" || type === "termination") return { type, tlvs: readTlvs(body) };
  const peer = readPeer(body);
  const rest = body.subarray(42);
  switch (type) {
    case "route-monitoring":
      requireBgp(rest, 2);
      return { type, peer, update: rest };
    case "statistics-report": {
      const statistics = readTlvs(rest.subarray(4));
      if (statistics.length !== rest.readUInt32BE(0)) throw new Error("wrong count of statistics");
      return { type, peer, statistics };
    }
    case "peer-down":
      return { type, peer, reason: rest.readUInt8(0), data: rest.subarray(1) };
    case "peer-up": {
      const sentLength = rest.readUInt16BE(20 + 16);
      const opens = [rest.subarray(20, 20 + sentLength), rest.subarray(20 + sentLength)];
      for (const open of opens) requireBgp(open, 1);
      return {
        type,
        peer,
        localAddress: readAddress(rest.subarray(0, 16), (peer.flags & 0x80) !== 0),
        localPort: rest.readUInt16BE(16),
        remotePort: rest.readUInt16BE(18),
        opens,
      };
    }
    default:
      return type satisfies never;
  }
}

function readPeer(body: Buffer): BmpPeer {
  const flags = body.readUInt8(1);
  return {
    type: body.readUInt8(0),
    flags,
    distinguisher: body.subarray(2, 10).toString("hex"),
    address: readAddress(body.subarray(10, 26), (flags & 0x80) !== 0),
    asn: body.readUInt32BE(26),
    routerId: ipFromBytes(body, 30, 4),
    seconds: body.readUInt32BE(34),
    microseconds: body.readUInt32BE(38),
  };
}

function readAddress(octets: Buffer, isIpv6: boolean): IpAddress {
  if (isIpv6) return ipFromBytes(octets, 0, 6);
  if (octets.subarray(0, 12).some((octet) => octet !== 0)) throw new Error("no IPv4 address");
  return ipFromBytes(octets, 12, 4);
}

function readTlvs(octets: Buffer): Tlvs {
  const tlvs: (readonly [number, Buffer])[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 4 + octets.readUInt16BE(at + 2);
    if (end > octets.length) throw new Error("a TLV exceeds its message");
    tlvs.push([octets.readUInt16BE(at), octets.subarray(at + 4, end)]);
    at = end;
  }
  return tlvs;
}

/** A whole BGP message of that type and nothing more. */
function requireBgp(octets: Buffer, type: number): void {
  if (octets.readUInt16BE(16) !== octets.length || octets.readUInt8(18) !== type) {
    throw new Error(`no BGP message of type ${type}: ${octets.toString("hex")}`);
  }
}
