/** Changes to octets that know nothing of what they mean. */

import type { Random } from "./random.ts";

const MAX_LENGTH = 4000;

/** A copy with one to four things changed; `other` is where octets are taken from. */
export function mutate(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  let octets = Array.from(input);
  for (let left = 1 + random.below(4); left > 0; left--) octets = changed(random, octets, other);
  return Uint8Array.from(octets.slice(0, MAX_LENGTH));
}

function changed(random: Random, octets: number[], other: Uint8Array): number[] {
  const at = random.below(octets.length + 1);
  const count = 1 + random.below(random.pick([1, 4, 40]));
  const value = octets[at] ?? 0;
  switch (random.below(7)) {
    case 0:
      return replaced(octets, at, random.below(256));
    case 1:
      return replaced(octets, at, (value + random.pick([1, 255, 8, 248])) & 0xff);
    case 2:
      return replaced(octets, at, value ^ (1 << random.below(8)));
    case 3:
      return octets.toSpliced(at, count);
    case 4:
      return octets.toSpliced(at, 0, ...random.octets(count));
    case 5:
      return octets.toSpliced(at, 0, ...octets.slice(at, at + count));
    default: {
      const from = random.below(other.length + 1);
      return octets.toSpliced(at, random.pick([0, count]), ...other.slice(from, from + count));
    }
  }
}

function replaced(octets: number[], at: number, value: number): number[] {
  return at < octets.length ? octets.with(at, value) : octets;
}
