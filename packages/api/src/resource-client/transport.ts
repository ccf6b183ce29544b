/** How requests reach a resource API: over a unix socket, TCP or TLS, or within the process. */

export interface TransportRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and the body of the answer. */
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Resolves once the head of the answer is there; its body arrives as it is read. */
export interface Transport {
  /** @throws TransportError, also out of the body; the signal's reason once that has aborted. */
  request(request: TransportRequest): Promise<TransportResponse>;
}

export type TransportErrorCode =
  /** Nobody listens there. */
  | "no-server"
  /** The socket may not be opened. */
  | "no-permission"
  /** It was reached, and the connection ended before the answer did. */
  | "interrupted"
  /** The certificate of one side does not suit the other. */
  | "tls"
  /** What answers is no resource API of this version. */
  | "bad-answer";

/** No answer, or none that can be read. `location` is the socket or URL that was asked. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  readonly location: string;

  constructor(code: TransportErrorCode, location: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.location = location;
  }
}
