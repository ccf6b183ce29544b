/** Follows one resource until it is as it is wanted, or the time is over. */
import { setTimeout as pause } from "node:timers/promises";
import { type ResourceClient, TransportError } from "@selvedge/api";
import type { Resource, ResourceOf } from "@selvedge/resources";
import { isPassing, isRefusedAs } from "../connection/failures.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { withProgress } from "../progress.ts";
import type { NamedResource } from "./resource-arguments.ts";

/** Milliseconds between attempts to reach a server that has gone away. */
const RETRY = 500;

export interface Wanted {
  /** Is the resource so? It is called with undefined where there is none. */
  readonly isMet: (resource: Resource | undefined) => boolean;
  /** Is it wanted that it comes to be? Otherwise it has to be there at the beginning. */
  readonly mayBeMissing: boolean;
  /** For messages: `to be deleted`. */
  readonly words: string;
}

/**
 * The signal aborts when the time is over.
 * @throws CommandError (not ready) then; ResourceRefusedError NotFound for one that is not there and has to be
 */
export async function awaitResource(
  client: ResourceClient,
  target: NamedResource,
  wanted: Wanted,
  signal: AbortSignal,
  io: CommandIo,
): Promise<void> {
  const words = () => `waiting for ${target.key} ${wanted.words}`;
  const isDone = await withProgress(io, words, () => follow(client, target, wanted, signal));
  if (isDone) return;
  throw new CommandError(EXIT.notReady, `timed out waiting for ${target.key} ${wanted.words}`);
}

/** False when the time is over. */
async function follow(
  client: ResourceClient,
  { kind, at }: NamedResource,
  { isMet, mayBeMissing }: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  const selection = { namespace: at.namespace, fieldSelector: `metadata.name=${at.name}` };
  for (let isFirst = true; ; isFirst = false) {
    try {
      const { items, metadata } = await client.list(kind, selection);
      const present: ResourceOf<typeof kind> | undefined = items[0];
      if (isMet(present)) return true;
      // The server says best that there is no such resource.
      if (isFirst && present === undefined && !mayBeMissing) await client.get(kind, at);
      if (signal.aborted) return false;
      const { resourceVersion } = metadata;
      for await (const event of client.watch(kind, { ...selection, resourceVersion, signal })) {
        if (isMet(event.type === "DELETED" ? undefined : event.object)) return true;
      }
    } catch (error) {
      if (signal.aborted) return false;
      // Where the server no longer knows what has changed since, it is looked at anew.
      if (!isPassing(error) && !isRefusedAs(error, "Expired")) throw error;
      if (isFirst && error instanceof TransportError) throw error;
      await pause(RETRY, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return false;
  }
}
