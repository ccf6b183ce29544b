/**
 * Asks policies about routes, and turns what they say into what the table keeps: an attribute set and, for a refused
 * route, the number of the reason.
 *
 * A policy is foreign code: whatever it throws or gives is taken for a refusal and told to `onFailure`.
 */
import type { AttributeTable } from "./attribute-table.ts";
import { ChangedSets } from "./changed-sets.ts";
import type { RibPeer } from "./peer.ts";
import type { PolicyVerdict, RoutePolicy } from "./policy.ts";
import { PolicyRouteView } from "./policy-route.ts";
import { CHANGE_TOO_LONG, POLICY_FAILED, type Refusals } from "./refusals.ts";

/** What a policy made of a route. */
export interface Judgement {
  /** The set to use; 0: the one that was received. */
  readonly attributes: number;
  /** Number of the reason of a refusal; 0: accepted. */
  readonly refusal: number;
}

/** A route that no policy has seen. */
export const UNJUDGED: Judgement = { attributes: 0, refusal: 0 };

/** Told that a policy threw, or gave something that is no verdict. */
export type PolicyFailureListener = (peer: RibPeer | undefined, error: unknown) => void;

/** Judges the routes of a RIB, one at a time: the judge is the judgement. */
export class PolicyJudge implements Judgement {
  attributes = 0;
  refusal = 0;
  readonly #table: AttributeTable;
  readonly #refusals: Refusals;
  readonly #view: PolicyRouteView;
  readonly #changed: ChangedSets;
  readonly #onFailure: PolicyFailureListener;

  constructor(table: AttributeTable, refusals: Refusals, onFailure: PolicyFailureListener) {
    this.#table = table;
    this.#refusals = refusals;
    this.#view = new PolicyRouteView(table);
    this.#changed = new ChangedSets(table);
    this.#onFailure = onFailure;
  }

  /** Judges a route and stays the judgement until the next; `release` must follow. */
  judge(
    policy: RoutePolicy,
    peer: RibPeer | undefined,
    bytes: Uint8Array,
    offset: number,
    length: number,
    set: number,
  ): void {
    this.attributes = 0;
    this.refusal = 0;
    this.#view.show(peer, bytes, offset, length, set);
    try {
      this.#take(policy(this.#view), set);
    } catch (error) {
      this.refusal = this.#refusals.numberOf(POLICY_FAILED);
      this.#onFailure(peer, error);
    }
    this.#view.hide();
  }

  /** The changed set, of which the caller now holds the one reference. */
  take(): number {
    const set = this.attributes;
    this.attributes = 0;
    return set;
  }

  /** The judgement is of no use any more; whoever keeps the set has retained it. */
  release(): void {
    if (this.attributes !== 0) this.#table.release(this.attributes);
    this.attributes = 0;
  }

  #take(verdict: PolicyVerdict, set: number): void {
    if (verdict === "accept") return;
    switch (verdict.kind) {
      case "refuse":
        this.refusal = this.#refusals.numberOf(verdict.reason);
        return;
      case "change":
        this.attributes = this.#changed.intern(set, verdict);
        if (this.attributes === 0) this.refusal = this.#refusals.numberOf(CHANGE_TOO_LONG);
        return;
      default:
        verdict satisfies never;
        throw new TypeError(`${String(verdict)} is no verdict of a policy`);
    }
  }
}
