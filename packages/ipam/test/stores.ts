/** Datastores for tests: a SQLite file that goes with the test, and one that loses the answers of commits. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CommitOutcome,
  openSqliteStore,
  type Store,
  StoreError,
  type Transaction,
} from "@selvedge/datastore";

/** A directory with one datastore, removed at the end of the scope. */
export class TemporaryStore implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "selvedge-ipam-"));
  readonly path: string = join(this.#directory, "store.db");
  readonly store: Store = openSqliteStore(this.path);

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true });
  }
}

/** What becomes of a commit: as it should, or the answer is lost and it happens, happens later, or never happens. */
export type Fate = "answered" | "happens" | "happens later" | "never happens";

/** What becomes of a store's commits, as `fates` says of the next ones, and how many reads and commits there were. */
export class ObservedStore {
  /** The store, with everything else passed on. */
  readonly store: Store;
  readonly fates: Fate[] = [];
  /** Runs before each commit. */
  beforeCommit: () => Promise<void> = async () => undefined;
  reads = 0;
  commits = 0;
  readonly #real: Store;
  readonly #late: Transaction[] = [];

  constructor(real: Store) {
    this.#real = real;
    this.store = new Proxy(real, {
      get: (target, property) => {
        if (property === "commit") return (transaction: Transaction) => this.#commit(transaction);
        if (property === "get" || property === "list") this.reads += 1;
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }

  /** Lets what was to happen later happen now. */
  async happenNow(): Promise<CommitOutcome[]> {
    const outcomes: CommitOutcome[] = [];
    for (const transaction of this.#late.splice(0)) {
      outcomes.push(await this.#real.commit(transaction));
    }
    return outcomes;
  }

  async #commit(transaction: Transaction): Promise<CommitOutcome> {
    this.commits += 1;
    await this.beforeCommit();
    const fate = this.fates.shift() ?? "answered";
    if (fate === "happens later") this.#late.push(transaction);
    if (fate === "happens" || fate === "answered") {
      const outcome = await this.#real.commit(transaction);
      if (fate === "answered") return outcome;
    }
    throw new StoreError("unknown-outcome", "test", "the answer was lost");
  }
}
