/**
 * One watch of etcd on one member, as responses in order: it ends with an error when the stream breaks. etcd3's own
 * watcher hides what cancels it and resumes by itself; a watch that must know why it ended needs the stream.
 */
import { Readable } from "node:stream";
import { InterceptingCall, type InterceptorOptions, type NextCall } from "@grpc/grpc-js";
import type { Etcd3, IEvent, IWatchResponse } from "etcd3";
import { rangeEnd } from "./key-space.ts";

export type WatchStep =
  /** Changes of one or more commits, none of them split. */
  | { readonly kind: "events"; readonly events: readonly IEvent[] }
  | { readonly kind: "compacted"; readonly compactRevision: number }
  /** The server has ended the watch for another reason, such as rights that were taken away. */
  | { readonly kind: "canceled"; readonly reason: string };

/** Responses that may wait for their reader before the stream is paused. */
const MOST_WAITING = 64;

/**
 * Everything below `prefix` from `startRevision` on, until `signal` aborts.
 * @throws what the stream ends with.
 */
export async function* watchStream(
  member: Etcd3,
  prefix: Buffer,
  startRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchStep> {
  const stream = await member.watchClient.watch({ interceptors: [requireLeader] });
  const waiting: IWatchResponse[] = [];
  let ended: { readonly error: unknown } | undefined;
  let wake = () => {};
  const end = (error: unknown) => {
    ended ??= { error };
    wake();
  };
  stream
    .on("data", (response) => {
      waiting.push(response);
      if (waiting.length >= MOST_WAITING && stream instanceof Readable) stream.pause();
      wake();
    })
    .on("error", end)
    .on("end", () => end(new Error("the server has ended the watch")));
  const abort = () => end(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    signal.throwIfAborted();
    stream.write({
      create_request: {
        key: prefix,
        range_end: rangeEnd(prefix),
        start_revision: startRevision,
        fragment: true,
      },
    });
    let fragments: IEvent[] = [];
    while (true) {
      const response = waiting.shift();
      if (response === undefined) {
        if (ended !== undefined) throw ended.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if (waiting.length === 0 && stream instanceof Readable) stream.resume();
      if (response.canceled) {
        const compactRevision = Number(response.compact_revision);
        yield compactRevision > 0
          ? { kind: "compacted", compactRevision }
          : { kind: "canceled", reason: response.cancel_reason };
        return;
      }
      fragments.push(...response.events);
      if (response.fragment || fragments.length === 0) continue;
      const events = fragments;
      fragments = [];
      yield { kind: "events", events };
    }
  } finally {
    signal.removeEventListener("abort", abort);
    stream.on("error", () => {});
    stream.cancel();
  }
}

/** A member that is cut off from the others would otherwise keep the watch and say nothing. */
function requireLeader(options: InterceptorOptions, nextCall: NextCall): InterceptingCall {
  return new InterceptingCall(nextCall(options), {
    start: (metadata, listener, next) => {
      metadata.set("hasleader", "true");
      next(metadata, listener);
    },
  });
}
