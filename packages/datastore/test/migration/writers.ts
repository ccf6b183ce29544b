/** Writers that know nothing of a migration: they write to both stores all the time, and remember what was answered. */
import { setImmediate as turn } from "node:timers/promises";
import { type DatastoreLocation, openStore, type Store, StoreError } from "../../src/index.ts";
import { contentsOf } from "./stores.ts";

const COUNTER = "counter";
/** Of each writer. */
const KEYS = 100;

export class Writers {
  /** The latest value of each key that was. */
  readonly acknowledged: Map<string, string> = new Map();
  /** "KEY=VALUE"; no value is written twice. */
  readonly refused: Set<string> = new Set();
  /** Codes of the errors that each writer met. */
  readonly codes: Map<string, Set<string>> = new Map();
  /** Acknowledged increments of the counter. */
  increments = 0;
  #isOver = false;
  #since = 0;
  readonly #running: Promise<void>[] = [];

  /** One more, until the end. */
  start(name: string, location: DatastoreLocation): void {
    this.codes.set(name, new Set());
    this.#running.push(this.#write(name, location));
  }

  /** Resolves when so many more writes have been acknowledged. */
  async progress(writes: number): Promise<void> {
    this.#since = 0;
    while (this.#since < writes) await turn();
  }

  /** Stops them. @throws what no writer should meet. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  /** What is wrong with a store that should hold all that was acknowledged, and nothing that was refused. */
  async faultsIn(store: Store): Promise<string[]> {
    const contents = await contentsOf(store);
    const faults: string[] = [];
    for (const [key, value] of this.acknowledged) {
      if (contents[key] !== value) faults.push(`${key} was acknowledged and is ${contents[key]}`);
    }
    for (const [key, value] of Object.entries(contents)) {
      if (this.refused.has(`${key}=${value}`)) faults.push(`${key} was refused as ${value}`);
    }
    if (Number(contents[COUNTER]) !== this.increments) {
      faults.push(`${this.increments} increments came to ${contents[COUNTER]}`);
    }
    return faults;
  }

  async #write(writer: string, location: DatastoreLocation): Promise<void> {
    await using store = openStore(location);
    for (let index = 0; !this.#isOver; index++) {
      await this.#attempt(store, writer, `written/${writer}/${index % KEYS}`, String(index));
      await turn();
    }
  }

  async #attempt(store: Store, writer: string, key: string, value: string): Promise<void> {
    try {
      const counter = await store.get(COUNTER);
      const next = String(Number(counter?.value ?? 0) + 1);
      const outcome = await store.commit({
        compare: [{ key: COUNTER, modRevision: counter?.modRevision ?? 0 }],
        writes: [
          { kind: "put", key: COUNTER, value: next },
          { kind: "put", key, value },
        ],
      });
      if (outcome.kind === "conflict") {
        this.refused.add(`${key}=${value}`);
        return;
      }
      this.acknowledged.set(key, value);
      this.increments += 1;
      this.#since += 1;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.codes.get(writer)?.add(error.code);
      this.refused.add(`${key}=${value}`);
    }
  }
}
