/**
 * From an interned attribute set to the attributes that peers of a group are sent.
 *
 *   to an internal peer   LOCAL_PREF added where there is none (RFC 4271 section 5.1.5)
 *   reflected             ORIGINATOR_ID added where there is none, own cluster put in front of
 *                         CLUSTER_LIST (RFC 4456 section 8)
 *   stale, lowered        NO_EXPORT added to COMMUNITIES, LOCAL_PREF 0 (RFC 9494 section 4.6)
 *   to an external peer   own AS put in front of AS_PATH (RFC 4271 section 5.1.2); MULTI_EXIT_DISC,
 *                         LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST and non-transitive extended
 *                         communities (RFC 4360 section 6) dropped
 *   two-octet AS numbers  AS_PATH and AGGREGATOR narrowed, AS4_ ones added (RFC 6793 section 4.2.2)
 *
 * All else is copied: order, flags, unknown attributes. The next hop is never touched: it names the
 * VTEP, which a reflector or border is not (RFC 8365 section 5.1.3, RFC 7432 section 11).
 */
import { ATTRIBUTE, attributeValueLength, FLAG } from "../wire/attribute/attribute-type.ts";
import { readU16, readU32, writeU16, writeU32 } from "../wire/octets.ts";
import { AS_TRANS, narrowAsPath, needsAs4Path, prependAs, writeAs4Path } from "./as-path.ts";
import {
  type AttributeTable,
  DEFAULT_LOCAL_PREFERENCE,
  FACT,
  NO_EXPORT,
} from "./attribute-table.ts";
import {
  attributeEnd,
  closeAttribute,
  findAttribute,
  LONG_HEADER,
  valueOffset,
} from "./attribute-walk.ts";
import { copyBytes } from "./byte-spans.ts";
import type { ExportPolicy } from "./export-policy.ts";
import type { Source } from "./peer-table.ts";

const SCRATCH_LENGTH = 0x40000;
const EXTENDED_COMMUNITY = 8;
/** Bit of an extended community's type that says non-transitive (RFC 4360 section 2). */
const NON_TRANSITIVE = 0x40;
const AFTER_ALL_TYPES = 256;

const DROPPED_TO_EXTERNAL: ReadonlySet<number> = new Set([
  ATTRIBUTE.MULTI_EXIT_DISC,
  ATTRIBUTE.LOCAL_PREF,
  ATTRIBUTE.ORIGINATOR_ID,
  ATTRIBUTE.CLUSTER_LIST,
]);

/** An attribute that the set lacks and the peers must get. */
interface Addition {
  readonly type: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

/** Writes the attributes for a group into one reused array. */
export class ExportAttributes {
  /** Holds the attributes that were written last. */
  readonly bytes: Uint8Array = new Uint8Array(SCRATCH_LENGTH);
  readonly #path = new Uint8Array(SCRATCH_LENGTH);
  readonly #table: AttributeTable;
  readonly #asn: number;
  readonly #clusterId: Uint8Array;
  /** Added to every set that is reflected for the first time, so made once; the first is written to each time. */
  readonly #originator: Addition = {
    type: ATTRIBUTE.ORIGINATOR_ID,
    flags: FLAG.OPTIONAL,
    value: u32Bytes(0),
  };
  readonly #cluster: Addition;

  constructor(table: AttributeTable, asn: number, clusterId: number) {
    this.#table = table;
    this.#asn = asn;
    this.#clusterId = u32Bytes(clusterId);
    const value = this.#clusterId;
    this.#cluster = { type: ATTRIBUTE.CLUSTER_LIST, flags: FLAG.OPTIONAL, value };
  }

