/** Requests to an API server and their answers, whatever they are about. */
import { statusSchema } from "../documents/status.ts";
import { badAnswer, parseJson, textOf, warningsOf } from "./answer.ts";
import { ResourceRefusedError } from "./refused-error.ts";
import type { Transport, TransportResponse } from "./transport.ts";

const JSON_TYPE = "application/json";

export interface ClientOptions {
  readonly transport: Transport;
  /** With every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of what the server warns of while it does what it was asked for. */
  readonly onWarning?: (text: string) => void;
}

export interface RequestParts {
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `application/json`, where there is a body. */
  readonly contentType?: string;
  /** Sent as JSON; nothing is where it is undefined. */
  readonly content?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * @throws ResourceRefusedError with the server's reason and message.
 * @throws TransportError when there is no answer, or none that can be read.
 */
export class Requester {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The answer as JSON. */
  async send(method: string, path: string, parts: RequestParts = {}): Promise<unknown> {
    return parseJson(await textOf(await this.request(method, path, parts)));
  }

  /** The answer before its body has been read. */
  async request(
    method: string,
    path: string,
    { headers, contentType = JSON_TYPE, content, signal }: RequestParts = {},
  ): Promise<TransportResponse> {
    const response = await this.#options.transport.request({
      method,
      path,
      headers: {
        accept: JSON_TYPE,
        ...this.#options.headers,
        ...headers,
        ...(content === undefined ? {} : { "content-type": contentType }),
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const text of warningsOf(response)) this.#options.onWarning?.(text);
    if (response.status < 400) return response;
    const status = statusSchema.safeParse(parseJson(await textOf(response)));
    if (status.success) throw new ResourceRefusedError(status.data, response.status);
    throw badAnswer(status.error);
  }
}
