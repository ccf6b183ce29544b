/** What is fuzzed: for each target what must hold of any input, and inputs by its grammar. */

import { message, nlri, open, stream, update } from "./codec-targets.ts";
import { evpnRoutes, openBody, updateBody } from "./grammar.ts";
import type { Random } from "./random.ts";
import { rib } from "./rib-target.ts";

export const TARGETS = ["update", "open", "message", "stream", "nlri", "rib"] as const;

export type TargetName = (typeof TARGETS)[number];

/** One thing to fuzz. */
export interface Target {
  /** Throws when the input shows a defect. */
  readonly check: (input: Uint8Array) => void;
  readonly generate: (random: Random) => readonly number[];
}

const MARKER = new Array<number>(16).fill(255);

const framedMessage = (random: Random): number[] => {
  const type = random.pick([2, 2, 1, 4, 5, 3]);
  const bodies: Readonly<Record<number, () => number[]>> = {
    1: () => openBody(random),
    2: () => updateBody(random),
    3: () => [6, random.below(11), ...random.octets(random.below(4))],
    5: () => [0, 25, random.below(4), 70],
  };
  const body = bodies[type]?.() ?? [];
  const length = 19 + body.length + (random.oneIn(30) ? 1 : 0);
  return [...MARKER, length >>> 8, length & 255, type, ...body];
};

const program = (random: Random): number[] =>
  random
    .several(1, 12, () => {
      const step = random.below(256);
      if ((step & 7) >= 4) return random.oneIn(2) ? [step] : [7 | (step & 0xe0)];
      const body = updateBody(random);
      return [step, body.length >>> 8, body.length & 255, ...body];
    })
    .flat();

export const TARGET: Readonly<Record<TargetName, Target>> = {
  update: {
    check: update,
    generate: (random) => [random.oneIn(2) ? 0 : random.below(32), ...updateBody(random)],
  },
  open: { check: open, generate: openBody },
  message: { check: message, generate: (random) => framedMessage(random).slice(18) },
  stream: {
    check: stream,
    generate: (random) => [
      random.below(32),
      random.below(256),
      ...random.several(1, 4, () => framedMessage(random)).flat(),
    ],
  },
  nlri: { check: nlri, generate: (random) => [random.below(2), ...evpnRoutes(random)] },
  rib: { check: rib, generate: program },
};
