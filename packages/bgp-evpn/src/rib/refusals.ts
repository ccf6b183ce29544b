/**
 * Reasons for which policies refuse routes, as numbers, so that a refused path keeps one.
 *
 * Texts come from the embedding program; were there ever more than a table can hold, the rest is one reason.
 */

const MAX_REASONS = 4096;

/** Why a route is refused whose policy threw or gave no verdict. */
export const POLICY_FAILED = "the policy failed";
/** Why a route is refused whose changed attributes would not fit a message. */
export const CHANGE_TOO_LONG = "the changed attributes are too long";
const OTHER = "another reason";

/** The reasons of a RIB; numbers start at 1. */
export class Refusals {
  readonly #numbers = new Map<string, number>([[OTHER, 1]]);
  readonly #texts: string[] = ["", OTHER];

  numberOf(reason: string): number {
    const known = this.#numbers.get(reason);
    if (known !== undefined) return known;
    if (this.#texts.length === MAX_REASONS) return this.#numbers.get(OTHER) ?? 0;
    const number = this.#texts.length;
    this.#texts.push(reason);
    this.#numbers.set(reason, number);
    return number;
  }

  /** Counts by reason, from counts by its number. */
  byText(counts: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Array.from(counts, ([number, count]) => [this.textOf(number), count]),
    );
  }

  textOf(number: number): string {
    return this.#texts[number] ?? OTHER;
  }
}
