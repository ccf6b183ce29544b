/** A bounded share of what `npm run fuzz -w @selvedge/bgp-evpn` does without end, with another seed each time. */

import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { Fuzzer } from "./fuzzer.ts";
import { TARGET, TARGETS } from "./targets.ts";

const INPUTS = 6000;
const seed = randomInt(2 ** 32);

test("nothing in the corpus is mishandled", () => {
  const fuzzer = new Fuzzer(seed);
  const inputs = fuzzer.corpus();
  expect(inputs.length).toBeGreaterThan(TARGETS.length);
  for (const input of inputs) fuzzer.check(input);
});

test(`${INPUTS} new inputs are handled as they should be (seed ${seed})`, () => {
  const fuzzer = new Fuzzer(seed);
  for (let count = 0; count < INPUTS; count++) fuzzer.check(fuzzer.next());
});

test("a seed determines the inputs", () => {
  const [one, other] = [new Fuzzer(seed), new Fuzzer(seed)];
  for (let count = 0; count < 50; count++) expect(one.next()).toEqual(other.next());
});

test("a defect is reported with the target, the seed and the input", () => {
  const check = (): void => {
    throw new Error("a defect");
  };
  const fuzzer = new Fuzzer(7, { ...TARGET, nlri: { ...TARGET.nlri, check } });
  const input = { target: "nlri", input: Uint8Array.of(1, 255) } as const;
  expect(() => fuzzer.check(input)).toThrow("a defect\ntarget nlri, seed 7, input 01ff");
});
