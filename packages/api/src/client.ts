/** Asks an agent over its unix socket. Every answer is parsed by the schema of its document. */
import { request } from "node:http";
import type { IpAddress } from "@selvedge/net";
import type { z } from "zod";
import { type AgentStatus, agentStatusSchema } from "./documents/agent-status.ts";
import {
  type AttachRequest,
  type AttachResponse,
  attachResponseSchema,
} from "./documents/attachment.ts";
import {
  type BgpClearRequest,
  type BgpClearResponse,
  bgpClearResponseSchema,
} from "./documents/bgp-clear.ts";
import { type BgpMembershipsDocument, bgpMembershipsSchema } from "./documents/bgp-memberships.ts";
import { type BgpNeighborsDocument, bgpNeighborsSchema } from "./documents/bgp-neighbors.ts";
import { type BgpSummaryDocument, bgpSummarySchema } from "./documents/bgp-summary.ts";
import { type EndpointListDocument, endpointListSchema } from "./documents/endpoint-status.ts";
import {
  type EvpnPageRange,
  type EvpnRouteQuery,
  PAGE_LIMIT,
} from "./documents/evpn-route-query.ts";
import {
  type EvpnRoutePage,
  type EvpnRoutesDocument,
  evpnRoutePageSchema,
} from "./documents/evpn-routes.ts";
import { failureSchema } from "./documents/failure.ts";
import { type MacListDocument, macListSchema } from "./documents/mac-list.ts";
import { type VrfListDocument, vrfListSchema } from "./documents/vrf-status.ts";
import { type VtepListDocument, vtepListSchema } from "./documents/vtep-status.ts";
import { RefusedError, UnreachableError } from "./errors.ts";
import { joinRoutePages } from "./evpn-route-list.ts";
import type { RouteDirection } from "./operations.ts";
import { API_PATHS, neighborRoutesPath } from "./routes.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface ApiClientOptions {
  readonly socketPath: string;
  /** Milliseconds without an answer after which the agent counts as unreachable. Default 10,000. */
  readonly timeout?: number;
}

/**
 * @throws RefusedError with the agent's reason and message.
 * @throws UnreachableError when nobody answers, or the answer is not what the schema says.
 */
export class ApiClient {
  readonly socketPath: string;
  readonly #timeout: number;

  constructor(options: ApiClientOptions) {
    this.socketPath = options.socketPath;
    this.#timeout = options.timeout ?? 10_000;
  }

  status(): Promise<AgentStatus> {
    return this.#get(API_PATHS.status, agentStatusSchema);
  }

  bgpSummary(): Promise<BgpSummaryDocument> {
    return this.#get(API_PATHS.bgpSummary, bgpSummarySchema);
  }

  /** All neighbours, or one. */
  bgpNeighbors(address?: IpAddress): Promise<BgpNeighborsDocument> {
    const path = address === undefined ? "" : `/${encodeURIComponent(address)}`;
    return this.#get(`${API_PATHS.bgpNeighbors}${path}`, bgpNeighborsSchema);
  }

  /** Route target memberships (RFC 4684), those of the agent's host among them. */
  bgpMemberships(): Promise<BgpMembershipsDocument> {
    return this.#get(API_PATHS.bgpMemberships, bgpMembershipsSchema);
  }

  /** Ends sessions or exchanges their routes again; see `BgpClearResponse` for what was refused. */
  async clearBgp(clear: BgpClearRequest): Promise<BgpClearResponse> {
    const answer = await this.#send("POST", API_PATHS.bgpClear, clear);
    return this.#parse(answer, bgpClearResponseSchema);
  }

