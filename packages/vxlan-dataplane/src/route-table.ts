/**
 * The remote routes of one VRF: what is wanted, what the kernel has, and the queue of those that
 * differ. Pure; made for 100,000 routes, so a route is a row in flat arrays and not an object.
 *
 * Does not: talk to the kernel. A caller takes batches of changes from the queue, carries them out
 * and says which of them failed; a failed row stays as it was until `retryFailed` or a read-back.
 */
import type { IpPrefix } from "@selvedge/net";
import type { NextHop } from "./next-hops.ts";
import { PrefixTable } from "./prefix-table.ts";

/** The row waits in the queue. */
const QUEUED = 1;
/** A read-back has met the row. */
const SEEN = 2;
/** The kernel refused the row's last change. */
const FAILED = 4;
/** The row has a prefix. */
const IN_USE = 8;
/** Somebody else has changed the row's route. */
const FOREIGN = 16;

/** Spent places at the front of the queue that are worth a copy of the rest. */
const COMPACT_AT = 65536;

/** Changes to carry out, in parallel arrays; reused from batch to batch. */
export interface RouteBatch {
  /** Rows of the table's prefixes. */
  readonly rows: number[];
  /** Id of the next-hop object to lead to, or 0 to delete the route. */
  readonly nexthops: number[];
}

/** How many routes are in which state. */
export interface RouteCounts {
  readonly wanted: number;
  readonly installed: number;
  /** In the queue. */
  readonly pending: number;
  readonly failed: number;
}

/** An empty batch. */
export function emptyRouteBatch(): RouteBatch {
  return { rows: [], nexthops: [] };
}

/** Wanted and installed remote routes of a VRF. */
export class RouteTable {
  /** The prefixes of the rows. */
  readonly prefixes: PrefixTable = new PrefixTable();
  readonly #wanted: (NextHop | undefined)[] = [];
  /** Id of the next-hop object that the kernel's route leads to, 0 when there is no route. */
  #installed = new Uint32Array(this.prefixes.capacity);
  #flags = new Uint8Array(this.prefixes.capacity);
  #queue: number[] = [];
  #queueHead = 0;
  #wantedCount = 0;
  #installedCount = 0;
  #failedCount = 0;
  #repairedCount = 0;

  /** Wants `prefix` to lead to `nextHop`. Returns what it was wanted to lead to before. */
  want(prefix: IpPrefix, nextHop: NextHop): NextHop | undefined {
    const row = this.#addRow(prefix);
    const previous = this.#wanted[row];
    if (previous !== nextHop) {
      this.#wanted[row] = nextHop;
      this.#wantedCount += previous === undefined ? 1 : 0;
      this.#enqueue(row);
    }
    return previous;
  }

  /** Wants no route to `prefix`. Returns what it was wanted to lead to before. */
  unwant(prefix: IpPrefix): NextHop | undefined {
    const row = this.prefixes.find(prefix);
    const previous = row === -1 ? undefined : this.#wanted[row];
    if (previous !== undefined) {
      this.#wanted[row] = undefined;
      this.#wantedCount -= 1;
      this.#enqueue(row);
    }
    return previous;
  }

  /** Wants nothing any more. Returns the next hops that were wanted, one for each route. */
  *unwantAll(): Generator<NextHop> {
    for (const row of this.#rows()) {
      const previous = this.#wanted[row];
      if (previous !== undefined) {
        this.#wanted[row] = undefined;
        this.#wantedCount -= 1;
        this.#enqueue(row);
        yield previous;
      }
    }
  }

  /** Whether the queue is empty. */
  get settled(): boolean {
    return this.#queueHead === this.#queue.length;
  }

  /** How many routes are in which state. */
  counts(): RouteCounts {
    return {
      wanted: this.#wantedCount,
      installed: this.#installedCount,
      pending: this.#queue.length - this.#queueHead,
      failed: this.#failedCount,
    };
  }

