/**
 * The routes held from peers as UPDATEs again, in slices: the table for somebody who comes later than the routes did.
 *
 * Attributes are as they are kept: four-octet AS numbers, without what the codec discards. Each slice is the table as
 * it is then, so that who takes live UPDATEs beside it, in the order in which both come, ends with the table. Rows that
 * are new since the beginning are left to the live UPDATEs, and so are paths that are stale.
 */
import { MAX_EXTENDED_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from "../wire/codec-context.ts";
import { HEADER_LENGTH } from "../wire/header.ts";
import { readU16 } from "../wire/octets.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import { leavesRoom, UpdatePacker } from "./update-packer.ts";

/** Takes a whole UPDATE of a peer; the bytes are the callee's until it returns. */
export type TakeUpdate = (peer: PeerId, bytes: Uint8Array, offset: number, length: number) => void;

/** Rows looked at in one step: less than a millisecond where none of them is wanted. */
const ROWS_OF_A_STEP = 0x4000;

const LENGTH_OFFSET = HEADER_LENGTH - 3;

/** A walk through the table. */
export class AdjRibInDump {
  readonly #rib: LocRib;
  readonly #peers: ReadonlySet<PeerId>;
  readonly #end: number;
  readonly #packer = new UpdatePacker();
  #next = 1;

  /** `peers` are those whose routes are wanted; a peer that is taken out of it is left out from then on. */
  constructor(rib: LocRib, peers: ReadonlySet<PeerId>) {
    this.#rib = rib;
    this.#peers = peers;
    this.#end = rib.prefixes.highest;
  }

  /** Hands out the routes of the next rows, `limit` or somewhat more; says whether there are more. */
  step(limit: number, take: TakeUpdate): boolean {
    for (const [peer, byAttributes] of this.#collect(limit)) {
      const handOut = (): void => this.#handOut(peer, take);
      for (const [attributes, paths] of byAttributes) this.#pack(attributes, paths, handOut);
      handOut();
    }
    return this.#next <= this.#end;
  }

  /** The paths of the next rows, by peer and attribute set. */
  #collect(limit: number): Map<PeerId, Map<number, number[]>> {
    const { paths, peers, prefixes } = this.#rib;
    const byPeer = new Map<PeerId, Map<number, number[]>>();
    const end = Math.min(this.#end, this.#next + ROWS_OF_A_STEP - 1);
    let collected = 0;
    for (; this.#next <= end && collected < limit; this.#next++) {
      let path = prefixes.firstPath.get(this.#next);
      for (; path !== 0; path = paths.nextOfPrefix.get(path)) {
        const { id } = peers.get(paths.peer.get(path));
        if (!this.#peers.has(id) || this.#rib.isStale(path)) continue;
        addTo(byPeer, id, paths.attributes.get(path), path);
        collected++;
      }
    }
    return byPeer;
  }

  #handOut(peer: PeerId, take: TakeUpdate): void {
    const bytes = this.#packer.take();
    for (let at = 0; at < bytes.length; ) {
      const length = readU16(bytes, at + LENGTH_OFFSET);
      take(peer, bytes, at, length);
      at += length;
    }
  }

  #pack(attributes: number, paths: readonly number[], handOut: () => void): void {
    const table = this.#rib.attributes;
    const bytes = table.sets.bytes(attributes);
    const start = table.attributesOffset(attributes);
    const length = table.attributesLength(attributes);
    const nextHopLength = table.nextHopLength(attributes);
    this.#packer.close();
    if (this.#packer.isFull) handOut();
    const fits = leavesRoom(nextHopLength, length, MAX_MESSAGE_LENGTH);
    this.#packer.startAnnouncement(
      bytes,
      table.nextHopOffset(attributes),
      nextHopLength,
      bytes.subarray(start, start + length),
      length,
      fits ? MAX_MESSAGE_LENGTH : MAX_EXTENDED_MESSAGE_LENGTH,
    );
    const { nlris } = this.#rib.prefixes;
    for (const path of paths) {
      const nlri = this.#rib.paths.nlri.get(path);
      const octets = this.#rib.paths.nlriLength.get(path);
      if (!this.#packer.hasRoomFor(octets)) {
        this.#packer.close();
        if (this.#packer.isFull) handOut();
      }
      this.#packer.addByWords(nlris.view(nlri), nlris.offset(nlri), octets);
    }
  }
}

function addTo(
  byPeer: Map<PeerId, Map<number, number[]>>,
  peer: PeerId,
  attributes: number,
  path: number,
): void {
  let byAttributes = byPeer.get(peer);
  if (byAttributes === undefined) {
    byAttributes = new Map();
    byPeer.set(peer, byAttributes);
  }
  const paths = byAttributes.get(attributes);
  if (paths === undefined) byAttributes.set(attributes, [path]);
  else paths.push(path);
}