  /** The routes that match, of all pages. */
  evpnRoutes(query: EvpnRouteQuery = {}): Promise<EvpnRoutesDocument> {
    return joinRoutePages(this.#pages(API_PATHS.evpnRoutes, query));
  }

  /** The routes held from a neighbour, or those that it has been told, of all pages. */
  neighborRoutes(
    address: IpAddress,
    direction: RouteDirection,
    query: EvpnRouteQuery = {},
  ): Promise<EvpnRoutesDocument> {
    const path = neighborRoutesPath(encodeURIComponent(address), direction);
    return joinRoutePages(this.#pages(path, query));
  }

  vrfs(): Promise<VrfListDocument> {
    return this.#get(API_PATHS.vrfs, vrfListSchema);
  }

  vteps(): Promise<VtepListDocument> {
    return this.#get(API_PATHS.vteps, vtepListSchema);
  }

  macs(): Promise<MacListDocument> {
    return this.#get(API_PATHS.macs, macListSchema);
  }

  endpoints(): Promise<EndpointListDocument> {
    return this.#get(API_PATHS.endpoints, endpointListSchema);
  }

  /** Attaches an endpoint as soon as it is declared for this host; it may be declared for another one still. */
  async attachAhead(attachment: AttachRequest): Promise<void> {
    const answer = await this.#send("POST", API_PATHS.attachments, { ...attachment, ahead: true });
    if (answer.status >= 400) throw this.#refusal(answer);
  }

  async attach(attachment: AttachRequest): Promise<AttachResponse> {
    const answer = await this.#send("POST", API_PATHS.attachments, attachment);
    return this.#parse(answer, attachResponseSchema);
  }

  /** `endpoint` is `tenant/name`. */
  async detach(endpoint: string): Promise<void> {
    const path = endpoint.split("/").map(encodeURIComponent).join("/");
    const answer = await this.#send("DELETE", `${API_PATHS.attachments}/${path}`);
    if (answer.status >= 400) throw this.#refusal(answer);
  }

  /** Asks for one page after the other, so that the agent never makes a large answer. */
  async *#pages(path: string, query: EvpnRouteQuery): AsyncGenerator<EvpnRoutePage> {
    for (let from: number | undefined = 1; from !== undefined; ) {
      const range: EvpnPageRange = { from, limit: PAGE_LIMIT.default };
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries({ ...query, ...range })) {
        if (value !== undefined) parameters.set(name, String(value));
      }
      const page: EvpnRoutePage = await this.#get(`${path}?${parameters}`, evpnRoutePageSchema);
      yield page;
      from = page.next;
    }
  }

  async #get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> {
    return this.#parse(await this.#send("GET", path), schema);
  }

  #parse<S extends z.ZodType>(answer: Answer, schema: S): z.infer<S> {
    if (answer.status >= 400) throw this.#refusal(answer);
    const parsed = schema.safeParse(this.#json(answer.text));
    if (parsed.success) return parsed.data;
    throw this.#badAnswer("its answer is not the document that was asked for", parsed.error);
  }

  #refusal(answer: Answer): Error {
    const failure = failureSchema.safeParse(this.#json(answer.text));
    return failure.success
      ? new RefusedError(failure.data.reason, failure.data.message)
      : this.#badAnswer(`it answers with HTTP status ${answer.status}`, failure.error);
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#badAnswer("its answer is not JSON", cause);
    }
  }

  #badAnswer(what: string, cause: unknown): UnreachableError {
    return new UnreachableError(
      "bad-answer",
      this.socketPath,
      `the process on ${this.socketPath} is no agent of this version: ${what}`,
      { cause },
    );
  }

  #send(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          socketPath: this.socketPath,
          method,
          path,
          timeout: this.#timeout,
          headers: body === undefined ? {} : { "content-type": "application/json" },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({ status: response.statusCode ?? 0, text });
          });
          response.on("error", (error) => reject(this.#unreachable(error)));
        },
      );
      call.on("timeout", () =>
        call.destroy(
          new UnreachableError(
            "timeout",
            this.socketPath,
            `the agent on ${this.socketPath} did not answer within ${this.#timeout / 1000} s`,
          ),
        ),
      );
      call.on("error", (error) => reject(this.#unreachable(error)));
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #unreachable(error: NodeJS.ErrnoException): UnreachableError {
    if (error instanceof UnreachableError) return error;
    const [code, message] =
      error.code === "EACCES"
        ? (["no-permission", `no permission to open ${this.socketPath}; run as root`] as const)
        : ([
            "no-agent",
            `no agent answers on ${this.socketPath} (${error.code ?? error.message}); start one with ` +
              "`selvedge agent --config FILE`, or name its socket with --socket",
          ] as const);
    return new UnreachableError(code, this.socketPath, message, { cause: error });
  }
}
