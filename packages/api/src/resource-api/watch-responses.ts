/**
 * Sends watches: the head at once, texts as they come and no faster than the client reads, and an end that is one of
 * HTTP too, whether the time is over, the client has gone, or the server is to stop.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import type { WatchTexts } from "./resource-watch.ts";
import { failureStatus, refusalFor } from "./status.ts";

const DEFAULT_SECONDS = 3600;
/** What a timer takes. */
const MOST_SECONDS = 86_400;

export class WatchResponses {
  readonly #stop = new AbortController();
  readonly #open = new Set<Promise<void>>();

  /** The reply is sent from here on, until after `seconds` (0: an hour). */
  send(reply: FastifyReply, texts: WatchTexts, seconds = 0): void {
    reply.hijack();
    const response = reply.raw;
    const sending = this.#send(response, texts, Math.min(seconds || DEFAULT_SECONDS, MOST_SECONDS));
    this.#open.add(sending);
    sending.finally(() => this.#open.delete(sending)).catch(() => response.destroy());
  }

  /** Ends every watch as if its time were over. */
  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#open);
  }

  async #send(response: ServerResponse, texts: WatchTexts, seconds: number): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const hurry = AbortSignal.any([gone.signal, this.#stop.signal]);
    const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1000), hurry]);
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.flushHeaders();
    try {
      for await (const text of texts(signal)) {
        // A client that does not read is not waited for at the end.
        if (!response.write(text)) await once(response, "drain", { signal: hurry });
      }
    } catch (error) {
      if (hurry.aborted) {
        response.destroy();
        return;
      }
      const failure = { type: "ERROR", object: failureStatus(refusalFor(error)) };
      response.write(`${JSON.stringify(failure)}\n`);
    }
    response.end();
  }
}
