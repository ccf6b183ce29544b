/** Who makes a request: by the unix socket, the client's certificate, or a bearer token. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { identityOfCertificate } from "./client-certificate.ts";
import { type Identity, ROOT_ON_SOCKET } from "./identity.ts";
import type { TokenSet } from "./token.ts";

export type Authentication =
  | { readonly kind: "known"; readonly identity: Identity }
  /** `reason` is for the client, and says nothing of what is secret. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface Authenticator {
  authenticate(request: IncomingMessage): Authentication;
}

export interface CredentialCheckerOptions {
  /** Undefined: nobody has a token here. */
  readonly tokens: () => TokenSet | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Checks credentials. A connection that is neither TLS nor one that was told to be local has none that count. */
export class CredentialChecker implements Authenticator {
  readonly #options: CredentialCheckerOptions;
  readonly #local = new WeakSet<Socket>();

  constructor(options: CredentialCheckerOptions) {
    this.#options = options;
  }

  /** A connection to a unix socket that only root may open. */
  trustAsRoot(connection: Socket): void {
    this.#local.add(connection);
  }

  authenticate({ socket, headers }: IncomingMessage): Authentication {
    if (this.#local.has(socket)) return { kind: "known", identity: ROOT_ON_SOCKET };
    if (!(socket instanceof TLSSocket)) return unknown("connect with TLS");
    const certificate = socket.getPeerX509Certificate();
    // As in Kubernetes, whoever shows a certificate is who it names, with a token or without.
    if (certificate !== undefined) {
      const fault = socket.authorized ? undefined : String(socket.authorizationError);
      const verdict = identityOfCertificate(certificate, fault, this.#options.now());
      if (verdict.kind === "good") return { kind: "known", identity: verdict.identity };
      return unknown(`the client certificate is not taken: ${verdict.reason}`);
    }
    return this.#byToken(headers.authorization);
  }

  #byToken(header: string | undefined): Authentication {
    if (header === undefined) return unknown("show a client certificate or a bearer token");
    const [, token] = /^bearer +([^\s]+) *$/i.exec(header) ?? [];
    if (token === undefined) return unknown("the Authorization header holds no bearer token");
    const verdict = this.#options.tokens()?.check(token, this.#options.now());
    if (verdict?.kind === "good") return { kind: "known", identity: verdict.identity };
    return unknown(
      verdict?.reason === "expired" ? "the token has expired" : "the token is not known here",
    );
  }
}

function unknown(reason: string): Authentication {
  return { kind: "unknown", reason };
}
