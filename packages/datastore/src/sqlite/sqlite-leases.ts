/**
 * Leases in a SQLite file: when each runs out, and which keys are under it. Nobody watches over them but the processes
 * that use the file: whoever comes first after a lease has run out deletes its keys, in a commit of its own. Time is
 * that of the machine, since the file outlives every process and every boot.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { textOf } from "./database.ts";

export class SqliteLeases {
  readonly #now: () => number;
  readonly #expired: StatementSync;
  readonly #grant: StatementSync;
  readonly #renew: StatementSync;
  readonly #find: StatementSync;
  readonly #remove: StatementSync;
  readonly #keys: StatementSync;
  readonly #attach: StatementSync;
  readonly #detach: StatementSync;

  /** `now` is in milliseconds since 1970. */
  constructor(database: DatabaseSync, now: () => number) {
    this.#now = now;
    this.#expired = database.prepare(
      "SELECT id FROM lease WHERE expires <= ? ORDER BY expires, id",
    );
    this.#grant = database.prepare("INSERT INTO lease (id, expires) VALUES (?, ?)");
    this.#renew = database.prepare("UPDATE lease SET expires = ?1 WHERE id = ?2 AND expires > ?3");
    this.#find = database.prepare("SELECT id FROM lease WHERE id = ?");
    this.#remove = database.prepare("DELETE FROM lease WHERE id = ?");
    this.#keys = database.prepare("SELECT key FROM leased WHERE lease = ? ORDER BY key");
    this.#attach = database.prepare("INSERT INTO leased (key, lease) VALUES (?, ?)");
    this.#detach = database.prepare("DELETE FROM leased WHERE key = ?");
  }

  /** Identifiers of those that have run out and still have their keys. */
  expired(): string[] {
    return this.#expired.all(this.#now()).map((row) => textOf(row, "id"));
  }

  /** For so many milliseconds from now. */
  grant(id: string, timeToLive: number): void {
    this.#grant.run(id, this.#now() + timeToLive);
  }

  /** For so many milliseconds from now; false when it has run out or was revoked. */
  renew(id: string, timeToLive: number): boolean {
    const now = this.#now();
    return this.#renew.run(now + timeToLive, id, now).changes > 0;
  }

  has(id: string): boolean {
    return this.#find.get(id) !== undefined;
  }

  /** Ends it. Returns the keys that are to be deleted, in their order. */
  end(id: string): string[] {
    const keys = this.#keys.all(id).map((row) => textOf(row, "key"));
    this.#remove.run(id);
    return keys;
  }

  /** Puts a key under a lease or, without one, under none. */
  attach(key: string, lease: string | undefined): void {
    this.#detach.run(key);
    if (lease !== undefined) this.#attach.run(key, lease);
  }
}
