/** Makes inputs, by the grammar or by changing what is in the corpus, and gives them to their targets. */

import { hex } from "../../src/wire/hex.ts";
import { keptInputs, vectorInputs } from "./corpus.ts";
import { mutate } from "./mutation.ts";
import { Random } from "./random.ts";
import { TARGET, TARGETS, type Target, type TargetName } from "./targets.ts";

/** One input and whom it is for. */
export interface FuzzInput {
  readonly target: TargetName;
  readonly input: Uint8Array;
}

export class Fuzzer {
  readonly #random: Random;
  readonly #seed: number;
  readonly #targets: Readonly<Record<TargetName, Target>>;
  readonly #corpus: Readonly<Record<TargetName, Uint8Array[]>>;

  constructor(seed: number, targets: Readonly<Record<TargetName, Target>> = TARGET) {
    this.#seed = seed;
    this.#targets = targets;
    this.#random = new Random(seed);
    const inputs = (target: TargetName) => [...keptInputs(target), ...vectorInputs(target)];
    this.#corpus = {
      update: inputs("update"),
      open: inputs("open"),
      message: inputs("message"),
      stream: inputs("stream"),
      nlri: inputs("nlri"),
      rib: inputs("rib"),
    };
  }

  /** Everything that is in the corpus. */
  corpus(): FuzzInput[] {
    return TARGETS.flatMap((target) => this.#corpus[target].map((input) => ({ target, input })));
  }

  /** A new input; `add` it when it was worth keeping. */
  next(): FuzzInput {
    const random = this.#random;
    const target = random.pick(TARGETS);
    const corpus = this.#corpus[target];
    if (corpus.length === 0 || random.oneIn(3)) {
      return { target, input: Uint8Array.from(this.#targets[target].generate(random)) };
    }
    return { target, input: mutate(random, random.pick(corpus), random.pick(corpus)) };
  }

  add({ target, input }: FuzzInput): void {
    this.#corpus[target].push(input);
  }

  /** Throws an error that names target, input and seed. */
  check({ target, input }: FuzzInput): void {
    try {
      this.#targets[target].check(input);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const what = `target ${target}, seed ${this.#seed}, input ${hex(input)}`;
      throw new Error(`${text}\n${what}`, { cause });
    }
  }
}
