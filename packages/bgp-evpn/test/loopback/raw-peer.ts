/** A peer that is played by a test, octet by octet, over a real TCP connection. */

import { createConnection, createServer, type Server, type Socket } from "node:net";
import { type IpAddress, parseIpAddress } from "@selvedge/net";
import { MessageStream } from "../../src/session/framing.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { MESSAGE, messageType } from "../../src/wire/header.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { type DecodedMessage, decodeMessage } from "../../src/wire/message.ts";
import { encodeOpen, type OpenFields } from "../../src/wire/open.ts";
import { AS, until } from "./speakers.ts";

export class RawPeer {
  readonly socket: Socket;
  /** Whole messages as they came. */
  readonly received: Uint8Array[] = [];
  closed = false;
  readonly #stream = new MessageStream();

  constructor(socket: Socket) {
    this.socket = socket;
    this.#stream.context = { ...DEFAULT_CONTEXT, extendedMessages: true };
    socket.on("data", (chunk: Buffer) => {
      this.#stream.push(Uint8Array.from(chunk), (bytes, offset, length) => {
        this.received.push(bytes.slice(offset, offset + length));
        return true;
      });
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.closed = true;
    });
  }

  /** Connects from one address to a port of another. */
  static async connect(from: string, to: string, port: number): Promise<RawPeer> {
    const socket = createConnection({ host: to, port, localAddress: from });
    const peer = new RawPeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  send(...messages: readonly Uint8Array[]): void {
    for (const message of messages) this.socket.write(message);
  }

  ofType(type: number): DecodedMessage[] {
    return this.received
      .filter((message) => messageType(message, 0) === type)
      .map((message) => decodeMessage(message, { ...DEFAULT_CONTEXT, extendedMessages: true }));
  }

  /** "code/subcode" of the NOTIFICATION that came, if one did. */
  get notification(): string | undefined {
    const last = this.ofType(MESSAGE.NOTIFICATION).at(-1);
    return last?.kind === "notification" ? `${last.code}/${last.subcode}` : undefined;
  }

  /** Exchanges OPENs and the first KEEPALIVEs. */
  async establish(routerId: string, changes: Partial<OpenFields> = {}): Promise<void> {
    this.send(open(parseIpAddress(routerId), changes), encodeKeepalive());
    await until(() => this.ofType(MESSAGE.KEEPALIVE).length > 0);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await until(() => this.closed);
  }
}

export function open(routerId: IpAddress, changes: Partial<OpenFields> = {}): Uint8Array {
  return encodeOpen({
    asn: AS,
    holdTime: 90,
    routerId,
    capabilities: [
      { kind: "multiprotocol", family: "l2vpn-evpn" },
      { kind: "four-octet-as", asn: AS },
    ],
    ...changes,
  });
}

/** Listens on a loopback address; the connections that come are kept. */
export class RawListener {
  readonly peers: RawPeer[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => this.peers.push(new RawPeer(socket)));
  }

  async listen(address: string): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, address, resolve));
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") throw new Error("not listening");
    return bound.port;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
