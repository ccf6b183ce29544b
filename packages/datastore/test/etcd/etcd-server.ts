/** A real etcd for tests: on free ports of the loopback, with its data in a temporary directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** 3.4 says it so. */
const READY = "serving client traffic";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export interface EtcdServerOptions {
  /** `https` for clients, with these further arguments. */
  readonly tls?: readonly string[];
  readonly arguments?: readonly string[];
}

export class EtcdServer {
  readonly endpoint: string;
  readonly #directory: string;
  readonly #arguments: readonly string[];
  #child: ChildProcess | undefined;
  #log = "";

  private constructor(endpoint: string, directory: string, args: readonly string[]) {
    this.endpoint = endpoint;
    this.#directory = directory;
    this.#arguments = args;
  }

  /** A server that answers. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const directory = mkdtempSync(join(tmpdir(), "selvedge-etcd-"));
    const [client, peer] = [await freePort(), await freePort()];
    const scheme = options.tls === undefined ? "http" : "https";
    // Certificates are for names.
    const host = options.tls === undefined ? "127.0.0.1" : "localhost";
    const clientUrl = `${scheme}://${host}:${client}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    const server = new EtcdServer(`${host}:${client}`, directory, [
      ...["--data-dir", join(directory, "data"), "--logger", "zap"],
      ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
      ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
      ...["--initial-cluster", `default=${peerUrl}`],
      ...(options.tls ?? []),
      ...(options.arguments ?? []),
    ]);
    await server.start();
    return server;
  }

  /** Starts it again on the same data. */
  async start(): Promise<void> {
    const child = spawn("etcd", this.#arguments, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    this.#log = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-20_000);
        if (this.#log.includes(READY)) resolve();
      });
      child.once("exit", () => reject(new Error(`etcd has ended:\n${this.#log}`)));
      child.once("error", reject);
    });
  }

  /** SIGSTOP and SIGCONT: it is there and does not answer. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
