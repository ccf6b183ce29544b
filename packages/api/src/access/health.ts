/** `/livez`: the server answers. `/readyz`: so does the datastore. For load balancers, who have no credentials. */
import type { FastifyInstance } from "fastify";
import { PUBLIC_PATHS } from "./request-attributes.ts";

/** Milliseconds for which an answer of the datastore counts, so that whoever asks cannot keep it busy. */
const FRESH = 1000;

export interface HealthOptions {
  /** Rejects while the datastore does not answer. */
  readonly check: () => Promise<unknown>;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

/** Answers in plain text; what is wrong is for the log, not for strangers. */
export function registerHealth(server: FastifyInstance, { check, now }: HealthOptions): void {
  let last: { readonly at: number; readonly isReady: Promise<boolean> } | undefined;
  server.get(PUBLIC_PATHS.live, (_, reply) => reply.type("text/plain").send("ok\n"));
  server.get(PUBLIC_PATHS.ready, async (_, reply) => {
    if (last === undefined || now() - last.at >= FRESH) {
      const isReady = check().then(
        () => true,
        () => false,
      );
      last = { at: now(), isReady };
    }
    const isReady = await last.isReady;
    return reply
      .code(isReady ? 200 : 503)
      .type("text/plain")
      .send(isReady ? "ok\n" : "the datastore does not answer\n");
  });
}
