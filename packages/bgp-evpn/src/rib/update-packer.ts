/**
 * Packs routes of one family into as few UPDATE messages as the negotiated length allows.
 *
 *   header (19) | withdrawn length 0 (2) | attributes length (2) | MP_REACH_NLRI or MP_UNREACH_NLRI
 *   first (RFC 7606 section 5.1), with the routes | the other attributes
 *
 * Messages are appended to one array until `take` hands them out, so that a peer is given many at
 * once. RFC 4271 section 4.3, RFC 4760 sections 3 and 4, RFC 8654.
 */
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { MAX_EXTENDED_MESSAGE_LENGTH } from "../wire/codec-context.ts";
import { AFI_L2VPN, type FamilyCodes, SAFI_EVPN } from "../wire/family.ts";
import { HEADER_LENGTH, MESSAGE, writeHeader } from "../wire/header.ts";
import { writeU16 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";

/** When this many octets are packed they are worth handing out. */
const CHUNK_LENGTH = 0x10000;
const CAPACITY = CHUNK_LENGTH + 2 * MAX_EXTENDED_MESSAGE_LENGTH;
/** Header, and the two length fields of an UPDATE. */
const BODY_OFFSET = HEADER_LENGTH + 4;
const MP_HEADER = 4;
const FAMILY = 3;
/** Longest NLRI: type, length, 255 octets. */
const MAX_NLRI = 257;

/** Whether attributes of these lengths leave room for any route in a message of `maxMessage`. */
export function leavesRoom(nextHop: number, attributes: number, maxMessage: number): boolean {
  const fixed = BODY_OFFSET + MP_HEADER + FAMILY + 1 + nextHop + 1;
  return fixed + attributes + MAX_NLRI <= maxMessage;
}

const EVPN: FamilyCodes = { afi: AFI_L2VPN, safi: SAFI_EVPN };

/** Writes UPDATE messages of one family; one object serves all groups. */
export class UpdatePacker {
  readonly #family: FamilyCodes;
  readonly #bytes = new Uint8Array(CAPACITY);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #attributes = new Uint8Array(MAX_EXTENDED_MESSAGE_LENGTH);
  readonly #nextHop = new Uint8Array(0xff);
  #attributesLength = 0;
  #nextHopLength = 0;
  #maxMessage = 0;
  #isAnnouncement = false;
  /** Where the current message starts and where its next route goes; equal when none is open. */
  #start = 0;
  #at = 0;
  #messages = 0;

  constructor(family: FamilyCodes = EVPN) {
    this.#family = family;
  }

  /** Routes added from now on are announced with these attributes (MP_REACH_NLRI left out). */
  startAnnouncement(
    nextHop: Uint8Array,
    nextHopOffset: number,
    nextHopLength: number,
    attributes: Uint8Array,
    attributesLength: number,
    maxMessage: number,
  ): void {
    this.close();
    this.#isAnnouncement = true;
    this.#maxMessage = maxMessage;
    this.#nextHopLength = nextHopLength;
    this.#attributesLength = attributesLength;
    copyBytes(nextHop, nextHopOffset, nextHopLength, this.#nextHop, 0);
    copyBytes(attributes, 0, attributesLength, this.#attributes, 0);
  }

  /** Routes added from now on are withdrawn. */
  startWithdrawal(maxMessage: number): void {
    this.close();
    this.#isAnnouncement = false;
    this.#maxMessage = maxMessage;
    this.#attributesLength = 0;
  }

  /** Whether the current message, if one is open, can take a route of `length` octets. */
  hasRoomFor(length: number): boolean {
    if (this.#at === this.#start) return true;
    return this.#at - this.#start + length + this.#attributesLength <= this.#maxMessage;
  }

  /** Adds a route: the NLRI of `length` octets at `offset`. `hasRoomFor` must hold. */
  add(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#at === this.#start) this.#open();
    this.#at = copyBytes(bytes, offset, length, this.#bytes, this.#at);
  }

  /**
   * Adds a route as `add` does, from where it may be read by words of four octets: what follows it up to a whole one
   * is copied too, and written over by what comes next.
   */
  addByWords(source: DataView, offset: number, length: number): void {
    if (this.#at === this.#start) this.#open();
    const to = this.#at - offset;
    for (let at = offset; at < offset + length; at += 4) {
      this.#view.setInt32(at + to, source.getInt32(at));
    }
    this.#at += length;
  }

  /** Packs the family's End-of-RIB marker (RFC 4724 section 2). */
  addEndOfRib(): void {
    this.startWithdrawal(MAX_NLRI);
    this.#open();
    this.close();
  }

  /** Completes the current message, if there is one. */
  close(): void {
    if (this.#at === this.#start) return;
    const mp = this.#start + BODY_OFFSET;
    writeU16(this.#bytes, mp + 2, this.#at - mp - MP_HEADER);
    const end = copyBytes(this.#attributes, 0, this.#attributesLength, this.#bytes, this.#at);
    writeU16(this.#bytes, this.#start + HEADER_LENGTH, 0);
    writeU16(this.#bytes, mp - 2, end - mp);
    writeHeader(this.#bytes, this.#start, end - this.#start, MESSAGE.UPDATE);
    this.#start = end;
    this.#at = end;
    this.#messages++;
  }

  /** Whether so much is packed that it should be handed out. */
  get isFull(): boolean {
    return this.#start >= CHUNK_LENGTH;
  }

  /** Complete messages packed. */
  get messages(): number {
    return this.#messages;
  }

  /** Hands out a copy of the complete messages and starts over; closes the current one first. */
  take(): Uint8Array {
    this.close();
    const bytes = this.#bytes.slice(0, this.#start);
    this.#start = 0;
    this.#at = 0;
    this.#messages = 0;
    return bytes;
  }

  #open(): void {
    const mp = this.#start + BODY_OFFSET;
    const type = this.#isAnnouncement ? ATTRIBUTE.MP_REACH_NLRI : ATTRIBUTE.MP_UNREACH_NLRI;
    this.#bytes[mp] = FLAG.OPTIONAL | FLAG.EXTENDED_LENGTH;
    this.#bytes[mp + 1] = type;
    writeU16(this.#bytes, mp + MP_HEADER, this.#family.afi);
    this.#bytes[mp + MP_HEADER + 2] = this.#family.safi;
    this.#at = mp + MP_HEADER + FAMILY;
    if (!this.#isAnnouncement) return;
    this.#bytes[this.#at] = this.#nextHopLength;
    this.#at = copyBytes(this.#nextHop, 0, this.#nextHopLength, this.#bytes, this.#at + 1);
    this.#bytes[this.#at++] = 0;
  }
}