  /** Ids of all next-hop objects that routes of the kernel lead to. */
  installedNexthops(): Set<number> {
    const ids = new Set<number>();
    for (const row of this.#rows()) {
      ids.add(this.#installedAt(row));
    }
    ids.delete(0);
    return ids;
  }

  /**
   * Moves up to `limit` changes from the queue into `batch`. Without `mayRemove`, routes that are not
   * wanted leave the queue and stay installed; `requeue` brings them back.
   */
  take(batch: RouteBatch, limit: number, mayRemove: boolean): void {
    batch.rows.length = 0;
    batch.nexthops.length = 0;
    while (batch.rows.length < limit && this.#queueHead < this.#queue.length) {
      const row = this.#queue[this.#queueHead] ?? 0;
      this.#queueHead += 1;
      this.#clear(row, QUEUED);
      const wanted = this.#wanted[row]?.id ?? 0;
      if (wanted === this.#installedAt(row)) {
        this.#clear(row, FOREIGN);
        this.#freeIfUnused(row);
      } else if (wanted !== 0 || mayRemove) {
        batch.rows.push(row);
        batch.nexthops.push(wanted);
      }
    }
    if (this.#queueHead === this.#queue.length || this.#queueHead >= COMPACT_AT) {
      this.#queue = this.#queue.slice(this.#queueHead);
      this.#queueHead = 0;
    }
  }

  /** Records that a batch was carried out, except for the given positions of it. */
  settle(batch: RouteBatch, failed: ReadonlySet<number>): void {
    for (let position = 0; position < batch.rows.length; position += 1) {
      const row = batch.rows[position] ?? 0;
      if (failed.has(position)) {
        this.#setFailed(row);
      } else {
        this.#repairedCount += this.#has(row, FOREIGN) ? 1 : 0;
        this.#clear(row, FOREIGN);
        this.#setInstalled(row, batch.nexthops[position] ?? 0);
      }
    }
  }

  /** Routes that somebody else had changed and that were written again since the last call. */
  takeRepaired(): number {
    const repaired = this.#repairedCount;
    this.#repairedCount = 0;
    return repaired;
  }

  /** Records what the kernel reported by itself: the route to `prefix` now leads to `nexthop`, or is gone (0). */
  observe(prefix: IpPrefix, nexthop: number): void {
    const row = nexthop === 0 ? this.prefixes.find(prefix) : this.#addRow(prefix);
    if (row !== -1) {
      this.#replaceInstalled(row, nexthop, true);
      this.#enqueue(row);
    }
  }

  /**
   * Replaces all knowledge of the kernel by `routes`, as read from it, and queues what differs from what is
   * wanted. With `isKnown`, what differs from what was known has been changed by somebody else.
   */
  readBack(routes: Iterable<readonly [prefix: IpPrefix, nexthop: number]>, isKnown = false): void {
    for (const [prefix, nexthop] of routes) {
      const row = this.#addRow(prefix);
      this.#replaceInstalled(row, nexthop, isKnown);
      this.#set(row, SEEN);
    }
    for (const row of this.#rows()) {
      if (!this.#has(row, SEEN)) {
        this.#replaceInstalled(row, 0, isKnown);
      }
      this.#clear(row, SEEN);
      this.#enqueue(row);
    }
  }

  /** Queues every route whose wanted and installed states differ: failed ones, and held removals. */
  requeue(): void {
    for (const row of this.#rows()) {
      this.#enqueue(row);
    }
  }

  #replaceInstalled(row: number, nexthop: number, isForeign: boolean): void {
    if (isForeign && nexthop !== this.#installedAt(row)) {
      this.#set(row, FOREIGN);
    }
    this.#setInstalled(row, nexthop);
  }

  /** The row of a prefix, a new one if it has none. */
  #addRow(prefix: IpPrefix): number {
    const row = this.prefixes.add(prefix);
    if (this.prefixes.capacity > this.#flags.length) {
      this.#grow();
    }
    if (!this.#has(row, IN_USE)) {
      this.#flags[row] = IN_USE;
      this.#installed[row] = 0;
      this.#wanted[row] = undefined;
    }
    return row;
  }

  #grow(): void {
    const installed = new Uint32Array(this.prefixes.capacity);
    installed.set(this.#installed);
    this.#installed = installed;
    const flags = new Uint8Array(this.prefixes.capacity);
    flags.set(this.#flags);
    this.#flags = flags;
  }

  *#rows(): Generator<number> {
    for (let row = 0; row < this.prefixes.extent; row += 1) {
      if (this.#has(row, IN_USE)) {
        yield row;
      }
    }
  }

  /** Queues a row if there is something to do for it, and forgets it if there is nothing to know. */
  #enqueue(row: number): void {
    this.#clearFailed(row);
    if (this.#has(row, QUEUED)) {
      return;
    }
    if ((this.#wanted[row]?.id ?? 0) !== this.#installedAt(row)) {
      this.#set(row, QUEUED);
      this.#queue.push(row);
    } else {
      this.#clear(row, FOREIGN);
      this.#freeIfUnused(row);
    }
  }

  #setInstalled(row: number, nexthop: number): void {
    const before = this.#installedAt(row);
    this.#installedCount += (nexthop === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
    this.#installed[row] = nexthop;
    this.#clearFailed(row);
    this.#freeIfUnused(row);
  }

  #freeIfUnused(row: number): void {
    const isNeeded = this.#wanted[row] !== undefined || this.#installedAt(row) !== 0;
    if (!isNeeded && (this.#flags[row] ?? 0) === IN_USE) {
      this.prefixes.remove(row);
      this.#flags[row] = 0;
    }
  }

  #setFailed(row: number): void {
    if (!this.#has(row, FAILED)) {
      this.#set(row, FAILED);
      this.#failedCount += 1;
    }
  }

  #clearFailed(row: number): void {
    if (this.#has(row, FAILED)) {
      this.#clear(row, FAILED);
      this.#failedCount -= 1;
    }
  }

  #installedAt(row: number): number {
    return this.#installed[row] ?? 0;
  }

  #has(row: number, flag: number): boolean {
    return ((this.#flags[row] ?? 0) & flag) !== 0;
  }

  #set(row: number, flag: number): void {
    this.#flags[row] = (this.#flags[row] ?? 0) | flag;
  }

  #clear(row: number, flag: number): void {
    this.#flags[row] = (this.#flags[row] ?? 0) & ~flag;
  }
}
