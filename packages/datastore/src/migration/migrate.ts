/**
 * Moves a datastore into another store while writers go on, and so that every write that was acknowledged is in the
 * target, at whatever instant the run is killed. Another run goes on from the two marks (mark.ts):
 *
 *     source  none      none          moving     moving   moved          moved         moved
 *     target  none      filling       filling    filling  filling        filling       filled
 *             claim  -> announce   -> copy ... -> stop  -> copy the rest -> compare  -> complete
 *
 * The target takes no writes but this run's until it is complete, and is completed only after the source takes none:
 * there is no instant at which both do. The two marks have one identifier, and every write to the target compares the
 * mark as this run has put it, so that of two runs the later one alone goes on.
 */
import { randomUUID } from "node:crypto";
import type { Store } from "../store.ts";
import { copyDifferences, countDifferences, type Walk } from "./copy.ts";
import { inUse, judge, type Verdict } from "./judge.ts";
import {
  type Contents,
  MARK,
  type Mark,
  type MarkOf,
  markIs,
  putMark,
  REMOVE_MARK,
  type ReadMark,
  readMark,
  revisionsOf,
} from "./mark.ts";
import { MigrationError } from "./migration-error.ts";

/** Walks while writers go on end when so few keys have differed, or after so many of them. */
const FEW_DIFFERENCES = 100;
const MOST_WALKS = 5;
/** Once nobody writes, the second finds nothing; one more is for keys that came out from under a lease. */
const MOST_LAST_WALKS = 3;
/**
 * Revisions are told in such steps after a migration. etcd's own advice for one that is restored from a backup is to
 * go up by a thousand million, which at 10,000 commits a second is more than a day.
 */
const REVISION_STEP = 1_000_000_000;

/** A store as its engine has opened it, without a guard, and what messages call it. */
export interface Side {
  readonly store: Store;
  readonly location: string;
}

export type MigrationStep =
  | { readonly kind: "resumed"; readonly isMoved: boolean }
  | {
      readonly kind: "walking";
      readonly walk: number;
      readonly keys: number;
      readonly differences: number;
    }
  /** From now on the source takes no writes. */
  | { readonly kind: "stopped" }
  | { readonly kind: "verified"; readonly contents: Contents };

export interface MigrationOptions {
  readonly source: Side;
  readonly target: Side;
  readonly onStep?: (step: MigrationStep) => void;
  /** Default: the clock of this machine. */
  readonly now?: () => Date;
  /** Default: random UUIDs. */
  readonly makeId?: () => string;
}

export interface MigrationOutcome {
  /** `already`: it was complete before, and nothing was done. */
  readonly kind: "migrated" | "already";
  readonly contents: Contents;
  /** Keys under leases, which were not copied. Empty where it was complete before. */
  readonly leased: readonly string[];
}

/** What a migration would find. */
export interface MigrationPlan {
  readonly kind: Verdict["kind"];
  readonly contents: Contents;
  /** Keys of the target that would be written. */
  readonly differences: number;
  readonly leased: readonly string[];
}

/** @throws MigrationError, StoreError: then it may be run again */
export async function migrate(options: MigrationOptions): Promise<MigrationOutcome> {
  const verdict = await judgeSides(options);
  if (verdict.kind === "complete") {
    return { kind: "already", contents: verdict.target.contents, leased: [] };
  }
  const run = new MigrationRun(options);
  if (verdict.kind === "fresh") await run.claim();
  else await run.resume(verdict);
  return await run.finish();
}

/** Says what would be done and changes nothing. @throws MigrationError, StoreError */
export async function planMigration({ source, target }: MigrationOptions): Promise<MigrationPlan> {
  const { kind } = await judgeSides({ source, target });
  return { kind, ...(await countDifferences(source.store, target.store)) };
}

async function judgeSides({ source, target }: Pick<MigrationOptions, "source" | "target">) {
  const from = await readMark(source.store, source.location);
  const to = await readMark(target.store, target.location);
  const isEmpty = await isEmptyStore(target.store);
  return judge(
    { location: source.location, is: from.mark },
    { location: target.location, is: { mark: to.mark, isEmpty } },
  );
}

class MigrationRun {
  readonly #source: Side;
  readonly #target: Side;
  readonly #onStep: (step: MigrationStep) => void;
  readonly #now: () => Date;
  readonly #makeId: () => string;
  /** The target's mark as this run has put it. */
  #held: { readonly read: ReadMark; readonly mark: MarkOf<"filling"> } | undefined;

  constructor({ source, target, onStep, now, makeId }: MigrationOptions) {
    this.#source = source;
    this.#target = target;
    this.#onStep = onStep ?? (() => {});
    this.#now = now ?? (() => new Date());
    this.#makeId = makeId ?? randomUUID;
  }

