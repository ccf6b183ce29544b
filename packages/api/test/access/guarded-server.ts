/** A server as `selvedge api-server` and an agent run it, with TLS, tokens and an audit log, and people who ask it. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { join } from "node:path";
import { openSqliteStore, ResourceCache, type Store } from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";
import type { Change, Resource } from "@selvedge/resources";
import {
  type ApiServer,
  type ApiServerOptions,
  type AuditLog,
  changeTokenFile,
  hashToken,
  type IpamService,
  IpamThread,
  makeToken,
  openAuditLog,
  serveApi,
  type TokenRecord,
} from "../../src/index.ts";
import { FakeAgent } from "../fake-agent.ts";
import { Authority, type KeyPair } from "./public-key-infrastructure.ts";

export const ROOT = "/apis/selvedge.dev/v1alpha1";

/** With what somebody comes. */
export interface Credentials {
  readonly token?: string;
  readonly certificate?: KeyPair;
  /** Over the unix socket, and nothing else matters. */
  readonly isLocal?: boolean;
}

export interface Call {
  readonly method?: string;
  /** JSON, unless it is a text, or octets. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a watch, take what comes in so many milliseconds, and leave. */
  readonly watchFor?: number;
}

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly body: { readonly [field: string]: unknown } | undefined;
}

export interface GuardedServerOptions {
  readonly auditRequired?: boolean;
  /** Default: a file in the directory. */
  readonly auditFile?: string;
}

/** Disposing of it ends the server and removes everything that was made for it. */
export class GuardedServer implements AsyncDisposable {
  readonly authority: Authority;
  readonly keys: KeyPair;
  readonly agent: FakeAgent;
  readonly problems: string[];
  readonly internalErrors: unknown[];
  readonly socketPath: string;
  readonly tokensFile: string;
  readonly auditFile: string;
  #store: Store;
  #cache: ResourceCache;
  #ipam: IpamService;
  #stores = 0;
  readonly #audit: AuditLog;
  #server: ApiServer | undefined;

  static async start(options: GuardedServerOptions = {}): Promise<GuardedServer> {
    const started = new GuardedServer(options);
    await changeTokenFile(started.tokensFile, () => []);
    started.#server = await serveApi(started.#serverOptions());
    return started;
  }

  private constructor({ auditFile, auditRequired = false }: GuardedServerOptions) {
    this.authority = new Authority("users");
    this.keys = this.authority.server();
    const { directory } = this.authority;
    this.agent = new FakeAgent();
    this.problems = [];
    this.internalErrors = [];
    this.socketPath = join(directory, "api.sock");
    this.tokensFile = join(directory, "tokens.yaml");
    this.auditFile = auditFile ?? join(directory, "audit.jsonl");
    this.#audit = openAuditLog({ file: this.auditFile, required: auditRequired }, ({ message }) =>
      this.problems.push(message),
    );
    [this.#store, this.#cache, this.#ipam] = this.#openDatastore();
  }

  get cache(): ResourceCache {
    return this.#cache;
  }

  get store(): Store {
    return this.#store;
  }

  /** Gives it an empty datastore. */
  async renew(): Promise<void> {
    const [store, cache] = [this.#store, this.#cache];
    [this.#store, this.#cache, this.#ipam] = this.#openDatastore();
    await cache[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  }

  #openDatastore(): [Store, ResourceCache, IpamService] {
    const path = join(this.authority.directory, `store-${this.#stores++}.db`);
    const store = openSqliteStore(path);
    const cache = new ResourceCache(store, { companion: endpointCompanion(store) });
    return [store, cache, new IpamThread({ kind: "sqlite", path })];
  }

  #serverOptions(): ApiServerOptions {
    const { certificate, key } = this.keys;
    return {
      socketPath: this.socketPath,
      operations: this.agent,
      resources: () => this.cache,
      ipam: { ask: (question, signal) => this.#ipam.ask(question, signal) },
      onInternalError: (error) => this.internalErrors.push(error),
      audit: this.#audit,
      tls: {
        listen: { host: "127.0.0.1", port: 0 },
        certificate,
        key,
        clientCa: this.authority.certificate,
        tokens: this.tokensFile,
        onProblem: (message) => this.problems.push(message),
      },
    };
  }

  get server(): ApiServer {
    if (this.#server === undefined) throw new Error("it was not started");
    return this.#server;
  }

  get port(): number {
    return Number(/:(\d+)$/.exec(this.server.tlsAddress ?? "")?.[1]);
  }

  /** A token that is good at once. */
  async token(user: string, groups: readonly string[], expires?: string): Promise<string> {
    const { id, token } = makeToken(randomBytes);
    const record: TokenRecord = {
      id,
      user,
      groups,
      sha256: hashToken(token),
      created: "2026-01-01T00:00:00Z",
      ...(expires === undefined ? {} : { expires }),
    };
    await changeTokenFile(this.tokensFile, (records) => [...records, record]);
    await this.server.reload();
    return token;
  }

  /** Declares resources past the API. */
  async declare(...resources: readonly Resource[]): Promise<void> {
    const changes = resources.map((resource): Change => ({ kind: "put", resource }));
    const outcome = await this.cache.apply(changes);
    if (outcome.kind !== "applied") throw new Error(JSON.stringify(outcome));
  }

  /** Entries of the audit log; the disk has them a moment after the answer, the last one in part until then. */
  audit(): { readonly [field: string]: unknown }[] {
    return readFileSync(this.auditFile, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  call(who: Credentials, path: string, call: Call = {}, tls: RequestOptions = {}): Promise<Answer> {
    const { method = "GET", body, headers = {}, watchFor } = call;
    const isPlain = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
    const payload = isPlain ? body : JSON.stringify(body);
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const options = {
      method,
      path,
      agent: false,
      headers: {
        // Node's client leaves out the length of what goes with DELETE or GET.
        ...(payload === undefined
          ? {}
          : { "content-type": type, "content-length": Buffer.byteLength(payload) }),
        ...(who.token === undefined ? {} : { authorization: `Bearer ${who.token}` }),
        ...headers,
      },
    };
    return new Promise((resolve, reject) => {
      const request =
        who.isLocal === true
          ? httpRequest({ ...options, socketPath: this.socketPath })
          : httpsRequest({
              ...options,
              host: "127.0.0.1",
              port: this.port,
              ca: this.authority.pem,
              ...(who.certificate === undefined ? {} : who.certificate.pem),
              ...tls,
            });
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        const { statusCode: code = 0, headers: answered } = response;
        const finish = () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ code, headers: answered, text, body: jsonOf(text) });
        };
        if (watchFor !== undefined && answered["content-length"] === undefined) {
          setTimeout(() => {
            finish();
            request.destroy();
          }, watchFor);
        }
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", finish);
      });
      request.end(payload);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await this.#audit[Symbol.asyncDispose]();
    await this.#cache[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
    this.authority[Symbol.dispose]();
  }
}

function jsonOf(text: string): Answer["body"] {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
