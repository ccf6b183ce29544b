/**
 * The table of all paths and the best of each prefix: announce, replace, withdraw.
 *
 * Adj-RIB-In and Loc-RIB in one: a path is kept once, with its peer. Whoever is told of routes
 * (update groups, VRFs) learns from the queue of changes which prefixes to look at again.
 *
 * RFC 4271 sections 3.2 and 9.1, RFC 4724 section 4.2, RFC 9494 section 4.2.
 */
import { type AttributeTable, FACT } from "./attribute-table.ts";
import { startsWith } from "./byte-spans.ts";
import { ChangeQueue } from "./change-queue.ts";
import { type DecisionTables, selectBest } from "./decision.ts";
import { LongLivedAttributes } from "./long-lived-attributes.ts";
import type { NlriBatch } from "./nlri-batch.ts";
import { PATH_REFUSED, PathTable } from "./path-table.ts";
import type { PeerTable, Source } from "./peer-table.ts";
import { type Judgement, UNJUDGED } from "./policy-judge.ts";
import { PrefixTable } from "./prefix-table.ts";
import { Refusals } from "./refusals.ts";

/** Of a path, in its octet; then they start again. */
const LAST_GENERATION = 0xff;

/** Prefixes, paths, and which path is best. */
export class LocRib implements DecisionTables {
  readonly paths: PathTable = new PathTable();
  readonly prefixes: PrefixTable = new PrefixTable(this.paths);
  readonly attributes: AttributeTable;
  readonly peers: PeerTable;
  /** Why policies have refused paths. */
  readonly refusals: Refusals = new Refusals();
  /** Prefixes whose best path is another one, or changed in content. */
  readonly changes: ChangeQueue = new ChangeQueue(this.prefixes.queued);
  /** Counts the changes of best paths, as FRR's table version does. */
  version = 0;
  readonly #longLived: LongLivedAttributes;
  readonly #candidates: number[] = [];

  constructor(attributes: AttributeTable, peers: PeerTable) {
    this.attributes = attributes;
    this.peers = peers;
    this.#longLived = new LongLivedAttributes(attributes);
  }

  /**
   * Takes a route of `source`, number `i` of a batch. An identical route changes nothing, nor does one that makes no
   * key. `judged` is what a policy has made of it.
   */
  announce(
    source: Source,
    batch: NlriBatch,
    i: number,
    attributes: number,
    flags: number,
    judged: Judgement = UNJUDGED,
  ): void {
    if (batch.hasKey[i] === 0) return;
    const { bytes } = batch;
    const offset = batch.offset[i] ?? 0;
    const length = batch.length[i] ?? 0;
    const prefix = this.prefixes.find(batch, i);
    const known = prefix === 0 ? 0 : this.#pathOf(prefix, source.id);
    if (known === 0) {
      const row = prefix || this.prefixes.add(batch, i);
      this.#add(source, row, bytes, offset, length, attributes, flags, judged);
    } else {
      this.#freshen(source, known);
      if (
        this.#isSame(known, bytes, offset, length) &&
        this.#isJudgedSo(known, attributes, judged)
      ) {
        source.duplicates++;
        return;
      }
      this.#replace(known, bytes, offset, length, attributes, flags, judged);
    }
  }

  /** Drops the route of `source` for an NLRI of a batch, if there is one. */
  withdraw(source: Source, batch: NlriBatch, i: number): void {
    if (batch.hasKey[i] === 0) return;
    const prefix = this.prefixes.find(batch, i);
    if (prefix === 0) return;
    const path = this.#pathOf(prefix, source.id);
    if (path !== 0) this.#remove(path);
  }

  /** Drops up to `limit` paths of a source. */
  dropPaths(source: Source, limit: number): void {
    for (let n = 0; n < limit && source.firstPath !== 0; n++) this.#remove(source.firstPath);
  }

  /** Makes all paths of a source stale; those that are announced again are not. */
  markStale(source: Source): void {
    // The paths that a sweep or an ageing has not reached must not be confused with those that are stale from now on.
    this.sweepStale(source, Number.POSITIVE_INFINITY);
    this.ageStale(source, Number.POSITIVE_INFINITY);
    if (source.generation === LAST_GENERATION) this.#restartGenerations(source);
    source.generation++;
    source.stalePaths = source.paths;
  }