  /** Marks a target that has no mark. */
  async claim(): Promise<void> {
    const [id, run] = [this.#makeId(), this.#makeId()];
    const from = this.#source.location;
    const mark = { kind: "filling", id, run, from, isOurs: false } as const;
    await this.#hold({ mark: undefined, modRevision: 0 }, mark);
    await this.#confirm();
  }

  /** Takes over from a run that was interrupted, or from one that is still there and will notice. */
  async resume({ target, isMoved }: Extract<Verdict, { kind: "resume" }>): Promise<void> {
    const read = await readMark(this.#target.store, this.#target.location);
    if (read.mark?.kind !== "filling" || read.mark.run !== target.run) throw takenOver();
    this.#onStep({ kind: "resumed", isMoved });
    await this.#hold(read, { ...target, run: this.#makeId() });
    if (!target.isOurs) await this.#confirm();
  }

  /** From a target that is held to one that is complete. */
  async finish(): Promise<MigrationOutcome> {
    let walks = 0;
    const walk = () => this.#walk(++walks);
    const announced = await this.#announce();
    if (announced !== undefined) {
      let copied: Walk;
      do copied = await walk();
      while (copied.differences > FEW_DIFFERENCES && walks < MOST_WALKS);
      await this.#stop(announced);
      this.#onStep({ kind: "stopped" });
    }
    let last = await walk();
    for (let more = 0; last.differences > 0; more++) {
      if (more === MOST_LAST_WALKS) throw this.#stillWritten();
      last = await walk();
    }
    this.#onStep({ kind: "verified", contents: last.contents });
    await this.#complete(last.contents);
    return { kind: "migrated", contents: last.contents, leased: last.leased };
  }

  /** What was written before the target was marked may be somebody's: it is looked for after that once more. */
  async #confirm(): Promise<void> {
    const { mark } = await readMark(this.#source.store, this.#source.location);
    const isSame = mark?.kind === "filling" && mark.id === this.#mark.id;
    if (isSame || !(await isEmptyStore(this.#target.store))) {
      await this.#commit(this.#target, this.#readHeld(), undefined);
      if (!isSame) throw inUse(this.#target.location);
      const message = `${this.#source.location} and ${this.#target.location} are one and the same datastore`;
      throw new MigrationError("same-datastore", message);
    }
    await this.#hold(this.#readHeld(), { ...this.#mark, isOurs: true });
  }

  /** Marks the source as one that is being copied; undefined when it takes no writes any more. */
  async #announce(): Promise<ReadMark | undefined> {
    const read = await readMark(this.#source.store, this.#source.location);
    const { id } = this.#mark;
    if (read.mark?.kind === "moved" && read.mark.id === id) return undefined;
    if (read.mark?.kind === "moving" && read.mark.id === id) return read;
    const revisions = revisionsOf(read);
    if (revisions === undefined || read.mark?.kind === "moved") throw takenOver();
    const to = this.#target.location;
    const moving = { kind: "moving", id, to, ...revisions } as const;
    const announced = await this.#commit(this.#source, read, moving);
    // Whoever takes the migration back after this finds the source's mark; whoever did before is found here.
    const { modRevision } = await readMark(this.#target.store, this.#target.location);
    if (modRevision !== this.#readHeld().modRevision) throw takenOver();
    return announced;
  }

  /** The one commit after which the source takes no more. */
  async #stop({ mark, modRevision }: ReadMark): Promise<void> {
    if (mark?.kind !== "moving") throw takenOver();
    const time = this.#now().toISOString();
    await this.#commit(this.#source, { mark, modRevision }, { ...mark, kind: "moved", time });
  }

  async #complete(contents: Contents): Promise<void> {
    const { store, location } = this.#source;
    const { offset } = revisionsOf(await readMark(store, location)) ?? { offset: 0 };
    const reached = (await store.revision()) + offset;
    const { id, from } = this.#mark;
    await this.#commit(this.#target, this.#readHeld(), {
      ...{ kind: "filled", id, from, time: this.#now().toISOString(), contents },
      // Half a step at least, since leases that run out go on raising the revision of the source.
      offset: Math.ceil(reached / REVISION_STEP + 0.5) * REVISION_STEP,
    });
  }

  async #walk(walk: number): Promise<Walk> {
    const onWalk = (keys: number, differences: number) =>
      this.#onStep({ kind: "walking", walk, keys, differences });
    const held = markIs(this.#readHeld());
    return await copyDifferences(this.#source.store, this.#target.store, held, onWalk);
  }

  #stillWritten(): MigrationError {
    const { location } = this.#source;
    const message = `something goes on writing to ${location} although it has moved: a program older than this command; stop it and run the command again`;
    return new MigrationError("source-written", message);
  }

  get #mark(): MarkOf<"filling"> {
    if (this.#held === undefined) throw new Error("the target is not held");
    return this.#held.mark;
  }

  #readHeld(): ReadMark {
    if (this.#held === undefined) throw new Error("the target is not held");
    return this.#held.read;
  }

  async #hold(before: ReadMark, mark: MarkOf<"filling">): Promise<void> {
    this.#held = { read: await this.#commit(this.#target, before, mark), mark };
  }

  /** Replaces a mark that is as it was read; undefined removes it. */
  async #commit({ store }: Side, before: ReadMark, mark: Mark | undefined): Promise<ReadMark> {
    const outcome = await store.commit({
      compare: [markIs(before)],
      writes: [mark === undefined ? REMOVE_MARK : putMark(mark)],
    });
    if (outcome.kind === "conflict") throw takenOver();
    return { mark, modRevision: outcome.revision };
  }
}

async function isEmptyStore(store: Store): Promise<boolean> {
  const page = await store.list("", { limit: 2 });
  return page.kind === "page" && page.entries.every(({ key }) => key === MARK);
}

function takenOver(): MigrationError {
  const message = "another run of this migration, or one that takes it back, has begun meanwhile";
  return new MigrationError("taken-over", message);
}
