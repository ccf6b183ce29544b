/**
 * A bare BGP client for benchmarks: brings up one EVPN session, sends octets that were prepared
 * beforehand as fast as the other end takes them, and counts the routes it is told.
 *
 * Does not: keep the routes, run timers (the session has no hold time), answer to a NOTIFICATION.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  encodeKeepalive,
  encodeOpen,
  frameLength,
  scanUpdate,
  UpdateScan,
} from "@selvedge/bgp-evpn";
import { type Asn, type IpAddress, parseIpAddress } from "@selvedge/net";
import { CONTEXT, countRoutes } from "./reflection-load.ts";

const HEADER_LENGTH = 19;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;
const RECONNECT_MS = 100;

/** Where the reflector is, and who the client is. */
export interface BgpClientOptions {
  readonly port: number;
  readonly asn: Asn;
  /** Source address, and BGP identifier. */
  readonly address: IpAddress;
}

/** One session with the reflector. */
export class BgpClient {
  readonly #socket: Socket;
  readonly #scan = new UpdateScan();
  #rest = new Uint8Array(0);
  #routes = 0;
  #isEstablished = false;
  #onProgress: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes));
  }

  /** Connects, trying again while nobody listens, and waits until the session is established. */
  static async open(options: BgpClientOptions): Promise<BgpClient> {
    const client = new BgpClient(await connectTo(options));
    const { address: routerId, asn } = options;
    client.#socket.write(
      encodeOpen({
        asn,
        holdTime: 0,
        routerId,
        capabilities: [
          { kind: "multiprotocol", family: "l2vpn-evpn" },
          { kind: "four-octet-as", asn },
        ],
      }),
    );
    client.#socket.write(encodeKeepalive());
    await client.#until(() => client.#isEstablished);
    return client;
  }

  /** Announcements received, also of routes that had been announced before. */
  get routes(): number {
    return this.#routes;
  }

  /** Sends all pieces, each when the socket has taken the one before. */
  async send(pieces: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pieces) {
      if (!this.#socket.write(bytes)) await once(this.#socket, "drain");
    }
  }

  /** Waits until so many routes have been announced to this client. */
  received(routes: number): Promise<void> {
    return this.#until(() => this.#routes >= routes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once("close", () => reject(new Error("the reflector has closed a session")));
      this.#onProgress = () => {
        if (isDone()) resolve();
      };
      this.#onProgress();
    });
  }

  #take(bytes: Uint8Array): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (;;) {
      const length = frameLength(all, at, all.length, CONTEXT);
      if (length < 0) throw new Error("the reflector has sent a broken message");
      if (length === 0 || at + length > all.length) break;
      this.#takeMessage(all, at, length);
      at += length;
    }
    this.#rest = all.slice(at);
    this.#onProgress();
  }

  #takeMessage(bytes: Uint8Array, at: number, length: number): void {
    const type = bytes[at + HEADER_LENGTH - 1];
    if (type === KEEPALIVE) this.#isEstablished = true;
    if (type === NOTIFICATION) {
      const [code, subcode] = bytes.subarray(at + HEADER_LENGTH);
      throw new Error(`the reflector has sent NOTIFICATION ${code}/${subcode}`);
    }
    if (type !== UPDATE) return;
    if (scanUpdate(bytes, at, length, CONTEXT, this.#scan) !== undefined) {
      throw new Error("the reflector has sent an UPDATE that cannot be read");
    }
    this.#routes += countRoutes(this.#scan);
  }
}

async function connectTo({ address, port }: BgpClientOptions): Promise<Socket> {
  for (;;) {
    const socket = connect({ host: REFLECTOR_ADDRESS, port, localAddress: address });
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }
}

/** Where reflectors listen. */
export const REFLECTOR_ADDRESS: IpAddress = parseIpAddress("127.0.0.1");

/** Source address of a client: all of 127.0.0.0/8 is this machine. */
export function clientSource(client: number): IpAddress {
  return parseIpAddress(`127.1.${client >> 8}.${(client & 0xff) + 1}`);
}
