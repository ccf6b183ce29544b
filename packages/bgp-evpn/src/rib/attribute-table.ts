/**
 * Attribute table: every distinct set of path attributes once, counted, with the values that the
 * decision process, the export policy and the VRF import need parsed into columns.
 *
 * A set is interned as its canonical bytes (canonical-attributes.ts), so that sets that differ in
 * order or in an unknown attribute stay different and are passed on as they came.
 */
import { ATTRIBUTE } from "../wire/attribute/attribute-type.ts";
import { readU16, readU32 } from "../wire/octets.ts";
import { containsAs, countHops, neighbourAs } from "./as-path.ts";
import { attributeEnd, valueOffset } from "./attribute-walk.ts";
import { areZero } from "./byte-spans.ts";
import { Float64Column, Int32Column, Uint8Column, Uint16Column, Uint32Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";
import { TargetSets } from "./target-sets.ts";

/** LOCAL_PREF of a route that carries none. */
export const DEFAULT_LOCAL_PREFERENCE = 100;

/** Facts about a set, as bits of `AttributeTable.facts`. */
export const FACT = {
  /** Own AS in AS_PATH. */
  AS_LOOP: 1,
  /** ORIGINATOR_ID is the own router identifier. */
  ORIGINATOR_LOOP: 2,
  /** Own cluster in CLUSTER_LIST. */
  CLUSTER_LOOP: 4,
  /** Community NO_ADVERTISE (RFC 1997). */
  NO_ADVERTISE: 8,
  /** Community NO_EXPORT or NO_EXPORT_SUBCONFED (RFC 1997). */
  NO_EXPORT: 16,
  /** Encapsulation communities are there, and none says VXLAN (RFC 9012 section 4.1). */
  NOT_VXLAN: 32,
  /** Community LLGR_STALE (RFC 9494). */
  LLGR_STALE: 64,
  /** Community NO_LLGR (RFC 9494). */
  NO_LLGR: 128,
  /** MAC mobility community with the static flag (RFC 7432 section 7.7). */
  STICKY: 256,
  /** Default Gateway community (RFC 7432 section 7.8). */
  DEFAULT_GATEWAY: 512,
} as const;

/** RFC 9494 section 2: the route is stale, and kept for long. */
export const LLGR_STALE = 0xffff0006;
/** RFC 9494 section 2: the route must not be kept so. */
const NO_LLGR = 0xffff0007;
/** RFC 1997. */
export const NO_EXPORT = 0xffffff01;
const NO_ADVERTISE = 0xffffff02;
const NO_EXPORT_SUBCONFED = 0xffffff03;

const COMMUNITY = 4;
const EXTENDED_COMMUNITY = 8;
/** Extended communities by their first two octets. */
const ENCAPSULATION = 0x030c;
const DEFAULT_GATEWAY = 0x030d;
const MAC_MOBILITY = 0x0600;
const ROUTERS_MAC = 0x0603;
/** Flag of the MAC mobility community. */
const STATIC_FLAG = 1;
const TUNNEL_TYPE_VXLAN = 8;
/** The three forms of route target: two-octet AS, IPv4 address, four-octet AS. */
const ROUTE_TARGETS: ReadonlySet<number> = new Set([0x0002, 0x0102, 0x0202]);

/** Who this speaker is, as far as loop detection needs it. */
export interface LoopIdentity {
  readonly asn: number;
  readonly routerId: number;
  readonly clusterId: number;
}

/** Distinct attribute sets; identifiers start at 1. */
export class AttributeTable {
  readonly sets: InternTable = new InternTable();
  readonly facts: Uint16Column = new Uint16Column();
  readonly localPreference: Uint32Column = new Uint32Column();
  readonly asPathLength: Uint16Column = new Uint16Column();
  readonly origin: Uint8Column = new Uint8Column();
  readonly med: Uint32Column = new Uint32Column();
  readonly neighbourAs: Uint32Column = new Uint32Column();
  /** ORIGINATOR_ID, 0 when absent. */
  readonly originatorId: Uint32Column = new Uint32Column();
  readonly clusterListLength: Uint16Column = new Uint16Column();
  /** The lists of route targets; see `targetSet`. */
  readonly targetSets: TargetSets = new TargetSets();
  /** Sequence number of the MAC mobility community, 0 when absent (RFC 7432 section 15). */
  readonly mobilitySequence: Uint32Column = new Uint32Column();
  /** A number of the set that was never another's, unlike its identifier. */
  readonly birth: Float64Column = new Float64Column();
  readonly #references = new Int32Column();
  /** Where the extended communities are, from the start of the set; 0 when there are none. */
  readonly #communities = new Uint16Column();
  readonly #communityCount = new Uint16Column();
  readonly #routerMac = new Uint16Column();
  /** Number in `targetSets`; 0 until it is asked for. */
  readonly #targetSet = new Int32Column();
  readonly #identity: LoopIdentity;
  #births = 0;

  constructor(identity: LoopIdentity) {
    this.#identity = identity;
  }

  /**
   * The identifier of a canonical set, retained once for the caller, who releases it when paths that
   * use it have retained it for themselves.
   */
  intern(bytes: Uint8Array, length: number): number {
    const before = this.sets.size;
    const id = this.sets.intern(bytes, 0, length);
    if (this.sets.size !== before) this.#parse(id);
    this.retain(id);
    return id;
  }

  retain(id: number): void {
    this.#references.set(id, this.#references.get(id) + 1);
  }

  /** Takes back one `retain` or `intern`; the last one frees the identifier. */
  release(id: number): void {
    const references = this.#references.get(id) - 1;
    this.#references.set(id, references);
    if (references > 0) return;
    const targets = this.#targetSet.get(id);
    if (targets !== 0) this.targetSets.release(targets);
    this.sets.remove(id);
  }

  has(id: number, fact: number): boolean {
    return (this.facts.get(id) & fact) !== 0;
  }

  nextHopLength(id: number): number {
    return this.sets.bytes(id)[this.sets.offset(id)] ?? 0;
  }

  /** Position of the next hop in `sets.bytes(id)`. */
  nextHopOffset(id: number): number {
    return this.sets.offset(id) + 1;
  }

  /** Position of the first attribute in `sets.bytes(id)`. */
  attributesOffset(id: number): number {
    return this.nextHopOffset(id) + this.nextHopLength(id);
  }

  attributesLength(id: number): number {
    return this.sets.length(id) - 1 - this.nextHopLength(id);
  }

  /** Calls `visit` with the position of each route target in `sets.bytes(id)`. */
  forEachRouteTarget(id: number, visit: (bytes: Uint8Array, at: number) => void): void {
    const start = this.#communities.get(id);
    if (start === 0) return;
    const bytes = this.sets.bytes(id);
    let at = this.sets.offset(id) + start;
    for (let n = this.#communityCount.get(id); n > 0; n--, at += EXTENDED_COMMUNITY) {
      if (ROUTE_TARGETS.has(readU16(bytes, at))) visit(bytes, at);
    }
  }

  /**
   * Position of the first extended community with these two octets of type and sub-type in `sets.bytes(id)`; 0 when
   * there is none.
   */
  communityOffset(id: number, kind: number): number {
    const start = this.#communities.get(id);
    if (start === 0) return 0;
    const bytes = this.sets.bytes(id);
    let at = this.sets.offset(id) + start;
    for (let n = this.#communityCount.get(id); n > 0; n--, at += EXTENDED_COMMUNITY) {
      if (readU16(bytes, at) === kind) return at;
    }
    return 0;
  }

  /** The number in `targetSets` of the route targets that a set carries; valid as long as the set is. */
  targetSet(id: number): number {
    const known = this.#targetSet.get(id);
    if (known !== 0) return known;
    const communities = this.sets.offset(id) + this.#communities.get(id);
    const count = this.#communityCount.get(id);
    const targets = this.targetSets.intern(this.sets.bytes(id), communities, count);
    this.#targetSet.set(id, targets);
    return targets;
  }

  /** Position of the Router's MAC (RFC 9135 section 8.1) in `sets.bytes(id)`; 0 without a usable one. */
  routerMacOffset(id: number): number {
    const relative = this.#routerMac.get(id);
    return relative === 0 ? 0 : this.sets.offset(id) + relative;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.sets.memory +
      this.facts.memory +
      this.localPreference.memory +
      this.asPathLength.memory +
      this.origin.memory +
      this.med.memory +
      this.neighbourAs.memory +
      this.originatorId.memory +
      this.clusterListLength.memory +
      this.mobilitySequence.memory +
      this.birth.memory +
      this.#references.memory +
      this.#communities.memory +
      this.#communityCount.memory +
      this.#routerMac.memory +
      this.#targetSet.memory +
      this.targetSets.memory
    );
  }

  #parse(id: number): void {
    this.birth.set(id, ++this.#births);
    this.facts.set(id, 0);
    this.localPreference.set(id, DEFAULT_LOCAL_PREFERENCE);
    this.asPathLength.set(id, 0);
    this.origin.set(id, 0);
    this.med.set(id, 0);
    this.neighbourAs.set(id, 0);
    this.originatorId.set(id, 0);
    this.clusterListLength.set(id, 0);
    this.mobilitySequence.set(id, 0);
    this.#references.set(id, 0);
    this.#communities.set(id, 0);
    this.#communityCount.set(id, 0);
    this.#routerMac.set(id, 0);
    this.#targetSet.set(id, 0);
    const bytes = this.sets.bytes(id);
    const end = this.sets.offset(id) + this.sets.length(id);
    for (let at = this.attributesOffset(id); at < end; at = attributeEnd(bytes, at)) {
      const value = valueOffset(bytes, at);
      const length = attributeEnd(bytes, at) - value;
      this.#parseAttribute(id, bytes, bytes[at + 1] ?? 0, value, length);
    }
  }

  #parseAttribute(id: number, bytes: Uint8Array, type: number, at: number, length: number): void {
    switch (type) {
      case ATTRIBUTE.ORIGIN:
        this.origin.set(id, bytes[at] ?? 0);
        break;
      case ATTRIBUTE.AS_PATH:
        this.asPathLength.set(id, countHops(bytes, at, length));
        this.neighbourAs.set(id, neighbourAs(bytes, at, length));
        if (containsAs(bytes, at, length, this.#identity.asn)) this.#note(id, FACT.AS_LOOP);
        break;
      case ATTRIBUTE.MULTI_EXIT_DISC:
        this.med.set(id, readU32(bytes, at));
        break;
      case ATTRIBUTE.LOCAL_PREF:
        this.localPreference.set(id, readU32(bytes, at));
        break;
      case ATTRIBUTE.COMMUNITIES:
        this.#parseCommunities(id, bytes, at, length);
        break;
      case ATTRIBUTE.ORIGINATOR_ID:
        this.originatorId.set(id, readU32(bytes, at));
        if (readU32(bytes, at) === this.#identity.routerId) this.#note(id, FACT.ORIGINATOR_LOOP);
        break;
      case ATTRIBUTE.CLUSTER_LIST:
        this.#parseClusterList(id, bytes, at, length);
        break;
      case ATTRIBUTE.EXTENDED_COMMUNITIES:
        this.#parseExtendedCommunities(id, bytes, at, length);
        break;
    }
  }

  #parseCommunities(id: number, bytes: Uint8Array, start: number, length: number): void {
    for (let at = start; at < start + length; at += COMMUNITY) {
      const community = readU32(bytes, at);
      if (community === NO_ADVERTISE) this.#note(id, FACT.NO_ADVERTISE);
      if (community === LLGR_STALE) this.#note(id, FACT.LLGR_STALE);
      if (community === NO_LLGR) this.#note(id, FACT.NO_LLGR);
      if (community === NO_EXPORT || community === NO_EXPORT_SUBCONFED) {
        this.#note(id, FACT.NO_EXPORT);
      }
    }
  }

  #parseClusterList(id: number, bytes: Uint8Array, start: number, length: number): void {
    this.clusterListLength.set(id, length / 4);
    for (let at = start; at < start + length; at += 4) {
      if (readU32(bytes, at) === this.#identity.clusterId) this.#note(id, FACT.CLUSTER_LOOP);
    }
  }

  #parseExtendedCommunities(id: number, bytes: Uint8Array, start: number, length: number): void {
    const setStart = this.sets.offset(id);
    this.#communities.set(id, start - setStart);
    this.#communityCount.set(id, length / EXTENDED_COMMUNITY);
    let encapsulated = false;
    let vxlan = false;
    for (let at = start; at < start + length; at += EXTENDED_COMMUNITY) {
      const kind = readU16(bytes, at);
      if (kind === ROUTERS_MAC && !areZero(bytes, at + 2, 6)) {
        this.#routerMac.set(id, at + 2 - setStart);
      }
      if (kind === DEFAULT_GATEWAY) this.#note(id, FACT.DEFAULT_GATEWAY);
      if (kind === MAC_MOBILITY) {
        this.mobilitySequence.set(id, readU32(bytes, at + 4));
        if (((bytes[at + 2] ?? 0) & STATIC_FLAG) !== 0) this.#note(id, FACT.STICKY);
      }
      if (kind === ENCAPSULATION) {
        encapsulated = true;
        vxlan ||= readU16(bytes, at + 6) === TUNNEL_TYPE_VXLAN;
      }
    }
    if (encapsulated && !vxlan) this.#note(id, FACT.NOT_VXLAN);
  }

  #note(id: number, fact: number): void {
    this.facts.set(id, this.facts.get(id) | fact);
  }
}
