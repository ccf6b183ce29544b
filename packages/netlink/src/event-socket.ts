/**
 * Reads the events of multicast groups from the event loop.
 *
 * Loss is normal: when changes come faster than they are read, the kernel drops events and says so
 * once, by ENOBUFS. What had been kept until then is passed over, so that no event from before an
 * overrun comes after it.
 *
 * Does not: know what the events mean.
 */
import { constants } from "node:os";
import { NetlinkError } from "./errors.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { NetlinkSocket, type NetlinkSocketOptions } from "./netlink-socket.ts";
import { ReadableWatch } from "./readable-watch.ts";
import { MalformedMessage } from "./wire/malformed-message.ts";
import { MessageReader } from "./wire/message-reader.ts";

const { EAGAIN, ENOBUFS } = constants.errno;

/** Datagrams read at a stretch, about a millisecond's work. */
const DATAGRAMS = 256;

/** What is made of a datagram. */
export interface EventHandler<Event> {
  /** Reads all events of a datagram. May throw MalformedMessage, which counts as a loss of events. */
  readonly decode: (message: MessageReader) => readonly Event[];
  readonly onEvent: (event: Event) => void;
  /** Events were lost up to this moment. */
  readonly onOverrun: () => void;
}

/** A socket that is read until it is closed; keeps the process alive and the namespace held. */
export class EventSocket<Event> {
  readonly #socket: NetlinkSocket;
  readonly #watch: ReadableWatch;
  readonly #handler: EventHandler<Event>;
  /** Events were lost, and what waits to be read is older. */
  #overrun = false;
  #closed = false;

  private constructor(socket: NetlinkSocket, handler: EventHandler<Event>) {
    this.#socket = socket;
    this.#handler = handler;
    this.#watch = new ReadableWatch(socket.fd, () => this.#read());
  }

  /** Starts to listen in `namespace`, or where the thread is. Throws NetlinkError. */
  static open<Event>(
    namespace: NetworkNamespace | undefined,
    options: Omit<NetlinkSocketOptions, "timeoutMilliseconds">,
    handler: EventHandler<Event>,
  ): EventSocket<Event> {
    const timeoutMilliseconds = 0;
    const socket = NetlinkSocket.open(namespace, "monitor.open", {
      ...options,
      timeoutMilliseconds,
    });
    return new EventSocket(socket, handler);
  }

  /** No event comes after this. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#watch.close();
    this.#socket.close();
  }

  #read(): void {
    for (let i = 0; i < DATAGRAMS && !this.#closed; i++) {
      const octets = this.#socket.receive(false);
      if (octets === -EAGAIN) {
        if (this.#overrun) {
          this.#overrun = false;
          this.#handler.onOverrun();
        }
        return;
      }
      if (octets === -ENOBUFS) {
        this.#overrun = true;
      } else if (octets < 0) {
        throw new NetlinkError({ errno: -octets, request: "socket.receive", object: "events" });
      } else if (!this.#overrun) {
        this.#deliver(octets);
      }
    }
  }

  #deliver(octets: number): void {
    const events = this.#decode(octets);
    if (events === undefined) {
      this.#overrun = true;
      return;
    }
    for (const event of events) {
      if (!this.#closed) {
        this.#handler.onEvent(event);
      }
    }
  }

  /** `undefined` when the datagram is malformed. */
  #decode(octets: number): readonly Event[] | undefined {
    try {
      return this.#handler.decode(new MessageReader(this.#socket.received, octets));
    } catch (error) {
      if (error instanceof MalformedMessage) {
        return undefined;
      }
      throw error;
    }
  }
}
