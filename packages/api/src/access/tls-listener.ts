/**
 * A TLS listener in front of a server's routes: who may connect is the business of TLS here, who may do what that of
 * ApiAccess. Certificates and tokens are read again when their files change, so that none of them needs a restart; what
 * was opened with credentials that are no longer good is broken off.
 */
import { constants } from "node:crypto";
import { createServer, type Server, type ServerOptions } from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { ApiAccess } from "./api-access.ts";
import type { Identity } from "./identity.ts";
import type { ListenAddress } from "./listen-address.ts";
import { readTlsFiles, type TlsFiles, type TlsMaterial } from "./tls-files.ts";
import type { TokenStore } from "./token-store.ts";

export interface TlsListenerOptions {
  readonly listen: ListenAddress;
  readonly files: TlsFiles;
  /** Undefined: nobody has a token. */
  readonly tokens?: TokenStore | undefined;
  /** Its routes are served; it need not listen itself. */
  readonly server: FastifyInstance;
  readonly access: ApiAccess;
  /** Told of what an operator should mend: each thing once, until it changes. */
  readonly onProblem: (message: string) => void;
  /** Milliseconds between looks at the files. Default ten seconds. */
  readonly interval?: number;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
}

/** The files cannot be used, or the address cannot be listened on. */
export class TlsListenerError extends Error {
  override readonly name = "TlsListenerError";
}

/** AEAD with forward secrecy. TLS 1.2 is for old clients; its renegotiation is off. */
const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
].join(":");

const INTERVAL = 10_000;
const HANDSHAKE_TIMEOUT = 10_000;
const HEADERS_TIMEOUT = 20_000;
const REQUEST_TIMEOUT = 60_000;
const MOST_CONNECTIONS = 4096;

export class TlsListener implements AsyncDisposable {
  readonly #options: TlsListenerOptions;
  readonly #now: () => number;
  readonly #https: Server;
  readonly #connections = new Set<TLSSocket>();
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #material: TlsMaterial;
  #reloading: Promise<void> = Promise.resolve();

  /** @throws TlsListenerError with what is wrong and where. */
  static async start(options: TlsListenerOptions): Promise<TlsListener> {
    const now = options.now ?? Date.now;
    const verdict = readTlsFiles(options.files, now());
    if (verdict.kind === "unusable") throw new TlsListenerError(verdict.reason);
    await options.server.ready();
    const listener = new TlsListener(options, verdict.material, now);
    await listener.#readTokens();
    listener.#tell(verdict.material.warnings);
    await listener.#listen();
    return listener;
  }

  private constructor(options: TlsListenerOptions, material: TlsMaterial, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#material = material;
    this.#https = createServer(
      { ...contextOf(material), ...connectionOptions(options.files) },
      (request, response) => options.server.routing(request, response),
    );
    this.#https.maxConnections = MOST_CONNECTIONS;
    this.#https.on("secureConnection", (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
  }

  /** The port listened on, also where any was asked for. */
  get port(): number {
    return addressOf(this.#https).port;
  }

  /** `10.0.1.1:6443`, `[::1]:6443` */
  get address(): string {
    const { address, port } = addressOf(this.#https);
    return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Looks at the files now, and at what is open. Calls at the same time take turns. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      try {
        this.#readFiles();
        await this.#readTokens();
      } catch (error) {
        this.#tell([`the files of the TLS listener cannot be read: ${String(error)}`]);
      }
      this.#options.access.endWhere((identity) => this.#isOver(identity));
    });
    return this.#reloading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#reloading;
    const closed = new Promise<void>((resolve) => this.#https.close(() => resolve()));
    for (const connection of this.#connections) connection.destroy();
    this.#https.closeAllConnections();
    await closed;
  }

  #listen(): Promise<void> {
    const { listen, interval = INTERVAL } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) => {
        const message = `cannot listen on ${listen.host} port ${listen.port}: ${cause.message}`;
        reject(new TlsListenerError(message, { cause }));
      };
      this.#https.once("error", fail);
      this.#https.listen(listen, () => {
        this.#https.off("error", fail);
        this.#timer = setInterval(() => void this.reload(), interval).unref();
        resolve();
      });
    });
  }

  #readFiles(): void {
    const verdict = readTlsFiles(this.#options.files, this.#now());
    if (verdict.kind === "unusable") {
      this.#tell([`${verdict.reason}; the certificate of before stays in use`]);
      return;
    }
    const { material } = verdict;
    const before = this.#material;
    this.#tell(material.warnings);
    const isSame = material.cert === before.cert && material.key === before.key;
    if (isSame && material.ca === before.ca) return;
    this.#https.setSecureContext(contextOf(material));
    this.#material = material;
    // Whoever is connected was checked against the authorities of before.
    if (material.ca !== before.ca) for (const connection of this.#connections) connection.destroy();
  }

  async #readTokens(): Promise<void> {
    const outcome = await this.#options.tokens?.reload();
    if (outcome === undefined || outcome.kind === "read") return;
    const consequence =
      outcome.kind === "kept" ? "the tokens of before stay in force" : "no token is good any more";
    this.#tell([`${outcome.reason}; ${consequence}`]);
  }

  #isOver(identity: Identity): boolean {
    if (identity.expiresAt !== undefined && identity.expiresAt <= this.#now()) return true;
    if (identity.how !== "token") return false;
    return this.#options.tokens?.tokens.stillGives(identity) !== true;
  }

  #tell(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#told.has(message)) continue;
      // Messages hold times and reasons of files: a few, unless somebody writes them anew again and again.
      if (this.#told.size > 100) this.#told.clear();
      this.#told.add(message);
      this.#options.onProblem(message);
    }
  }
}

/** What may change while it listens. */
function contextOf({ cert, key, ca }: TlsMaterial): ServerOptions {
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // A resumed session would not be checked against authorities that have changed meanwhile.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

function connectionOptions({ clientCa }: TlsFiles): ServerOptions {
  return {
    requestCert: clientCa !== undefined,
    // So that a certificate that is not taken gets an answer that says why.
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    ALPNProtocols: ["http/1.1"],
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen on TCP");
  return address;
}
