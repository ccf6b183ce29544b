/**
 * Writes netlink messages one after another into a buffer that is used again and again.
 *
 * ```
 * +-----------+----------------+-------------------------+-----+-----------+--
 * | nlmsghdr  | family header  | nlattr | value | padding | ... | nlmsghdr  |
 * | 16 octets | begin() + u*() | attribute*()             |     |           |
 * +-----------+----------------+-------------------------+-----+-----------+--
 * ```
 *
 * All numbers are little-endian, the byte order of the machine, but where a method says otherwise.
 * Does not: send, or know what the messages mean.
 */
import {
  type IpAddress,
  type IpPrefix,
  ipFamily,
  type MacAddress,
  prefixFamily,
  writeIp,
  writeMac,
  writePrefix,
} from "@selvedge/net";
import { NLM_F_ACK } from "./protocol.ts";

const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
const NLA_F_NESTED = 0x8000;

const encoder = new TextEncoder();

/** A growing buffer of messages, each with a sequence number of its own. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  /** Where the messages start. */
  readonly #starts: number[] = [];
  #sequence: number;

  /** The buffer starts with `capacity` octets and grows when needed. */
  constructor(capacity: number, firstSequence: number = 1) {
    this.#sequence = firstSequence;
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The buffer; its first `length` octets are written. Replaced when it grows. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Octets written. */
  get length(): number {
    return this.#length;
  }

  /** Messages written. */
  get count(): number {
    return this.#starts.length;
  }

  /** Sequence number that the next message will have; they follow without gaps, modulo 2^32. */
  get nextSequence(): number {
    return this.#sequence;
  }

  /** Where a message starts, counted from 0. */
  startOf(index: number): number {
    const start = this.#starts[index];
    if (start === undefined) {
      throw new RangeError(`message ${index} of ${this.#starts.length}`);
    }
    return start;
  }

  /** Starts a message. */
  begin(type: number, flags: number): void {
    this.#reserve(HEADER_LENGTH);
    const at = this.#length;
    this.#starts.push(at);
    this.#view.setUint32(at, 0, true);
    this.#view.setUint16(at + 4, type, true);
    this.#view.setUint16(at + 6, flags, true);
    this.#view.setUint32(at + 8, this.#sequence, true);
    this.#view.setUint32(at + 12, 0, true);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#length = at + HEADER_LENGTH;
  }

  /** Ends the message begun last. */
  end(): void {
    const start = this.startOf(this.#starts.length - 1);
    this.#view.setUint32(start, this.#length - start, true);
  }

  /** Asks the kernel to confirm a message, counted from 0. */
  requestAck(index: number): void {
    const at = this.startOf(index) + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | NLM_F_ACK, true);
  }

  /** Forgets the first `count` messages; the others move to the front. */
  drop(count: number): void {
    if (count === this.#starts.length) {
      this.#starts.length = 0;
      this.#length = 0;
      return;
    }
    const shift = this.startOf(count);
    this.#bytes.copyWithin(0, shift, this.#length);
    this.#length -= shift;
    this.#starts.splice(0, count);
    for (let i = 0; i < this.#starts.length; i++) {
      this.#starts[i] = this.startOf(i) - shift;
    }
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** An attribute without a value, whose presence is the information. */
  attributeFlag(type: number): void {
    this.#attribute(type, 0);
  }

  attributeU8(type: number, value: number): void {
    const at = this.#attribute(type, 1);
    this.#view.setUint8(at, value);
  }

  attributeU16(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, true);
  }

  /** In network byte order, as UDP ports are. */
  attributeU16BigEndian(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, false);
  }

  attributeU32(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, true);
  }

  /** In network byte order, as nfnetlink has its numbers; negative ones in two's complement. */
  attributeU32BigEndian(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, false);
  }

  /** Copies `length` octets of `source` from `offset` on. */
  attributeBytes(type: number, source: Uint8Array, offset: number, length: number): void {
    const at = this.#attribute(type, length);
    for (let i = 0; i < length; i++) {
      this.#bytes[at + i] = source[offset + i] ?? 0;
    }
  }

  /** Text in UTF-8 with a final NUL. */
  attributeText(type: number, text: string): void {
    const encoded = encoder.encode(text);
    const at = this.#attribute(type, encoded.length + 1);
    this.#bytes.set(encoded, at);
    this.#bytes[at + encoded.length] = 0;
  }

  attributeIp(type: number, address: IpAddress): void {
    const at = this.#attribute(type, ipFamily(address) === 4 ? 4 : 16);
    writeIp(address, this.#bytes, at);
  }

  /** The address of a prefix; its length has its place in the family header. */
  attributePrefix(type: number, prefix: IpPrefix): void {
    const at = this.#attribute(type, prefixFamily(prefix) === 4 ? 4 : 16);
    writePrefix(prefix, this.#bytes, at);
  }

  attributeMac(type: number, address: MacAddress): void {
    const at = this.#attribute(type, 6);
    writeMac(address, this.#bytes, at);
  }

  /** Starts an attribute that holds further ones; returns what {@link endNest} wants. */
  beginNest(type: number): number {
    const start = this.#length;
    this.#attribute(type | NLA_F_NESTED, 0);
    return start;
  }

  endNest(start: number): void {
    this.#view.setUint16(start, this.#length - start, true);
  }

  /** Writes an attribute's header and padding, and returns where its value goes. */
  #attribute(type: number, length: number): number {
    const size = ATTRIBUTE_HEADER_LENGTH + length;
    const padded = (size + 3) & ~3;
    this.#reserve(padded);
    const start = this.#length;
    this.#view.setUint16(start, size, true);
    this.#view.setUint16(start + 2, type, true);
    if (padded !== size) {
      this.#view.setUint32(start + padded - 4, 0, true);
    }
    this.#length = start + padded;
    return start + ATTRIBUTE_HEADER_LENGTH;
  }

  #reserve(octets: number): void {
    const needed = this.#length + octets;
    if (needed <= this.#bytes.length) {
      return;
    }
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
