/** A watch that goes on over broken connections and dead members, for as long as one of them answers soon. */
import { setTimeout as pause } from "node:timers/promises";
import type { IEvent } from "etcd3";
import type { Change, WatchEvent } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { failureOf } from "./etcd-error.ts";
import type { KeySpace } from "./key-space.ts";
import { watchStream } from "./watch-stream.ts";

/** Milliseconds before the stream is opened again. */
const RETRY = 100;

/**
 * Changes of values below `prefix` with a revision after `fromRevision`.
 * @throws StoreError when no member answers for some seconds, or the watch is refused.
 */
export async function* watchEtcd(
  client: EtcdClient,
  keys: KeySpace,
  prefix: string,
  fromRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const stop = AbortSignal.any([signal, client.closed]);
  const range = keys.toEtcd(keys.dataKey(prefix));
  let seen = fromRevision;
  while (!stop.aborted) {
    const { member } = client;
    try {
      for await (const step of watchStream(member, range, seen + 1, stop)) {
        if (step.kind === "compacted") {
          yield step;
          return;
        }
        if (step.kind === "canceled") throw new Error(step.reason);
        const changes = step.events.map((event) => changeOf(event, keys));
        const revision = revisionOf(step.events);
        seen = revision;
        yield { kind: "changes", revision, changes };
      }
    } catch (error) {
      if (stop.aborted) return;
      const failure = failureOf(error, client.location);
      if (failure.kind === "refused") throw failure.error;
      client.turnFrom(member);
    }
    await pause(RETRY, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    // Says that nobody answers, where that is so, and gets a new token, where the old one has run out.
    await ping(client, range);
  }
}

async function ping(client: EtcdClient, key: Buffer): Promise<void> {
  try {
    await client.ask((member) => member.kv.range({ key, count_only: true }));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "closed") throw error;
  }
}

function revisionOf(events: readonly IEvent[]): number {
  return Number(events.at(-1)?.kv.mod_revision ?? 0);
}

function changeOf({ type, kv }: IEvent, keys: KeySpace): Change {
  const key = keys.fromEtcd(kv.key);
  const modRevision = Number(kv.mod_revision);
  return type === "Delete"
    ? { kind: "delete", key, modRevision }
    : { kind: "put", entry: { key, value: kv.value.toString("utf8"), modRevision } };
}
