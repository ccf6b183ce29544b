/**
 * The routers that are attached to the local Ethernet segments, as their routes of type 4 say: the candidates for the
 * designated forwarder (evpn/df-election.ts). Told for a segment whenever they become others.
 *
 * A route counts by its ESI. Its ES-Import route target is made from that (RFC 7432 section 7.6) and says only who needs
 * it; a segment whose ESI is arbitrary shares it with others. This router is one of the candidates, by its own route.
 * Segments and their routers are few, so they are kept as values.
 *
 * RFC 7432 sections 7.4 and 8.5, RFC 8584 section 2.2.
 */
import { compareIp, type IpAddress, ipFromBytes } from "@selvedge/net";
import type { DfCandidate } from "../evpn/df-election.ts";
import {
  decodeExtendedCommunity,
  EXTENDED_COMMUNITY_LENGTH,
} from "../wire/attribute/extended-community.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiFromBytes } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import type { LocRib } from "./loc-rib.ts";

/** The candidates of a local segment, in the order of their addresses; each address once. */
export type SegmentRoutersListener = (
  esi: EthernetSegmentId,
  routers: readonly DfCandidate[],
) => void;

/** Where the fields are in the key of a route type 4 (wire/evpn/nlri-key.ts). */
const KEY = { ESI: 9, IP_BITS: 19, IP: 20 } as const;
const DF_ELECTION = 0x0606;

interface LocalSegment {
  /** Rows of the prefix table. */
  readonly prefixes: Set<number>;
  /** What was told last, as a text. */
  told: string | undefined;
}

/** Tells who is attached to the local segments. */
export class SegmentRouters {
  readonly #rib: LocRib;
  readonly #listener: SegmentRoutersListener;
  readonly #segments = new Map<EthernetSegmentId, LocalSegment>();
  readonly #changed = new Set<EthernetSegmentId>();
  /** The next prefix of the scan that follows a new segment; 0 when there is none. */
  #scan = 0;

  constructor(rib: LocRib, listener: SegmentRoutersListener) {
    this.#rib = rib;
    this.#listener = listener;
  }

  /** A segment is local from now on. The table is looked through for it by `scan`. */
  add(esi: EthernetSegmentId): void {
    if (this.#segments.has(esi)) return;
    this.#segments.set(esi, { prefixes: new Set(), told: undefined });
    this.#scan = 1;
  }

  /** Takes `add` back; nothing more is told of the segment. */
  remove(esi: EthernetSegmentId): void {
    this.#segments.delete(esi);
    this.#changed.delete(esi);
  }

  /** Looks at a prefix that has changed. */
  update(prefix: number): void {
    if (this.#segments.size === 0) return;
    const { prefixes } = this.#rib;
    const { bestPath, key } = prefixes;
    if (prefixes.writeKey(prefix) === 0 || key[0] !== EVPN_ROUTE.ETHERNET_SEGMENT) return;
    const esi = esiFromBytes(key.subarray(KEY.ESI, KEY.ESI + ESI_LENGTH));
    const segment = this.#segments.get(esi);
    if (segment === undefined) return;
    if (bestPath.get(prefix) === 0) segment.prefixes.delete(prefix);
    else segment.prefixes.add(prefix);
    this.#changed.add(esi);
  }

  get isScanning(): boolean {
    return this.#scan !== 0;
  }

  /** Looks at about `limit` prefixes more for new segments. */
  scan(limit: number): void {
    if (this.#scan === 0) return;
    const { highest } = this.#rib.prefixes;
    const end = Math.min(this.#scan + limit, highest + 1);
    for (let prefix = this.#scan; prefix < end; prefix++) {
      if (this.#rib.prefixes.isLive(prefix)) this.update(prefix);
    }
    this.#scan = end > highest ? 0 : end;
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  /** Tells what has changed, once nothing of the table has yet to be looked at for a new segment. */
  report(): void {
    if (this.isScanning) return;
    for (const esi of this.#changed) {
      const segment = this.#segments.get(esi);
      if (segment === undefined) continue;
      const routers = this.#routersOf(segment);
      const text = JSON.stringify(routers);
      if (text === segment.told) continue;
      segment.told = text;
      this.#listener(esi, routers);
    }
    this.#changed.clear();
  }

  /** Of several routes of one router that counts which was heard of first. */
  #routersOf({ prefixes }: LocalSegment): DfCandidate[] {
    const routers = new Map<IpAddress, DfCandidate>();
    for (const prefix of [...prefixes].sort((a, b) => a - b)) {
      const router = this.#router(prefix);
      if (!routers.has(router.address)) routers.set(router.address, router);
    }
    return [...routers.values()].sort((a, b) => compareIp(a.address, b.address));
  }

  #router(prefix: number): DfCandidate {
    const { attributes, paths, prefixes } = this.#rib;
    const { key } = prefixes;
    prefixes.writeKey(prefix);
    const address = ipFromBytes(key, KEY.IP, key[KEY.IP_BITS] === 32 ? 4 : 6);
    const set = paths.attributes.get(prefixes.bestPath.get(prefix));
    const start = attributes.communityOffset(set, DF_ELECTION);
    if (start === 0) return { address };
    const octets = attributes.sets.bytes(set).subarray(start, start + EXTENDED_COMMUNITY_LENGTH);
    const community = decodeExtendedCommunity(octets);
    if (community.kind !== "df-election") return { address };
    const { algorithm, capabilities, preference } = community;
    return { address, election: { algorithm, capabilities, preference } };
  }
}
