import type { IpAddress } from "@selvedge/net";
import { parseIpAddress } from "@selvedge/net";
import {
  type Connection,
  type ConnectionHandlers,
  type ConnectTarget,
  type Endpoint,
  type Listener,
  QUEUE_DRAINED_BYTES,
  QUEUE_FULL_BYTES,
  type Transport,
} from "../../src/session/connection.ts";
import type { FakeClock } from "./fake-clock.ts";

/** One end of a connection in memory. What is written arrives at the other end after the network's latency. */
export class FakeConnection implements Connection {
  readonly initiator: "local" | "remote";
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #network: FakeNetwork;
  other: FakeConnection | undefined;
  closed = false;
  #handlers: ConnectionHandlers | undefined;
  #waiting: { bytes: Uint8Array; messages: number }[] = [];
  #early: Uint8Array[] = [];
  #stuck = false;
  #full = false;

  constructor(
    network: FakeNetwork,
    initiator: "local" | "remote",
    local: Endpoint,
    remote: Endpoint,
  ) {
    this.#network = network;
    this.initiator = initiator;
    this.local = local;
    this.remote = remote;
  }

  get queuedBytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get queuedMessages(): number {
    return this.#waiting.reduce((sum, { messages }) => sum + messages, 0);
  }

  get isFull(): boolean {
    return this.#full;
  }

  /** While stuck, the other end reads nothing. */
  set stuck(value: boolean) {
    this.#stuck = value;
    if (!value) this.#flush();
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) this.#network.later(() => this.deliver(bytes));
  }

  write(bytes: Uint8Array, messages: number): void {
    this.#waiting.push({ bytes, messages });
    if (this.queuedBytes > QUEUE_FULL_BYTES) this.#full = true;
    if (!this.#stuck) this.#network.soon(() => this.#flush());
  }

  end(): void {
    this.#handlers = undefined;
    this.#flush();
    this.#close("closed by the peer");
  }

  destroy(): void {
    this.#handlers = undefined;
    this.#close("ECONNRESET");
  }

  connected(): void {
    if (!this.closed) this.#handlers?.onConnected();
  }

  deliver(bytes: Uint8Array): void {
    if (this.closed) return;
    if (this.#handlers === undefined) this.#early.push(bytes);
    else this.#handlers.onData(bytes);
  }

  lost(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#handlers?.onClosed(reason);
  }

  #flush(): void {
    if (this.closed || this.#stuck || this.#waiting.length === 0) return;
    const sent = this.#waiting;
    this.#waiting = [];
    const { other } = this;
    for (const { bytes } of sent) {
      if (other !== undefined) this.#network.carry(() => other.deliver(bytes));
    }
    this.#handlers?.onProgress();
    if (this.#full && this.queuedBytes <= QUEUE_DRAINED_BYTES) {
      this.#full = false;
      this.#handlers?.onDrain();
    }
  }

  #close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    const { other } = this;
    if (other !== undefined) this.#network.carry(() => other.lost(reason));
  }
}

/** Machines with addresses, and connections between them, in the time of a fake clock. */
export class FakeNetwork {
  readonly #clock: FakeClock;
  readonly #listeners = new Map<IpAddress, (connection: Connection) => void>();
  readonly connections: FakeConnection[] = [];
  latencyMs = 1;
  /** While silent, nothing that is sent arrives, and nobody is told. */
  silent = false;
  #port = 40_000;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** The network as the machine with this address sees it. */
  transport(address: string): Transport {
    const own = parseIpAddress(address);
    return {
      check: () => undefined,
      connect: (target) => this.connect(own, target),
      listen: (at, _peers, { onConnection }) => this.#listen(at, onConnection),
    };
  }

  connect(from: IpAddress, target: Omit<ConnectTarget, "socket">): FakeConnection {
    const local = { address: from, port: this.#port++ };
    const near = new FakeConnection(this, "local", local, target);
    this.connections.push(near);
    this.carry(() => this.#arrive(near));
    return near;
  }

  /** Listens without a promise. */
  accept(address: IpAddress, onConnection: (connection: Connection) => void): void {
    this.#listeners.set(address, onConnection);
  }

  /** In the same instant, but not inside the caller. */
  soon(callback: () => void): void {
    this.#clock.schedule(0, callback);
  }

  /** After the time that a packet takes. */
  later(callback: () => void): void {
    this.#clock.schedule(this.latencyMs, callback);
  }

  /** After the time that a packet takes, unless the network is silent. */
  carry(callback: () => void): void {
    if (!this.silent) this.later(callback);
  }

  #listen(at: Endpoint, onConnection: (connection: Connection) => void): Promise<Listener> {
    this.#listeners.set(at.address, onConnection);
    const close = (): Promise<void> => {
      this.#listeners.delete(at.address);
      return Promise.resolve();
    };
    return Promise.resolve({ ...at, setPeer: () => undefined, close });
  }

  #arrive(near: FakeConnection): void {
    if (near.closed) return;
    const listener = this.#listeners.get(near.remote.address);
    if (listener === undefined) {
      this.carry(() => near.lost("ECONNREFUSED"));
      return;
    }
    const far = new FakeConnection(this, "remote", near.remote, near.local);
    far.other = near;
    near.other = far;
    this.carry(() => near.connected());
    listener(far);
  }
}
