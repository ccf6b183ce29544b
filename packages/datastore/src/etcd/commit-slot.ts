/**
 * How a commit whose answer was lost is settled. Every commit also compares and rewrites a key of its own, its slot.
 * Without an answer, the slot is rewritten under the same comparison: where that succeeds the commit can no longer
 * happen, however late the server gets to it; where it fails, the slot shows whether the commit was the one.
 *
 * A slot serves one commit at a time. Slots are made as needed and used again; those that nobody has used for a long
 * time are removed by a compaction.
 */
import { randomUUID } from "node:crypto";

export interface CommitSlot {
  /** Key of the slot, below the prefix of all slots. */
  readonly key: string;
  /** Of its present value; 0 before the first. */
  modRevision: number;
}

/** Milliseconds without use after which a slot is removed: far longer than any server may sit on a commit. */
export const SLOT_LIFETIME = 3_600_000;

/** What a slot holds: whether it was written with a commit or in the place of one, and when. */
export interface SlotValue {
  readonly kind: "commit" | "void";
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** "commit 1763890000000" */
export function formatSlot({ kind, time }: SlotValue): string {
  return `${kind} ${time}`;
}

/** The value of a slot; undefined when the text is none. */
export function parseSlot(text: string): SlotValue | undefined {
  const found = /^(commit|void) (\d+)$/.exec(text);
  if (found === null) return undefined;
  const [, word, time] = found;
  return { kind: word === "void" ? "void" : "commit", time: Number(time) };
}

export class CommitSlots {
  readonly #store: string = randomUUID();
  readonly #free: CommitSlot[] = [];
  #made = 0;

  /** A slot that nobody else uses. */
  take(): CommitSlot {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    this.#made += 1;
    return { key: `${this.#store}/${this.#made}`, modRevision: 0 };
  }

  /** Gives a slot back whose present modRevision is known; any other must be forgotten. */
  give(slot: CommitSlot): void {
    this.#free.push(slot);
  }
}