  /** Writes set `id`, learned from `source`, for peers with this policy; returns the length. */
  write(id: number, source: Source, policy: ExportPolicy): number {
    const bytes = this.#table.sets.bytes(id);
    const start = this.#table.attributesOffset(id);
    const end = start + this.#table.attributesLength(id);
    const reflects = isReflected(source, policy);
    const lowers = policy.staleRoutes === "lowered" && this.#table.has(id, FACT.LLGR_STALE);
    const addsNoExport = lowers && !this.#table.has(id, FACT.NO_EXPORT);
    const localPreference = lowers ? 0 : DEFAULT_LOCAL_PREFERENCE;
    const additions = this.#additions(bytes, start, end, source, policy, localPreference);
    let written = 0;
    let added = 0;
    for (let at = start; at < end; at = attributeEnd(bytes, at)) {
      // Additions go where they keep an ascending order ascending (RFC 4271 section 5).
      for (; typeOf(additions, added) < (bytes[at + 1] ?? 0); added++) {
        written = this.#add(additions[added], written);
      }
      const type = bytes[at + 1];
      if (lowers && type === ATTRIBUTE.LOCAL_PREF) continue;
      written =
        addsNoExport && type === ATTRIBUTE.COMMUNITIES
          ? this.#writeNoExport(bytes, at, written)
          : this.#writeOne(bytes, at, policy, reflects, written);
    }
    for (; added < additions.length; added++) written = this.#add(additions[added], written);
    return written;
  }

