/** Requests to a server in the same process, which need neither socket nor port. */
import type { FastifyInstance } from "fastify";
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from "./transport.ts";

const LOCATION = "this process";

/** To a server that has a resource API registered. It may be closed while requests are under way. */
export function injectTransport(server: FastifyInstance): Transport {
  return { request: (request) => inject(server, request) };
}

async function inject(
  server: FastifyInstance,
  { method, path, headers, body, signal }: TransportRequest,
): Promise<TransportResponse> {
  signal?.throwIfAborted();
  // The server is told when the body is not read to its end.
  const left = new AbortController();
  const ended = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  try {
    const response = await server.inject({
      method,
      url: path,
      headers,
      payloadAsStream: true,
      signal: ended,
      ...(body === undefined ? {} : { payload: body }),
    });
    return {
      status: response.statusCode,
      headers: textHeaders(response.headers),
      body: bodyOf(response.stream(), signal, left),
    };
  } catch (error) {
    throw failure(error, signal);
  }
}

async function* bodyOf(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  left: AbortController,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw failure(error, signal);
  } finally {
    left.abort();
  }
}

function failure(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransportError("interrupted", LOCATION, `the request was ended: ${reason}`, { cause });
}

function textHeaders(
  headers: Readonly<Record<string, number | string | readonly string[] | undefined>>,
): Record<string, string | readonly string[] | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "number" ? String(value) : value,
    ]),
  );
}
