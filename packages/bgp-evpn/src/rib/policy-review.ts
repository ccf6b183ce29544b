/**
 * Review: asks import policies again about the paths of the table, in slices, because a policy is another one or says
 * something else than before.
 *
 * What a peer sent is kept beside what a policy made of it, so nothing has to be asked of the peer (RFC 2918 would be
 * the other way).
 */
import type { LocRib } from "./loc-rib.ts";
import type { Source } from "./peer-table.ts";
import { type PolicyJudge, UNJUDGED } from "./policy-judge.ts";

/** The reviews that go on. */
export class PolicyReview {
  readonly #rib: LocRib;
  readonly #judge: PolicyJudge;
  readonly #sources = new Set<Source>();

  constructor(rib: LocRib, judge: PolicyJudge) {
    this.#rib = rib;
    this.#judge = judge;
  }

  /** Looks at all paths of a source, from the first on also when a review of it goes on. */
  start(source: Source): void {
    this.#rib.startReview(source);
    if (source.review !== 0) this.#sources.add(source);
  }

  /** Looks at all paths of a source that has a policy: it may say otherwise than before. */
  startIfJudged(source: Source): void {
    if (source.session?.importPolicy !== undefined) this.start(source);
  }

  /** The source is gone. */
  stop(source: Source): void {
    source.review = 0;
    this.#sources.delete(source);
  }

  /** Whether paths wait. */
  get isOpen(): boolean {
    return this.#sources.size > 0;
  }

  /** Judges up to `limit` paths. */
  work(limit: number): void {
    let left = limit;
    for (const source of this.#sources) {
      while (left > 0 && source.review !== 0) {
        this.#look(source, this.#rib.nextToReview(source));
        left--;
      }
      if (source.review !== 0) return;
      this.#sources.delete(source);
    }
  }

  #look(source: Source, path: number): void {
    const { paths, prefixes } = this.#rib;
    const policy = source.session?.importPolicy;
    if (policy === undefined) {
      this.#rib.rejudge(path, UNJUDGED);
      return;
    }
    const nlri = paths.nlri.get(path);
    const bytes = prefixes.nlris.bytes(nlri);
    const offset = prefixes.nlris.offset(nlri);
    const length = paths.nlriLength.get(path);
    const received = this.#rib.receivedSet(path);
    this.#judge.judge(policy, source.session, bytes, offset, length, received);
    this.#rib.rejudge(path, this.#judge);
    this.#judge.release();
  }
}