  /** What has to be added, by ascending type. */
  #additions(
    bytes: Uint8Array,
    start: number,
    end: number,
    source: Source,
    policy: ExportPolicy,
    localPreference: number,
  ): Addition[] {
    const additions: Addition[] = [];
    const isAbsent = findAttribute(bytes, start, end, ATTRIBUTE.LOCAL_PREF) < 0;
    if (policy.kind === "ibgp" && (isAbsent || localPreference === 0)) {
      const value = u32Bytes(localPreference);
      additions.push({ type: ATTRIBUTE.LOCAL_PREF, flags: FLAG.TRANSITIVE, value });
    }
    if (isReflected(source, policy)) {
      if (findAttribute(bytes, start, end, ATTRIBUTE.ORIGINATOR_ID) < 0) {
        writeU32(this.#originator.value, 0, source.routerId);
        additions.push(this.#originator);
      }
      if (findAttribute(bytes, start, end, ATTRIBUTE.CLUSTER_LIST) < 0) {
        additions.push(this.#cluster);
      }
    }
    if (!policy.fourOctetAs) this.#addAs4(bytes, start, end, policy, additions);
    return additions;
  }

  #addAs4(
    bytes: Uint8Array,
    start: number,
    end: number,
    policy: ExportPolicy,
    additions: Addition[],
  ): void {
    const flags = FLAG.OPTIONAL | FLAG.TRANSITIVE;
    const path = findAttribute(bytes, start, end, ATTRIBUTE.AS_PATH);
    if (path >= 0) {
      const length = this.#outgoingPath(bytes, path, policy);
      if (needsAs4Path(this.#path, 0, length)) {
        const value = new Uint8Array(length);
        const used = writeAs4Path(this.#path, 0, length, value, 0);
        additions.push({ type: ATTRIBUTE.AS4_PATH, flags, value: value.subarray(0, used) });
      }
    }
    const aggregator = findAttribute(bytes, start, end, ATTRIBUTE.AGGREGATOR);
    if (aggregator < 0) return;
    const at = valueOffset(bytes, aggregator);
    if (readU16(bytes, at) === 0) return;
    additions.push({ type: ATTRIBUTE.AS4_AGGREGATOR, flags, value: bytes.slice(at, at + 8) });
  }

  /** Writes the AS path that the peers get into `#path`, with four-octet numbers. */
  #outgoingPath(bytes: Uint8Array, at: number, policy: ExportPolicy): number {
    const value = valueOffset(bytes, at);
    const length = attributeValueLength(bytes, at);
    return policy.kind === "ebgp"
      ? prependAs(bytes, value, length, this.#asn, this.#path, 0)
      : copyBytes(bytes, value, length, this.#path, 0);
  }

  #add(addition: Addition | undefined, out: number): number {
    if (addition === undefined) return out;
    const { flags, type, value } = addition;
    const end = copyBytes(value, 0, value.length, this.bytes, out + LONG_HEADER);
    return closeAttribute(this.bytes, out, flags, type, end);
  }

  #writeOne(
    bytes: Uint8Array,
    at: number,
    policy: ExportPolicy,
    reflects: boolean,
    out: number,
  ): number {
    const type = bytes[at + 1] ?? 0;
    const external = policy.kind === "ebgp";
    if (external && DROPPED_TO_EXTERNAL.has(type)) return out;
    if (type === ATTRIBUTE.AS_PATH && (external || !policy.fourOctetAs)) {
      return this.#writePath(bytes, at, policy, out);
    }
    if (type === ATTRIBUTE.AGGREGATOR && !policy.fourOctetAs) {
      return this.#writeNarrowAggregator(bytes, at, out);
    }
    if (type === ATTRIBUTE.EXTENDED_COMMUNITIES && external) {
      return this.#writeTransitiveCommunities(bytes, at, out);
    }
    if (type === ATTRIBUTE.CLUSTER_LIST && reflects) {
      return this.#writeClusterList(bytes, at, out);
    }
    return copyBytes(bytes, at, attributeEnd(bytes, at) - at, this.bytes, out);
  }

  #writeNoExport(bytes: Uint8Array, at: number, out: number): number {
    const length = attributeValueLength(bytes, at);
    const value = out + LONG_HEADER;
    const end = copyBytes(bytes, valueOffset(bytes, at), length, this.bytes, value);
    writeU32(this.bytes, end, NO_EXPORT);
    return this.#close(bytes, at, out, end + 4);
  }

  #writePath(bytes: Uint8Array, at: number, policy: ExportPolicy, out: number): number {
    const length = this.#outgoingPath(bytes, at, policy);
    const value = out + LONG_HEADER;
    const end = policy.fourOctetAs
      ? copyBytes(this.#path, 0, length, this.bytes, value)
      : narrowAsPath(this.#path, 0, length, this.bytes, value);
    return this.#close(bytes, at, out, end);
  }

  #writeNarrowAggregator(bytes: Uint8Array, at: number, out: number): number {
    const from = valueOffset(bytes, at);
    const value = out + LONG_HEADER;
    const asn = readU32(bytes, from);
    writeU16(this.bytes, value, asn > 0xffff ? AS_TRANS : asn);
    return this.#close(bytes, at, out, copyBytes(bytes, from + 4, 4, this.bytes, value + 2));
  }

  #writeTransitiveCommunities(bytes: Uint8Array, at: number, out: number): number {
    const from = valueOffset(bytes, at);
    const end = from + attributeValueLength(bytes, at);
    let to = out + LONG_HEADER;
    for (let community = from; community < end; community += EXTENDED_COMMUNITY) {
      if (((bytes[community] ?? 0) & NON_TRANSITIVE) !== 0) continue;
      to = copyBytes(bytes, community, EXTENDED_COMMUNITY, this.bytes, to);
    }
    return to === out + LONG_HEADER ? out : this.#close(bytes, at, out, to);
  }

  #writeClusterList(bytes: Uint8Array, at: number, out: number): number {
    const from = valueOffset(bytes, at);
    const value = copyBytes(this.#clusterId, 0, 4, this.bytes, out + LONG_HEADER);
    const end = copyBytes(bytes, from, attributeValueLength(bytes, at), this.bytes, value);
    return this.#close(bytes, at, out, end);
  }

  /** Puts the header of the attribute at `at` before a value that ends at `end`; returns its end. */
  #close(bytes: Uint8Array, at: number, out: number, end: number): number {
    return closeAttribute(this.bytes, out, bytes[at] ?? 0, bytes[at + 1] ?? 0, end);
  }
}

/** A route of an internal peer that goes to an internal peer. */
function isReflected(source: Source, policy: ExportPolicy): boolean {
  return policy.kind === "ibgp" && (source.class === "client" || source.class === "non-client");
}

function typeOf(additions: readonly Addition[], index: number): number {
  return additions[index]?.type ?? AFTER_ALL_TYPES;
}