  /** Starts to drop the stale paths of a source, or only its own of them; `sweepStale` does the work. */
  startSweep(source: Source, which: "stale" | "own"): void {
    source.sweep = source.firstPath;
    source.sweepsOwn = which === "own";
  }

  /** Looks at up to `limit` paths of a source and drops those that the sweep is for. */
  sweepStale(source: Source, limit: number): void {
    for (let n = 0; n < limit && source.sweep !== 0 && source.stalePaths > 0; n++) {
      const path = source.sweep;
      source.sweep = this.paths.nextOfPeer.get(path);
      if (!this.isStale(path)) continue;
      if (!source.sweepsOwn || this.#isOwn(source, path)) this.#remove(path);
    }
    // A peer that begins and ends refreshes in a row must not have its table walked for nothing each time.
    if (source.stalePaths === 0) source.sweep = 0;
  }

  /** Starts to make the stale paths of a source long-lived stale; `ageStale` does the work. */
  startAgeing(source: Source): void {
    source.ageing = source.firstPath;
  }

  /** Looks at up to `limit` paths of a source and makes the stale ones long-lived stale, or drops them (NO_LLGR). */
  ageStale(source: Source, limit: number): void {
    for (let n = 0; n < limit && source.ageing !== 0; n++) {
      const path = source.ageing;
      source.ageing = this.paths.nextOfPeer.get(path);
      if (this.isStale(path)) this.#age(path);
    }
  }

  /** Whether the path has not been announced since its source's paths became stale. */
  isStale(path: number): boolean {
    const source = this.peers.get(this.paths.peer.get(path));
    return this.paths.generation.get(path) !== source.generation;
  }

  /** Whether a policy keeps the path from being used. */
  isRefused(path: number): boolean {
    return (this.paths.flags.get(path) & PATH_REFUSED) !== 0;
  }

  /** The attribute set with which the path came, whatever a policy made of it. */
  receivedSet(path: number): number {
    return this.paths.received.get(path) || this.paths.attributes.get(path);
  }

  /** Starts to look again at the paths of a source; `nextToReview` gives them. */
  startReview(source: Source): void {
    source.review = source.firstPath;
  }

  /** The next path of a review, 0 at its end. */
  nextToReview(source: Source): number {
    const path = source.review;
    if (path !== 0) source.review = this.paths.nextOfPeer.get(path);
    return path;
  }

  /** Puts what a policy makes of a path now in the place of what it made of it before. */
  rejudge(path: number, judged: Judgement): void {
    const { paths } = this;
    const received = this.receivedSet(path);
    if (this.#isJudgedSo(path, received, judged)) return;
    const old = paths.attributes.get(path);
    this.attributes.retain(received);
    this.#forgetJudgement(path);
    this.attributes.release(old);
    paths.attributes.set(path, received);
    this.#apply(path, received, judged);
    this.#decide(paths.prefix.get(path), path);
  }

  /** Looks again at a prefix that was kept without paths, so that it can be freed. */
  requeueIfEmpty(prefix: number): void {
    if (this.prefixes.isLive(prefix) && this.prefixes.firstPath.get(prefix) === 0) {
      this.changes.push(prefix);
    }
  }

  /** The array that holds the NLRI of a path, from `nlriOffset` on. */
  nlriBytes(path: number): Uint8Array {
    return this.prefixes.nlris.bytes(this.paths.nlri.get(path));
  }

  nlriOffset(path: number): number {
    return this.prefixes.nlris.offset(this.paths.nlri.get(path));
  }

  /** Bytes held. */
  get memory(): number {
    return this.prefixes.memory + this.paths.memory + this.attributes.memory + this.changes.memory;
  }

  #age(path: number): void {
    const before = this.paths.attributes.get(path);
    const isUnwanted = this.attributes.has(before, FACT.NO_LLGR);
    const aged = isUnwanted ? 0 : this.#longLived.derive(before);
    const isReceivedAged = this.#ageReceived(path);
    if (aged === 0 || !isReceivedAged) {
      if (aged !== 0) this.attributes.release(aged);
      this.#remove(path);
      return;
    }
    this.paths.attributes.set(path, aged);
    this.attributes.release(before);
    if (aged !== before) this.#decide(this.paths.prefix.get(path), path);
  }

  /** Ages what a policy was asked about, to be asked about again; says whether that can be done. */
  #ageReceived(path: number): boolean {
    const before = this.paths.received.get(path);
    if (before === 0) return true;
    const aged = this.#longLived.derive(before);
    if (aged === 0) return false;
    this.paths.received.set(path, aged);
    this.attributes.release(before);
    return true;
  }

