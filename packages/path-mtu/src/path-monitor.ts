/**
 * Measures the paths to a set of destinations, each when it is new and then again and again.
 */
import { randomInt } from "node:crypto";
import { type IpAddress, ipFamily } from "@selvedge/net";
import type { NetworkNamespace } from "@selvedge/netlink";
import { EchoSocket } from "./echo-socket.ts";
import type { IcmpAnswer } from "./icmp-message.ts";
import {
  type Exchange,
  type ExchangeOutcome,
  LEAST_PATH_MTU,
  measurePath,
  type PathState,
} from "./measure-path.ts";

/** What a monitor is made with. */
export interface PathMonitorOptions {
  /** An address of the host, from which echo requests are sent. */
  readonly local: IpAddress;
  /** Octets that every path must carry, IP header included. */
  readonly required: number;
  /** Default: where the thread is. */
  readonly namespace?: NetworkNamespace;
  /** Milliseconds from the end of a measurement to the next of the same path. */
  readonly interval: number;
  /** Milliseconds that an answer may take; default 1000. */
  readonly timeout?: number;
  /** Told when a path is found to be otherwise than at its last measurement; the first counts as one. */
  readonly onChange: (destination: IpAddress, state: PathState) => void;
}

/** Paths measured at a time, so that a thousand new ones are no burst. */
const AT_A_TIME = 8;
const DEFAULT_TIMEOUT_MS = 1000;

interface Path {
  state: PathState | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** A request that waits for its answer. */
interface Waiting {
  readonly destination: IpAddress;
  readonly settle: (outcome: ExchangeOutcome) => void;
}

/** A running monitor; keeps the process alive until it is closed. */
export class PathMonitor implements Disposable {
  readonly #options: PathMonitorOptions;
  readonly #socket: EchoSocket;
  readonly #paths = new Map<IpAddress, Path>();
  /** Destinations that are due, in the order of their turns. */
  readonly #due = new Set<IpAddress>();
  readonly #waiting = new Map<number, Waiting>();
  /** Tells our requests from those of other programs. */
  readonly #identifier = randomInt(0x10000);
  #sequence = 0;
  #measuring = 0;
  #closed = false;

  /** Opens a raw socket. Throws Error with the kernel's reason. */
  constructor(options: PathMonitorOptions) {
    this.#options = options;
    const { local, namespace } = options;
    this.#socket = EchoSocket.open({
      local,
      ...(namespace && { namespace }),
      onAnswer: (answer) => this.#onAnswer(answer),
    });
  }

  /** Measures these from now on, and no others. Those of another family than `local` have no path. */
  follow(destinations: ReadonlySet<IpAddress>): void {
    for (const [destination, { timer }] of this.#paths) {
      if (!destinations.has(destination)) {
        clearTimeout(timer);
        this.#paths.delete(destination);
        this.#due.delete(destination);
      }
    }
    for (const destination of destinations) {
      if (
        ipFamily(destination) === ipFamily(this.#options.local) &&
        !this.#paths.has(destination)
      ) {
        this.#paths.set(destination, { state: undefined, timer: undefined });
        this.#due.add(destination);
      }
    }
    this.#next();
  }

  /** What is known of the path; undefined before its first measurement is done. */
  state(destination: IpAddress): PathState | undefined {
    return this.#paths.get(destination)?.state;
  }

  /** Nothing is measured or told after this. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#paths.values()) {
      clearTimeout(timer);
    }
    this.#paths.clear();
    this.#due.clear();
    this.#socket.close();
    for (const { settle } of [...this.#waiting.values()]) {
      settle({ kind: "silent" });
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #next(): void {
    for (const destination of this.#due) {
      if (this.#measuring === AT_A_TIME) {
        return;
      }
      this.#due.delete(destination);
      this.#measuring += 1;
      void this.#measure(destination).finally(() => {
        this.#measuring -= 1;
        this.#next();
      });
    }
  }

  async #measure(destination: IpAddress): Promise<void> {
    const { required, interval, onChange } = this.#options;
    const path = this.#paths.get(destination);
    const least = LEAST_PATH_MTU[ipFamily(destination)];
    const exchange: Exchange = (octets) => this.#exchange(destination, octets);
    const state = await measurePath(exchange, required, least);
    if (path === undefined || this.#paths.get(destination) !== path) {
      return;
    }
    const isChange = JSON.stringify(path.state) !== JSON.stringify(state);
    path.state = state;
    path.timer = setTimeout(() => {
      this.#due.add(destination);
      this.#next();
    }, interval);
    path.timer.unref();
    if (isChange) {
      onChange(destination, state);
    }
  }

  #exchange(destination: IpAddress, octets: number): Promise<ExchangeOutcome> {
    if (this.#closed) {
      return Promise.resolve({ kind: "silent" });
    }
    const sequence = this.#freeSequence();
    const { promise, resolve } = Promise.withResolvers<ExchangeOutcome>();
    const timeout = setTimeout(
      () => settle({ kind: "silent" }),
      this.#options.timeout ?? DEFAULT_TIMEOUT_MS,
    );
    const settle = (outcome: ExchangeOutcome): void => {
      clearTimeout(timeout);
      this.#waiting.delete(sequence);
      resolve(outcome);
    };
    this.#waiting.set(sequence, { destination, settle });
    const id = { identifier: this.#identifier, sequence };
    if (this.#socket.send(destination, id, octets).kind === "too big") {
      settle({ kind: "too big", from: undefined, mtu: 0 });
    }
    // A request that could not be sent is as good as lost.
    return promise;
  }

  /** There are never more waiting than are measured at a time. */
  #freeSequence(): number {
    do {
      this.#sequence = (this.#sequence + 1) & 0xffff;
    } while (this.#waiting.has(this.#sequence));
    return this.#sequence;
  }

  #onAnswer(answer: IcmpAnswer): void {
    const { identifier, sequence } = answer.id;
    const waiting = this.#waiting.get(sequence);
    if (identifier !== this.#identifier || waiting === undefined) {
      return;
    }
    const about = answer.kind === "reply" ? answer.from : answer.destination;
    if (about !== waiting.destination) {
      return;
    }
    waiting.settle(
      answer.kind === "reply"
        ? { kind: "answered" }
        : { kind: "too big", from: answer.from, mtu: answer.mtu },
    );
  }
}
