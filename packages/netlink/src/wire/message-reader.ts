/**
 * Reads netlink messages and their attributes from a buffer, checking every length.
 *
 * Does not: interpret them. Throws only {@link MalformedMessage}; never reads beyond the given length.
 */
import {
  type IpAddress,
  type IpPrefix,
  ipFromBytes,
  type MacAddress,
  macFromBytes,
  prefixFromBytes,
} from "@selvedge/net";
import { MalformedMessage } from "./malformed-message.ts";

const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
/** Takes NLA_F_NESTED and NLA_F_NET_BYTEORDER off. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;

const decoder = new TextDecoder();

/** Walks over the messages of a buffer: `next()`, then the fields are those of that message. */
export class MessageReader {
  type = 0;
  flags = 0;
  sequence = 0;
  readonly #view: DataView;
  readonly #length: number;
  readonly #attributes: AttributeReader;
  #next = 0;
  #payload = 0;
  #end = 0;

  /** Reads the first `length` octets of `bytes`. */
  constructor(bytes: Uint8Array, length: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, length);
    this.#length = length;
    this.#attributes = new AttributeReader(bytes, this.#view);
  }

  /** Goes to the next message, false when there is none. */
  next(): boolean {
    const start = this.#next;
    if (start >= this.#length) {
      return false;
    }
    if (this.#length - start < HEADER_LENGTH) {
      throw new MalformedMessage(`${this.#length - start} octets are no message header`);
    }
    const size = this.#view.getUint32(start, true);
    if (size < HEADER_LENGTH || size > this.#length - start) {
      throw new MalformedMessage(`message of ${size} octets in ${this.#length - start}`);
    }
    this.type = this.#view.getUint16(start + 4, true);
    this.flags = this.#view.getUint16(start + 6, true);
    this.sequence = this.#view.getUint32(start + 8, true);
    this.#payload = start + HEADER_LENGTH;
    this.#end = start + size;
    this.#next = start + ((size + 3) & ~3);
    return true;
  }

  /** Octets after the message header. */
  get payloadLength(): number {
    return this.#end - this.#payload;
  }

  /** The octet at `offset` after the message header. */
  u8(offset: number): number {
    return this.#view.getUint8(this.#at(offset, 1));
  }

  u16(offset: number): number {
    return this.#view.getUint16(this.#at(offset, 2), true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(this.#at(offset, 4), true);
  }

  i32(offset: number): number {
    return this.#view.getInt32(this.#at(offset, 4), true);
  }

  /** The attributes after a family header of `headerLength` octets. One reader, used again each time. */
  attributes(headerLength: number): AttributeReader {
    // Compared before it is rounded: beyond 2^31 rounding would make it negative.
    if (headerLength > this.payloadLength) {
      throw new MalformedMessage(`${this.payloadLength} octets are no header of ${headerLength}`);
    }
    this.#attributes.reset(this.#payload + ((headerLength + 3) & ~3), this.#end);
    return this.#attributes;
  }

  #at(offset: number, size: number): number {
    if (offset + size > this.payloadLength) {
      throw new MalformedMessage(`field at ${offset} of a payload of ${this.payloadLength} octets`);
    }
    return this.#payload + offset;
  }
}

/** Walks over attributes: `next()`, then the fields and values are those of that attribute. */
export class AttributeReader {
  type = 0;
  /** Octets of the value. */
  length = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #value = 0;
  #next = 0;
  #end = 0;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Starts over with the attributes from `start` to `end`, which must lie within the view. */
  reset(start: number, end: number): void {
    this.#next = start;
    this.#end = end;
  }

  /** Goes to the next attribute, false when there is none. */
  next(): boolean {
    const start = this.#next;
    const left = this.#end - start;
    if (left < ATTRIBUTE_HEADER_LENGTH) {
      // Up to three octets of padding may be left, as nla_ok() of the kernel's headers allows.
      return false;
    }
    const size = this.#view.getUint16(start, true);
    if (size < ATTRIBUTE_HEADER_LENGTH || size > left) {
      throw new MalformedMessage(`attribute of ${size} octets in ${left}`);
    }
    this.type = this.#view.getUint16(start + 2, true) & ATTRIBUTE_TYPE_MASK;
    this.length = size - ATTRIBUTE_HEADER_LENGTH;
    this.#value = start + ATTRIBUTE_HEADER_LENGTH;
    this.#next = start + ((size + 3) & ~3);
    return true;
  }

  u8(offset = 0): number {
    return this.#view.getUint8(this.#at(offset, 1));
  }

  u16(offset = 0): number {
    return this.#view.getUint16(this.#at(offset, 2), true);
  }

  /** In network byte order, as UDP ports are. */
  u16BigEndian(): number {
    return this.#view.getUint16(this.#at(0, 2), false);
  }

  u32(offset = 0): number {
    return this.#view.getUint32(this.#at(offset, 4), true);
  }

  /** In network byte order, as nfnetlink has its numbers. */
  i32BigEndian(): number {
    return this.#view.getInt32(this.#at(0, 4), false);
  }

  /** In network byte order; what exceeds 2^53 is rounded. */
  u64BigEndian(): number {
    const at = this.#at(0, 8);
    return this.#view.getUint32(at, false) * 2 ** 32 + this.#view.getUint32(at + 4, false);
  }

  /** A copy of the value. */
  octets(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(this.#value, this.#value + this.length));
  }

  /** UTF-8 up to the first NUL or the end. */
  text(): string {
    const start = this.#value;
    const nul = this.#bytes.subarray(start, start + this.length).indexOf(0);
    return decoder.decode(this.#bytes.subarray(start, start + (nul === -1 ? this.length : nul)));
  }

  /** An IPv4 or IPv6 address, by its length; `offset` octets into the value. */
  ip(offset = 0): IpAddress {
    const octets = this.length - offset;
    if (octets !== 4 && octets !== 16) {
      throw new MalformedMessage(`address of ${octets} octets`);
    }
    return ipFromBytes(this.#bytes, this.#value + offset, octets === 4 ? 4 : 6);
  }

  /** The prefix of `length` bits of an address of the given IP version; host bits are cleared. */
  prefix(version: 4 | 6, length: number): IpPrefix {
    const octets = version === 4 ? 4 : 16;
    if (this.length !== octets || length > octets * 8) {
      throw new MalformedMessage(`IPv${version} prefix of ${this.length} octets, ${length} bits`);
    }
    return prefixFromBytes(this.#bytes, this.#value, version, length);
  }

  /** A six-octet link-layer address; undefined for any other length, which other media have. */
  mac(): MacAddress | undefined {
    return this.length === 6 ? macFromBytes(this.#bytes, this.#value) : undefined;
  }

  /** The attributes that this one holds. */
  nested(): AttributeReader {
    const inner = new AttributeReader(this.#bytes, this.#view);
    inner.reset(this.#value, this.#value + this.length);
    return inner;
  }

  /** A reader that stays with this attribute while this one goes on. */
  copy(): AttributeReader {
    const copy = new AttributeReader(this.#bytes, this.#view);
    copy.type = this.type;
    copy.length = this.length;
    copy.#value = this.#value;
    return copy;
  }

  #at(offset: number, size: number): number {
    if (offset + size > this.length) {
      throw new MalformedMessage(`attribute ${this.type} has only ${this.length} octets`);
    }
    return this.#value + offset;
  }
}
