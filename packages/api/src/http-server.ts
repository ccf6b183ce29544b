/**
 * What all servers of this package have in common: bounds on what a client may send, and answers of the shape `Status`
 * where there is no route.
 */
import Fastify, { type FastifyInstance } from "fastify";
import { ApiStatusError, failureStatus } from "./resource-api/status.ts";

/** Milliseconds in which a request must have arrived; its answer may take longer, as that of a watch does. */
const REQUEST_TIMEOUT = 60_000;
/** Characters of a part of a path: namespaces and names are shorter. */
const MOST_PARAMETER = 256;

/** A server without routes. `bodyLimit` is in octets. */
export function createHttpServer(bodyLimit: number): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit,
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT,
    routerOptions: { maxParamLength: MOST_PARAMETER },
    frameworkErrors: (error, _request, reply) => {
      const failure = new ApiStatusError("BadRequest", error.message);
      reply.hijack();
      reply.raw.writeHead(failure.code, {
        "content-type": "application/json",
        connection: "close",
      });
      reply.raw.end(JSON.stringify(failureStatus(failure)));
    },
  });
  server.setNotFoundHandler((request, reply) => {
    const failure = new ApiStatusError(
      "NotFound",
      `nothing is served at ${request.method} ${request.url}`,
    );
    return reply.code(failure.code).send(failureStatus(failure));
  });
  return server;
}
