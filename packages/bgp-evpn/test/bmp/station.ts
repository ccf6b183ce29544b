/** A BMP collector on a loopback address: what it hears adds up to the tables of the peers. */
import { createServer, type Server, type Socket } from "node:net";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { hex } from "../../src/wire/hex.ts";
import { decodeUpdate } from "../../src/wire/update-decode.ts";
import { type BmpMessage, decodeBmp } from "./bmp-decode.ts";

/** What a station knows of one peer. */
export interface StationPeer {
  readonly up: Extract<BmpMessage, { type: "peer-up" }>;
  /** NLRI as hex. */
  readonly routes: Set<string>;
  /** UPDATEs as hex, in their order. */
  readonly updates: string[];
  endOfRibs: number;
}

/** Takes one connection after the other; a new one begins with nothing. */
export class Station {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly messages: BmpMessage[] = [];
  readonly peers = new Map<string, StationPeer>();
  connections = 0;
  /** Reads nothing of connections that come from now on. */
  reads = true;

  constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(address: string, port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, address, resolve));
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("not listening");
    return bound.port;
  }

  /** Closes all connections, as a killed process would. */
  drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  ofType<T extends BmpMessage["type"]>(type: T): Extract<BmpMessage, { type: T }>[] {
    const isOfType = (message: BmpMessage): message is Extract<BmpMessage, { type: T }> =>
      message.type === type;
    return this.messages.filter(isOfType);
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    this.messages.length = 0;
    this.peers.clear();
    let waiting: Buffer = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    if (!this.reads) {
      socket.pause();
      return;
    }
    socket.on("data", (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      const { length, messages } = decodeBmp(waiting);
      waiting = waiting.subarray(length);
      for (const message of messages) this.#take(message);
    });
  }

  #take(message: BmpMessage): void {
    this.messages.push(message);
    if (message.type === "initiation" || message.type === "termination") return;
    const { address } = message.peer;
    if (message.type === "peer-up") {
      const peer = { up: message, routes: new Set<string>(), updates: [], endOfRibs: 0 };
      this.peers.set(address, peer);
      return;
    }
    const peer = this.peers.get(address);
    if (peer === undefined) throw new Error(`${message.type} of ${address}, which is not up`);
    if (message.type === "peer-down") this.peers.delete(address);
    if (message.type === "route-monitoring") apply(peer, message.update, message.peer.flags);
  }
}

function apply(peer: StationPeer, update: Buffer, flags: number): void {
  peer.updates.push(update.toString("hex"));
  const context = {
    ...DEFAULT_CONTEXT,
    extendedMessages: true,
    fourOctetAs: (flags & 0x20) === 0,
  };
  const decoded = decodeUpdate(Uint8Array.from(update), 0, update.length, context);
  if (decoded.endOfRib !== undefined) peer.endOfRibs++;
  for (const group of [...decoded.withdrawn, ...decoded.announced]) {
    for (const route of "routes" in group ? group.routes : []) {
      if (!("routeType" in route)) throw new Error(`${route.kind} routes were sent`);
      const nlri = hex(encodeEvpnRoute(route));
      if (group.carriedIn === "mp-unreach" || decoded.treatment !== "accept") {
        peer.routes.delete(nlri);
      } else {
        peer.routes.add(nlri);
      }
    }
  }
}
