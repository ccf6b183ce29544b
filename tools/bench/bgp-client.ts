/**
 * A bare BGP client for benchmarks: brings up one EVPN session, sends octets that were prepared
 * beforehand as fast as the other end takes them, and sums up the routes it is told.
 *
 * Lean on purpose, so that the clients of a benchmark cost less than the reflector that they measure: it walks
 * an UPDATE to its routes and reads 32 bits at a time. Does not: validate, answer a NOTIFICATION, run timers
 * (with a hold time, whoever uses it calls `sendKeepalive`).
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeKeepalive, encodeOpen } from "@selvedge/bgp-evpn";
import { type Asn, type IpAddress, parseIpAddress } from "@selvedge/net";
import { MessageReader } from "./message-reader.ts";
import { RouteSum } from "./route-sum.ts";

const HEADER_LENGTH = 19;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;
const EXTENDED_LENGTH = 0x10;
const MP_REACH_NLRI = 14;
const MP_UNREACH_NLRI = 15;
const FAMILY_LENGTH = 3;
const RECONNECT_MS = 100;
const ATTEMPTS = 100;
const KEEPALIVE_MESSAGE = encodeKeepalive();

/** All clients read into it: nothing is kept of what was read when the next read begins. */
const READ_BUFFER = Buffer.alloc(0x40000);

/** Where the reflector is, and who the client is. */
export interface BgpClientOptions {
  readonly port: number;
  readonly asn: Asn;
  /** Source address, and BGP identifier. */
  readonly address: IpAddress;
  /** Seconds; 0, the default, for a session without KEEPALIVEs. */
  readonly holdTime?: number;
  /** Called with each field of announced or withdrawn routes, beside the sums. */
  readonly onRoutes?: (kind: "announced" | "withdrawn", field: NlriField) => void;
}

/** Routes of one UPDATE; only valid during the call. */
export interface NlriField {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/** One session with the reflector. */
export class BgpClient {
  /** Announcements received, also of routes that had been announced before. */
  readonly announced: RouteSum = new RouteSum();
  /** Withdrawals received. */
  withdrawn = 0;
  /** `performance.now()` when the last message came. */
  lastMessageAt = 0;
  /** Longest time without a message, in milliseconds. */
  longestSilenceMs = 0;
  readonly #socket: Socket;
  readonly #reader = new MessageReader((view, at) => this.#takeMessage(view, at));
  readonly #options: BgpClientOptions;
  #isEstablished = false;
  #failure: Error | undefined;
  #onProgress: () => void = () => {};

  private constructor(options: BgpClientOptions) {
    this.#options = options;
    this.#socket = connect({
      host: REFLECTOR_ADDRESS,
      port: options.port,
      localAddress: options.address,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length, bytes) => this.#read(bytes.subarray(0, length)),
      },
    });
    this.#socket.on("close", () => this.#fail(new Error("the reflector has closed a session")));
    this.#socket.on("error", (error) => this.#fail(error));
  }

  /** Connects, trying again while nobody listens or the session is refused, and waits until it is established. */
  static async open(options: BgpClientOptions): Promise<BgpClient> {
    for (let attempt = 1; ; attempt++) {
      const client = new BgpClient(options);
      try {
        await once(client.#socket, "connect");
        client.#greet();
        await client.until(() => client.#isEstablished);
        return client;
      } catch (error) {
        client.close();
        if (attempt === ATTEMPTS) throw error;
        await sleep(RECONNECT_MS);
      }
    }
  }

  /** Whether the session has ended. */
  get isClosed(): boolean {
    return this.#failure !== undefined;
  }

  /** Sends all pieces, each when the socket has taken the one before. */
  async send(pieces: readonly Uint8Array[]): Promise<void> {
    for (const bytes of pieces) {
      if (!this.#socket.write(bytes)) await once(this.#socket, "drain");
    }
  }

  sendKeepalive(): void {
    this.#socket.write(KEEPALIVE_MESSAGE);
  }

  /** Reads nothing any more, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits until so many routes have been announced to this client. */
  received(routes: number): Promise<void> {
    return this.until(() => this.announced.count >= routes);
  }

  /** Waits for something that only what is received can bring about; rejects when the session ends before. */
  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onProgress = () => {
        if (isDone()) resolve();
        else if (this.#failure !== undefined) reject(this.#failure);
      };
      this.#onProgress();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #greet(): void {
    const { address: routerId, asn, holdTime = 0 } = this.#options;
    this.#socket.write(
      encodeOpen({
        asn,
        holdTime,
        routerId,
        capabilities: [
          { kind: "multiprotocol", family: "l2vpn-evpn" },
          { kind: "four-octet-as", asn },
        ],
      }),
    );
    this.sendKeepalive();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#onProgress();
  }

  #read(bytes: Uint8Array): boolean {
    const now = performance.now();
    if (this.lastMessageAt > 0) {
      this.longestSilenceMs = Math.max(this.longestSilenceMs, now - this.lastMessageAt);
    }
    this.lastMessageAt = now;
    this.#reader.push(bytes);
    this.#onProgress();
    return true;
  }

  #takeMessage(view: DataView, at: number): void {
    const type = view.getUint8(at + HEADER_LENGTH - 1);
    if (type === KEEPALIVE) this.#isEstablished = true;
    if (type === NOTIFICATION) {
      const code = `${view.getUint8(at + HEADER_LENGTH)}/${view.getUint8(at + HEADER_LENGTH + 1)}`;
      this.#fail(new Error(`the reflector has sent NOTIFICATION ${code}`));
    }
    if (type === UPDATE) this.#takeUpdate(view, at + HEADER_LENGTH);
  }

  #takeUpdate(view: DataView, body: number): void {
    const lengthAt = body + 2 + view.getUint16(body);
    const end = lengthAt + 2 + view.getUint16(lengthAt);
    for (let at = lengthAt + 2; at < end; ) {
      const isLong = (view.getUint8(at) & EXTENDED_LENGTH) !== 0;
      const type = view.getUint8(at + 1);
      const value = at + (isLong ? 4 : 3);
      at = value + (isLong ? view.getUint16(at + 2) : view.getUint8(at + 2));
      if (type === MP_REACH_NLRI) {
        const nextHopLength = view.getUint8(value + FAMILY_LENGTH);
        this.#announce(view, value + FAMILY_LENGTH + 1 + nextHopLength + 1, at);
      } else if (type === MP_UNREACH_NLRI) {
        this.#withdraw(view, value + FAMILY_LENGTH, at);
      }
    }
  }

  #announce(view: DataView, start: number, end: number): void {
    this.announced.addField(view, start, end);
    this.#options.onRoutes?.("announced", { view, start, end });
  }

  #withdraw(view: DataView, start: number, end: number): void {
    for (let at = start; at < end; at += 2 + view.getUint8(at + 1)) this.withdrawn++;
    this.#options.onRoutes?.("withdrawn", { view, start, end });
  }
}

/** Where reflectors listen. */
export const REFLECTOR_ADDRESS: IpAddress = parseIpAddress("127.0.0.1");

/** Source address of a client: all of 127.0.0.0/8 is this machine. */
export function clientSource(client: number): IpAddress {
  return parseIpAddress(`127.1.${Math.floor(client / 250)}.${(client % 250) + 1}`);
}
