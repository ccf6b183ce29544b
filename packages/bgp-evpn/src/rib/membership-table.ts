/**
 * Table of route target memberships: what each peer wants (Adj-RIB-In of the family), and which path of a membership is
 * the best.
 *
 * There are some thousands of memberships at most, so this is a table of objects. A path is a row with a peer and
 * attributes, so that the decision process is the one of the routes.
 *
 * RFC 4684 section 3, RFC 4271 section 9.1, RFC 4724 section 4.2 (stale paths).
 */
import { hex } from "../wire/hex.ts";
import { MAX_MEMBERSHIP_LENGTH, membershipKey } from "../wire/route-target-membership.ts";
import type { AttributeTable } from "./attribute-table.ts";
import { type DecisionTables, selectBest } from "./decision.ts";
import { MembershipFilter } from "./membership-filter.ts";
import { PathTable } from "./path-table.ts";
import type { PeerTable, Source } from "./peer-table.ts";

/** A membership by the octets of its NLRI, and who has announced it. */
export interface Membership {
  readonly nlri: Uint8Array;
  /** Rows of `MembershipTable.paths`. */
  readonly paths: readonly number[];
  /** The best of them. */
  readonly best: number;
}

interface Entry extends Membership {
  readonly paths: number[];
  best: number;
}

interface PeerMemberships {
  /** Paths of an earlier generation are stale, left by a session before this one. Modulo 256. */
  generation: number;
  readonly filter: MembershipFilter;
  /** Row by the key of the membership. */
  readonly rows: Map<string, number>;
}

/** The memberships of all peers and the own ones. */
export class MembershipTable implements DecisionTables {
  readonly paths: PathTable = new PathTable();
  readonly attributes: AttributeTable;
  readonly peers: PeerTable;
  readonly #onChange: (key: string) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #bySource = new Map<number, PeerMemberships>();
  readonly #key = new Uint8Array(MAX_MEMBERSHIP_LENGTH);

  /** `onChange`: the paths of a membership are others, or have other attributes. */
  constructor(attributes: AttributeTable, peers: PeerTable, onChange: (key: string) => void) {
    this.attributes = attributes;
    this.peers = peers;
    this.#onChange = onChange;
  }

  /** Takes a membership of `source`; `attributes` is retained for it. True when it is a new one of that source. */
  announce(source: Source, bytes: Uint8Array, offset: number, attributes: number): boolean {
    const length = membershipKey(bytes, offset, this.#key);
    if (length === 0) return false;
    const nlri = this.#key.slice(0, length);
    const key = hex(nlri);
    const own = this.#own(source.id);
    const known = own.rows.get(key);
    if (known !== undefined) {
      this.paths.generation.set(known, own.generation);
      this.#replace(key, known, attributes);
      return false;
    }
    const row = this.paths.add();
    this.paths.peer.set(row, source.id);
    this.paths.attributes.set(row, attributes);
    this.paths.generation.set(row, own.generation);
    this.attributes.retain(attributes);
    own.rows.set(key, row);
    own.filter.add(nlri);
    const entry = this.#entries.get(key) ?? { nlri, paths: [], best: 0 };
    this.#entries.set(key, entry);
    entry.paths.push(row);
    this.#decide(key, entry);
    return true;
  }

  /** Drops a membership of `source`; false when there is none. */
  withdraw(source: Source, bytes: Uint8Array, offset: number): boolean {
    const length = membershipKey(bytes, offset, this.#key);
    return length > 0 && this.#remove(source.id, hex(this.#key.subarray(0, length)));
  }

  /** Makes all memberships of a source stale; those that were stale before go (RFC 4724 section 4.2). */
  markStale(source: Source): void {
    this.sweep(source);
    const own = this.#own(source.id);
    own.generation = (own.generation + 1) & 0xff;
  }

  /** Drops the stale memberships of a source; true when there were any. */
  sweep(source: Source): boolean {
    let changed = false;
    for (const [key, row] of this.#bySource.get(source.id)?.rows ?? []) {
      if (this.isStale(row)) changed = this.#remove(source.id, key) || changed;
    }
    return changed;
  }

  /** Whether a path has not been announced since its source's became stale. */
  isStale(path: number): boolean {
    const own = this.#own(this.paths.peer.get(path));
    return this.paths.generation.get(path) !== own.generation;
  }

  /** Drops all memberships of a source, and its filter. */
  forget(source: Source): void {
    const keys = [...(this.#bySource.get(source.id)?.rows.keys() ?? [])];
    for (const key of keys) this.#remove(source.id, key);
    this.#bySource.delete(source.id);
  }

  /** What a source wants; the same object as long as the source is not forgotten. */
  filterOf(source: number): MembershipFilter {
    return this.#own(source).filter;
  }

  /** How many memberships a source has announced. */
  countOf(source: number): number {
    return this.#bySource.get(source)?.rows.size ?? 0;
  }

  get(key: string): Membership | undefined {
    return this.#entries.get(key);
  }

  /** All memberships by key. */
  entries(): IterableIterator<[string, Membership]> {
    return this.#entries.entries();
  }

  /** The best of some paths; 0 when there is none. */
  bestOf(paths: readonly number[]): number {
    const candidates = [...paths];
    selectBest(this, candidates);
    return candidates[0] ?? 0;
  }

  /** Paths in the table. */
  get size(): number {
    return this.paths.size;
  }

  #own(source: number): PeerMemberships {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const own = { generation: 0, filter: new MembershipFilter(), rows: new Map<string, number>() };
    this.#bySource.set(source, own);
    return own;
  }

  #replace(key: string, row: number, attributes: number): void {
    const before = this.paths.attributes.get(row);
    const entry = this.#entries.get(key);
    if (before === attributes || entry === undefined) return;
    this.attributes.retain(attributes);
    this.paths.attributes.set(row, attributes);
    this.attributes.release(before);
    this.#decide(key, entry);
  }

  #remove(source: number, key: string): boolean {
    const own = this.#bySource.get(source);
    const row = own?.rows.get(key);
    const entry = this.#entries.get(key);
    if (own === undefined || row === undefined || entry === undefined) return false;
    own.rows.delete(key);
    own.filter.remove(entry.nlri);
    entry.paths.splice(entry.paths.indexOf(row), 1);
    this.attributes.release(this.paths.attributes.get(row));
    this.paths.remove(row);
    if (entry.paths.length === 0) this.#entries.delete(key);
    this.#decide(key, entry);
    return true;
  }

  #decide(key: string, entry: Entry): void {
    entry.best = this.bestOf(entry.paths);
    this.#onChange(key);
  }
}
