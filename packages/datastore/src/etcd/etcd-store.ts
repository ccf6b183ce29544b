/**
 * The engine for a cluster: etcd 3.4 or newer. Reads are linearizable. A commit is one transaction of etcd; when its
 * answer is lost it is settled (etcd-commits.ts), so that it happens once or not at all.
 */
import type { IKeyValue } from "etcd3";
import type {
  CommitOutcome,
  Entry,
  Lease,
  ListOptions,
  Page,
  Store,
  Transaction,
  WatchEvent,
} from "../store.ts";
import { EtcdClient } from "./etcd-client.ts";
import { EtcdCommits } from "./etcd-commits.ts";
import { grantEtcdLease } from "./etcd-lease.ts";
import type { EtcdLocation } from "./etcd-location.ts";
import { watchEtcd } from "./etcd-watch.ts";
import { KeySpace, rangeEnd } from "./key-space.ts";
import { watchStream } from "./watch-stream.ts";

const DEFAULT_PAGE = 1000;

/** Opens an etcd. No member need answer yet: the first call says so. */
export function openEtcdEngine(location: EtcdLocation, options: EtcdStoreOptions = {}): Store {
  return new EtcdStore(location, options.now ?? Date.now);
}

export interface EtcdStoreOptions {
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
}

class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #keys: KeySpace;
  readonly #commits: EtcdCommits;

  constructor(location: EtcdLocation, now: () => number) {
    this.#client = new EtcdClient(location);
    this.#keys = new KeySpace(location.prefix);
    this.#commits = new EtcdCommits(this.#client, this.#keys, now);
  }

  async get(key: string): Promise<Entry | undefined> {
    const etcdKey = this.#keys.toEtcd(this.#keys.dataKey(key));
    const answer = await this.#client.ask((member) => member.kv.range({ key: etcdKey }));
    const [found] = this.#client.answered(answer).kvs;
    return found === undefined ? undefined : this.#entryOf(found);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    const { limit = DEFAULT_PAGE, after, revision } = options;
    const first = this.#keys.toEtcd(this.#keys.dataKey(prefix));
    // The first key after K is K and a zero octet.
    const start = after === undefined ? first : this.#keys.toEtcd(`${this.#keys.dataKey(after)}\0`);
    const answer = await this.#client.ask((member) =>
      member.kv.range({
        key: Buffer.compare(start, first) < 0 ? first : start,
        range_end: rangeEnd(first),
        limit,
        ...(revision === undefined ? {} : { revision }),
      }),
    );
    if (answer.kind === "out-of-range") {
      return { kind: "compacted", compactRevision: await this.#compactRevision(revision ?? 1) };
    }
    const { kvs, more, header } = this.#client.answered(answer);
    const entries = kvs.map((found) => this.#entryOf(found));
    const last = entries.at(-1);
    return {
      kind: "page",
      entries,
      revision: revision ?? Number(header.revision),
      ...(more && last !== undefined ? { next: last.key } : {}),
    };
  }

  commit(transaction: Transaction): Promise<CommitOutcome> {
    return this.#commits.commit(transaction);
  }

  watch(prefix: string, fromRevision: number, signal: AbortSignal): AsyncIterable<WatchEvent> {
    return watchEtcd(this.#client, this.#keys, prefix, fromRevision, signal);
  }

  grantLease(ttlSeconds: number): Promise<Lease> {
    return grantEtcdLease(this.#client, ttlSeconds);
  }

  async revision(): Promise<number> {
    const key = this.#keys.toEtcd("");
    const answer = await this.#client.ask((member) => member.kv.range({ key, count_only: true }));
    return Number(this.#client.answered(answer).header.revision);
  }

  /** Forgets history of everything in this etcd, not of our prefix alone: etcd has one history. */
  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, await this.revision());
    if (target < 1) return;
    const request = { revision: target, physical: true };
    const answer = await this.#client.ask((member) => member.kv.compact(request));
    // Out of range: it has been compacted so far already.
    if (answer.kind !== "out-of-range") this.#client.answered(answer);
    await this.#commits.forgetSlots(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#client.closed.aborted) this.#client.close();
  }

  /**
   * etcd does not say with the refusal of a read where its history begins; with that of a watch it does.
   * @throws RangeError for a revision that is yet to come, of which a watch would say nothing
   */
  async #compactRevision(revision: number): Promise<number> {
    const present = await this.revision();
    if (revision > present) {
      throw new RangeError(`the datastore is at revision ${present}, ${revision} is yet to come`);
    }
    const prefix = this.#keys.toEtcd(this.#keys.dataKey(""));
    const answer = await this.#client.ask(async (member) => {
      for await (const step of watchStream(member, prefix, revision, this.#client.closed)) {
        if (step.kind === "compacted") return step.compactRevision;
        break;
      }
      return revision + 1;
    });
    return this.#client.answered(answer);
  }

  #entryOf({ key, value, mod_revision, lease }: IKeyValue): Entry {
    return {
      key: this.#keys.fromEtcd(key),
      value: value.toString("utf8"),
      modRevision: Number(mod_revision),
      ...(Number(lease) === 0 ? {} : { isLeased: true }),
    };
  }
}
