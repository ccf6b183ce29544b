/**
 * What stands before the routes of a server on all its listeners: the unix socket, whose opener is root, and TLS where it
 * is asked for. One server has both, so that there is one set of routes and one set of rules.
 */
import type { FastifyInstance } from "fastify";
import type { IpamApiOptions } from "../ipam-api/ipam-api.ts";
import type { ResourceApiOptions, ResourceView } from "../resource-api/resource-options.ts";
import { ApiAccess } from "./api-access.ts";
import type { AuditLog } from "./audit-log.ts";
import { CredentialChecker } from "./authenticate.ts";
import { registerHealth } from "./health.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { TlsFiles } from "./tls-files.ts";
import { TlsListener } from "./tls-listener.ts";
import { TokenStore } from "./token-store.ts";

/** A TLS listener as an operator configures it. At least one of `clientCa` and `tokens` is there. */
export interface TlsConfig extends TlsFiles {
  readonly listen: ListenAddress;
  /** Path of the file that `selvedge token` writes. */
  readonly tokens?: string | undefined;
}

export interface TlsServerOptions extends TlsConfig {
  /** Told of what an operator should mend, such as a certificate that expires. */
  readonly onProblem: (message: string) => void;
}

export interface GuardOptions {
  /** Undefined: it listens on the unix socket only. */
  readonly tls?: TlsServerOptions | undefined;
  readonly audit?: AuditLog | undefined;
}

export class ServerGuard {
  readonly #server: FastifyInstance;
  readonly #options: GuardOptions;
  readonly #access: ApiAccess;
  readonly #tokens: TokenStore | undefined;

  /** `server` must have no routes yet. */
  constructor(server: FastifyInstance, options: GuardOptions) {
    const { tls, audit } = options;
    this.#server = server;
    this.#options = options;
    this.#tokens = tls?.tokens === undefined ? undefined : new TokenStore(tls.tokens);
    const checker = new CredentialChecker({ tokens: () => this.#tokens?.tokens, now: Date.now });
    server.server.on("connection", (connection) => {
      // Its address is a path only on a unix socket.
      if (typeof server.server.address() === "string") checker.trustAsRoot(connection);
    });
    this.#access = new ApiAccess({ authenticator: checker, audit });
    this.#access.register(server);
  }

  /** Options for registerResourceApi; `resources` is all that there is. */
  resourceOptions(
    resources: () => ResourceView,
  ): Required<Pick<ResourceApiOptions, "resources" | "identify">> {
    registerHealth(this.#server, {
      check: async () => resources().state(),
      now: () => performance.now(),
    });
    return {
      resources: (request) => this.#access.resourcesFor(request, resources()),
      identify: (request) => ({ name: this.#access.identityOf(request)?.user ?? "nobody" }),
    };
  }

  /** Options for registerIpamApi. */
  ipamOptions(): Required<Pick<IpamApiOptions, "onChanges">> {
    return { onChanges: (request, changes) => this.#access.tellChanges(request, changes) };
  }

  /**
   * Listens with TLS, where that is configured; to be called when the server has its routes.
   * @throws TlsListenerError
   */
  async listen(): Promise<TlsListener | undefined> {
    const { tls } = this.#options;
    if (tls === undefined) return undefined;
    const { listen, tokens: _, onProblem, ...files } = tls;
    return TlsListener.start({
      listen,
      files,
      tokens: this.#tokens,
      server: this.#server,
      access: this.#access,
      onProblem,
    });
  }
}
