/** A way to a server that can lose what the server says while everything said to it arrives. */
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

export class Relay implements AsyncDisposable {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #losesAnswers = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.endpoint = `127.0.0.1:${port}`;
  }

  /** `endpoint`: HOST:PORT of the server. */
  static async to(endpoint: string): Promise<Relay> {
    const [host = "", port = ""] = endpoint.split(":");
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const relay = new Relay(server, address.port);
    server.on("connection", (client) => relay.#join(client, createConnection(Number(port), host)));
    return relay;
  }

  /** From now on the client hears nothing. */
  loseAnswers(): void {
    this.#losesAnswers = true;
  }

  /** Ends what is open; new connections work as before. */
  recover(): void {
    this.#losesAnswers = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.recover();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (!this.#losesAnswers) client.write(data);
    });
  }
}