  /** Whether the source has originated the path, or is its next hop. */
  #isOwn(source: Source, path: number): boolean {
    const { attributes: table } = this;
    const set = this.receivedSet(path);
    const ownLength = source.class === "ebgp" ? 1 : 0;
    if (table.originatorId.get(set) === 0 && table.asPathLength.get(set) <= ownLength) return true;
    const { addressBytes } = source;
    return (
      table.nextHopLength(set) === addressBytes.length &&
      startsWith(table.sets.bytes(set), table.nextHopOffset(set), addressBytes)
    );
  }

  #freshen(source: Source, path: number): void {
    if (this.paths.generation.get(path) === source.generation) return;
    this.paths.generation.set(path, source.generation);
    source.stalePaths--;
  }

  /** All paths become of generation 0, whatever they were of: they are about to be stale. */
  #restartGenerations(source: Source): void {
    source.generation = 0;
    for (let path = source.firstPath; path !== 0; path = this.paths.nextOfPeer.get(path)) {
      this.paths.generation.set(path, 0);
    }
  }

  #pathOf(prefix: number, peer: number): number {
    let path = this.prefixes.firstPath.get(prefix);
    while (path !== 0 && this.paths.peer.get(path) !== peer) {
      path = this.paths.nextOfPrefix.get(path);
    }
    return path;
  }

  #isSame(path: number, bytes: Uint8Array, offset: number, length: number): boolean {
    return (
      this.paths.nlriLength.get(path) === length &&
      this.prefixes.nlris.equals(this.paths.nlri.get(path), bytes, offset, length)
    );
  }

  #add(
    source: Source,
    prefix: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    attributes: number,
    flags: number,
    judged: Judgement,
  ): void {
    const { paths, prefixes } = this;
    const path = paths.add();
    paths.prefix.set(path, prefix);
    paths.peer.set(path, source.id);
    paths.nlri.set(path, prefixes.nlris.store(bytes, offset, length));
    paths.nlriLength.set(path, length);
    paths.flags.set(path, flags);
    paths.generation.set(path, source.generation);
    paths.attributes.set(path, attributes);
    this.attributes.retain(attributes);
    if (judged !== UNJUDGED) this.#apply(path, attributes, judged);
    prefixes.dropSpare(prefix);
    paths.nextOfPrefix.set(path, prefixes.firstPath.get(prefix));
    prefixes.firstPath.set(prefix, path);
    this.#linkToSource(source, path);
    this.#decide(prefix, path);
  }

  #replace(
    path: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    attributes: number,
    flags: number,
    judged: Judgement,
  ): void {
    const { paths, prefixes } = this;
    const old = paths.attributes.get(path);
    this.attributes.retain(attributes);
    this.#forgetJudgement(path);
    this.attributes.release(old);
    paths.attributes.set(path, attributes);
    paths.flags.set(path, flags);
    if (judged !== UNJUDGED) this.#apply(path, attributes, judged);
    prefixes.nlris.release(paths.nlri.get(path), paths.nlriLength.get(path));
    paths.nlri.set(path, prefixes.nlris.store(bytes, offset, length));
    paths.nlriLength.set(path, length);
    this.#decide(paths.prefix.get(path), path);
  }

  #remove(path: number): void {
    const { paths, prefixes } = this;
    const prefix = paths.prefix.get(path);
    this.#unlinkFromPrefix(prefix, path);
    this.#unlinkFromSource(path);
    const nlri = paths.nlri.get(path);
    const length = paths.nlriLength.get(path);
    if (prefixes.firstPath.get(prefix) === 0) prefixes.keepSpare(prefix, nlri, length);
    else prefixes.nlris.release(nlri, length);
    this.#decide(prefix, 0);
    this.#forgetJudgement(path);
    this.attributes.release(paths.attributes.get(path));
    paths.remove(path);
  }

  #isJudgedSo(path: number, received: number, { attributes, refusal }: Judgement): boolean {
    const { paths } = this;
    return (
      this.receivedSet(path) === received &&
      paths.attributes.get(path) === (attributes || received) &&
      paths.refusal.get(path) === refusal
    );
  }

  /** Gives a path that holds its received attributes, and no judgement, what a policy made of it. */
  #apply(path: number, received: number, { attributes, refusal }: Judgement): void {
    const { paths } = this;
    if (attributes !== 0 && attributes !== received) {
      paths.received.set(path, received);
      paths.attributes.set(path, attributes);
      this.attributes.retain(attributes);
    }
    if (refusal === 0) return;
    paths.refusal.set(path, refusal);
    paths.flags.set(path, paths.flags.get(path) | PATH_REFUSED);
    this.peers.get(paths.peer.get(path)).countRefusal(refusal, 1);
  }

  /** Undoes `#apply`, but for the attributes in use, which the caller takes from the path before. */
  #forgetJudgement(path: number): void {
    const { paths } = this;
    const received = paths.received.get(path);
    if (received !== 0) {
      this.attributes.release(received);
      paths.received.set(path, 0);
    }
    const refusal = paths.refusal.get(path);
    if (refusal === 0) return;
    this.peers.get(paths.peer.get(path)).countRefusal(refusal, -1);
    paths.refusal.set(path, 0);
    paths.flags.set(path, paths.flags.get(path) & ~PATH_REFUSED);
  }

  /** Chooses the best path again; `changed` is a path whose content is new. */
  #decide(prefix: number, changed: number): void {
    const before = this.prefixes.bestPath.get(prefix);
    const best = this.#best(prefix);
    if (best !== before) {
      if (before !== 0) this.peers.get(this.paths.peer.get(before)).bestPaths--;
      if (best !== 0) this.peers.get(this.paths.peer.get(best)).bestPaths++;
      this.prefixes.bestPath.set(prefix, best);
    } else if (best === 0) {
      // The last of paths that were all refused: nothing is told, but the row has to be freed.
      if (this.prefixes.firstPath.get(prefix) === 0) this.changes.push(prefix);
      return;
    } else if (best !== changed) {
      return;
    }
    this.version++;
    this.changes.push(prefix);
  }

  #best(prefix: number): number {
    const first = this.prefixes.firstPath.get(prefix);
    if (first === 0) return 0;
    if (this.paths.nextOfPrefix.get(first) === 0) return this.isRefused(first) ? 0 : first;
    const candidates = this.#candidates;
    candidates.length = 0;
    for (let path = first; path !== 0; path = this.paths.nextOfPrefix.get(path)) {
      if (!this.isRefused(path)) candidates.push(path);
    }
    selectBest(this, candidates);
    return candidates[0] ?? 0;
  }

  #linkToSource(source: Source, path: number): void {
    const next = source.firstPath;
    this.paths.nextOfPeer.set(path, next);
    this.paths.previousOfPeer.set(path, 0);
    if (next !== 0) this.paths.previousOfPeer.set(next, path);
    source.firstPath = path;
    source.paths++;
  }

  #unlinkFromSource(path: number): void {
    const source = this.peers.get(this.paths.peer.get(path));
    const next = this.paths.nextOfPeer.get(path);
    const previous = this.paths.previousOfPeer.get(path);
    if (next !== 0) this.paths.previousOfPeer.set(next, previous);
    if (previous === 0) source.firstPath = next;
    else this.paths.nextOfPeer.set(previous, next);
    // A path that goes for another reason must not stop the sweep or the ageing that has reached it.
    if (source.sweep === path) source.sweep = next;
    if (source.ageing === path) source.ageing = next;
    if (source.review === path) source.review = next;
    source.paths--;
    if (this.paths.generation.get(path) !== source.generation) source.stalePaths--;
  }

  #unlinkFromPrefix(prefix: number, path: number): void {
    const next = this.paths.nextOfPrefix.get(path);
    let at = this.prefixes.firstPath.get(prefix);
    if (at === path) {
      this.prefixes.firstPath.set(prefix, next);
      return;
    }
    while (this.paths.nextOfPrefix.get(at) !== path) at = this.paths.nextOfPrefix.get(at);
    this.paths.nextOfPrefix.set(at, next);
  }
}
