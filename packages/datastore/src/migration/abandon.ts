/**
 * Takes back a migration that was interrupted: the source takes writes again, the target is emptied. The target's mark
 * is changed first, so that no run can complete it any more; only then may the source be let go on. May be killed and
 * run again. What is complete is not taken back: the target has taken writes since.
 */
import type { Store, Write } from "../store.ts";
import { allEntries, HistoryLost } from "./copy.ts";
import { type MarkOf, markIs, putMark, REMOVE_MARK, type ReadMark, readMark } from "./mark.ts";
import type { Side } from "./migrate.ts";
import { MigrationError } from "./migration-error.ts";

const PART = 1000;

export interface Abandoned {
  /** Keys that were removed from the target. */
  readonly removed: number;
  /** Had the source stopped taking writes? */
  readonly wasMoved: boolean;
}

/** @throws MigrationError, StoreError: then it may be run again */
export async function abandonMigration(source: Side, target: Side): Promise<Abandoned> {
  const to = await readMark(target.store, target.location);
  const from = await readMark(source.store, source.location);
  const mark = requireUnfinished(source, target, from, to);
  const { id, from: origin, isOurs } = mark;
  const fence = { kind: "abandoned", id, from: origin, isOurs } as const;
  const fenced = await replaceMark(target.store, to, putMark(fence));
  const wasMoved = from.mark?.kind === "moved";
  // Read again: a run may have marked it before the fence was there, and cannot any more.
  await letGo(source, id);
  const removed = isOurs ? await empty(target.store, fenced) : 0;
  await replaceMark(target.store, fenced, REMOVE_MARK);
  return { removed, wasMoved };
}

function requireUnfinished(
  source: Side,
  target: Side,
  { mark: from }: ReadMark,
  { mark: to }: ReadMark,
): MarkOf<"filling" | "abandoned"> {
  const refuse = (reason: string) => new MigrationError("not-abandonable", reason);
  if (to?.kind === "filled") {
    throw refuse(
      `the migration to ${target.location} is complete, and it takes the writes since; to go back, migrate from it to a new place`,
    );
  }
  if (to?.kind !== "filling" && to?.kind !== "abandoned") {
    throw refuse(
      `no migration to ${target.location} has been interrupted; there is nothing to take back`,
    );
  }
  const isOurs =
    to.from === source.location ||
    ((from?.kind === "moving" || from?.kind === "moved") && from.id === to.id);
  if (!isOurs) {
    throw refuse(`${target.location} is being filled from ${to.from}, not from ${source.location}`);
  }
  if (from?.kind === "moved" && from.id !== to.id) {
    throw refuse(`${source.location} has moved to ${from.to}, not to ${target.location}`);
  }
  return to;
}

/** The source takes writes again, with revisions as they were told before. */
async function letGo({ store, location }: Side, id: string): Promise<void> {
  while (true) {
    const read = await readMark(store, location);
    const { mark } = read;
    if ((mark?.kind !== "moving" && mark?.kind !== "moved") || mark.id !== id) return;
    const { offset, begin } = mark;
    // One that was filled before keeps a mark for its revisions; its migration will not be completed.
    const write =
      offset === 0 && begin === 0
        ? REMOVE_MARK
        : putMark({ kind: "moving", id: "", to: "", offset, begin });
    const outcome = await store.commit({ compare: [markIs(read)], writes: [write] });
    if (outcome.kind === "committed") return;
  }
}

async function empty(store: Store, fenced: ReadMark): Promise<number> {
  let removed = 0;
  while (true) {
    try {
      let part: Write[] = [];
      const flush = async () => {
        if (part.length > 0) await commitFenced(store, fenced, part);
        removed += part.length;
        part = [];
      };
      for await (const { key } of allEntries(store)) {
        part.push({ kind: "delete", key });
        if (part.length === PART) await flush();
      }
      await flush();
      return removed;
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
    }
  }
}

async function replaceMark(store: Store, before: ReadMark, write: Write): Promise<ReadMark> {
  return { mark: undefined, modRevision: await commitFenced(store, before, [write]) };
}

async function commitFenced(
  store: Store,
  fenced: ReadMark,
  writes: readonly Write[],
): Promise<number> {
  const outcome = await store.commit({ compare: [markIs(fenced)], writes });
  if (outcome.kind === "committed") return outcome.revision;
  const message = "another run of this migration has begun meanwhile; look what it has done";
  throw new MigrationError("taken-over", message);
}
