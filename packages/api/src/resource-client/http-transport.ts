/** Requests to another process: over its unix socket, or over TCP with or without TLS. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import {
  type Transport,
  TransportError,
  type TransportErrorCode,
  type TransportRequest,
  type TransportResponse,
} from "./transport.ts";

/** What to trust, and whom to be; each is PEM. */
export interface TlsOptions {
  /** Certificates of authorities. Default: those that Node trusts. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** The name in the server's certificate, where it is not the host of the URL. */
  readonly serverName?: string;
}

/** Over the unix socket of an agent or an API server. */
export function socketTransport(socketPath: string): Transport {
  return new HttpTransport(socketPath, (options, onResponse) =>
    httpRequest({ ...options, socketPath }, onResponse),
  );
}

/**
 * To `http://HOST:PORT` or `https://HOST:PORT`; a path in the URL stands before the paths of the requests.
 * @throws TypeError for what is no such URL.
 */
export function urlTransport(url: string, tls: TlsOptions = {}): Transport {
  const { protocol, hostname, port, pathname } = new URL(url);
  const base = pathname.replace(/\/$/, "");
  // Brackets are for URLs only.
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const common = { host, ...(port === "" ? {} : { port }) };
  if (protocol === "http:") {
    return new HttpTransport(url, ({ path, ...options }, onResponse) =>
      httpRequest({ ...options, ...common, path: `${base}${path}` }, onResponse),
    );
  }
  if (protocol !== "https:") throw new TypeError(`${url} is not a URL of http or https`);
  const { ca, certificate, key, serverName } = tls;
  const credentials = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  return new HttpTransport(url, ({ path, ...options }, onResponse) =>
    httpsRequest({ ...options, ...common, ...credentials, path: `${base}${path}` }, onResponse),
  );
}

interface SendOptions extends RequestOptions {
  readonly path: string;
}

type Send = (
  options: SendOptions,
  onResponse: (response: IncomingMessage) => void,
) => ClientRequest;

class HttpTransport implements Transport {
  readonly #location: string;
  readonly #send: Send;

  constructor(location: string, send: Send) {
    this.#location = location;
    this.#send = send;
  }

  request({ method, path, headers, body, signal }: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
      const options: SendOptions = {
        method,
        path,
        headers: { ...headers, ...length },
        // A kept connection may be one that the server is about to close, and what became of the request unknown.
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      };
      const call = this.#send(options, (response) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: this.#bodyOf(response, signal),
        }),
      );
      call.on("error", (error) => reject(this.#failure(error, signal)));
      call.end(body);
    });
  }

  async *#bodyOf(
    response: IncomingMessage,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    try {
      yield* response;
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  #failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (!(error instanceof Error)) return error;
    const code = "code" in error && typeof error.code === "string" ? error.code : error.message;
    const [kind, message] = explain(code, this.#location);
    return new TransportError(kind, this.#location, message, { cause: error });
  }
}

const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/;

function explain(code: string, location: string): readonly [TransportErrorCode, string] {
  if (["ENOENT", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"].includes(code)) {
    return ["no-server", `nobody answers on ${location} (${code})`];
  }
  if (["EHOSTUNREACH", "ENETUNREACH"].includes(code)) {
    return ["no-server", `${location} cannot be reached (${code})`];
  }
  if (["EACCES", "EPERM"].includes(code)) {
    return ["no-permission", `no permission to open ${location}`];
  }
  if (TLS_CODE.test(code)) return ["tls", `TLS with ${location} fails: ${code}`];
  return ["interrupted", `the connection to ${location} ended before the answer did (${code})`];
}
