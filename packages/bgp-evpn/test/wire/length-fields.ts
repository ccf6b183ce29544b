/** Where the length fields of a well-formed message are, read from the RFCs' drawings and not with our decoder. */
import { HEADER_LENGTH, MESSAGE } from "../../src/wire/header.ts";

/** One length field of one or two octets. */
export interface LengthField {
  readonly name: string;
  readonly at: number;
  readonly octets: 1 | 2;
}

const MP_REACH = 14;
const MP_UNREACH = 15;
const EVPN_AFI = 25;
/** Octets of an EVPN route before the length of an address, a MAC address or a prefix, header included. */
const EVPN_LENGTHS: Readonly<Record<number, readonly number[]>> = {
  2: [24, 31],
  3: [14],
  4: [20],
  5: [24],
};

/** All of them, in their order; those of attributes whose value has a form of its own too. */
export function lengthFields(message: Uint8Array): LengthField[] {
  const header: LengthField = { name: "message", at: 16, octets: 2 };
  switch (message[18]) {
    case MESSAGE.OPEN:
      return [header, ...openFields(message)];
    case MESSAGE.UPDATE:
      return [header, ...updateFields(message)];
    case MESSAGE.NOTIFICATION:
      return message.length > 21 ? [header, { name: "text", at: 21, octets: 1 }] : [header];
    default:
      return [header];
  }
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** RFC 4271 section 4.2, RFC 5492 section 4, RFC 9072 section 2. */
function openFields(message: Uint8Array): LengthField[] {
  const isExtended = message[28] === 255 && message[29] === 255;
  const fields: LengthField[] = [{ name: "parameters", at: 28, octets: 1 }];
  if (isExtended) fields.push({ name: "extended parameters", at: 30, octets: 2 });
  const octets = isExtended ? 2 : 1;
  for (let at = isExtended ? 32 : 29; at < message.length; ) {
    fields.push({ name: "parameter", at: at + 1, octets });
    const start = at + 1 + octets;
    const end = start + (isExtended ? u16(message, at + 1) : (message[at + 1] ?? 0));
    for (let inner = start; inner < end; inner += 2 + (message[inner + 1] ?? 0)) {
      fields.push({ name: "capability", at: inner + 1, octets: 1 });
    }
    at = end;
  }
  return fields;
}

/** RFC 4271 section 4.3. */
function updateFields(message: Uint8Array): LengthField[] {
  const withdrawn = HEADER_LENGTH + 2;
  const attributes = withdrawn + u16(message, HEADER_LENGTH) + 2;
  const end = attributes + u16(message, attributes - 2);
  const fields: LengthField[] = [
    { name: "withdrawn routes", at: HEADER_LENGTH, octets: 2 },
    { name: "path attributes", at: attributes - 2, octets: 2 },
    ...prefixes(message, withdrawn, attributes - 2),
    ...prefixes(message, end, message.length),
  ];
  for (let at = attributes; at < end; ) {
    const isLong = ((message[at] ?? 0) & 0x10) !== 0;
    const start = at + (isLong ? 4 : 3);
    const next = start + (isLong ? u16(message, at + 2) : (message[at + 2] ?? 0));
    fields.push({ name: `attribute ${message[at + 1]}`, at: at + 2, octets: isLong ? 2 : 1 });
    fields.push(...valueFields(message, message[at + 1] ?? 0, start, next));
    at = next;
  }
  return fields;
}

function valueFields(message: Uint8Array, type: number, at: number, end: number): LengthField[] {
  const isEvpn = u16(message, at) === EVPN_AFI;
  if (type === 2) return end > at + 1 ? [{ name: "AS_PATH segment", at: at + 1, octets: 1 }] : [];
  if (type === MP_REACH) {
    const nlri = at + 5 + (message[at + 3] ?? 0);
    const nextHop: LengthField = { name: "next hop", at: at + 3, octets: 1 };
    return [nextHop, ...(isEvpn ? evpn(message, nlri, end) : prefixes(message, nlri, end))];
  }
  if (type !== MP_UNREACH) return [];
  return isEvpn ? evpn(message, at + 3, end) : prefixes(message, at + 3, end);
}

function prefixes(message: Uint8Array, start: number, end: number): LengthField[] {
  const fields: LengthField[] = [];
  for (let at = start; at < end; at += 1 + Math.ceil((message[at] ?? 0) / 8)) {
    fields.push({ name: "prefix", at, octets: 1 });
  }
  return fields;
}

/** RFC 7432 section 7, RFC 9136 section 3. */
function evpn(message: Uint8Array, start: number, end: number): LengthField[] {
  const fields: LengthField[] = [];
  for (let at = start; at < end; at += 2 + (message[at + 1] ?? 0)) {
    fields.push({ name: "EVPN route", at: at + 1, octets: 1 });
    for (const inside of EVPN_LENGTHS[message[at] ?? 0] ?? []) {
      fields.push({ name: "length in an EVPN route", at: at + inside, octets: 1 });
    }
  }
  return fields;
}
