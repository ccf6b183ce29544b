/**
 * A workload's end of the probes: answers every question that reaches its namespace with its own
 * name, and asks questions of addresses. Because the answer names who gave it, an address that two
 * tenants both use is seen to lead to the right one.
 *
 * The sockets are opened while the thread is inside the namespace and stay there.
 */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { NetworkNamespace } from "@selvedge/netlink";
import { decodeProbe, encodeProbe } from "./message.ts";

export const PROBE_PORT = 4777;

/** Who answered, and after how many milliseconds. */
export interface ProbeAnswer {
  readonly answerer: string;
  readonly elapsed: number;
}

export interface ProbeOptions {
  /** Milliseconds after which the address counts as silent. */
  readonly timeout: number;
  /** Milliseconds after which the question is asked again. */
  readonly interval: number;
  readonly signal: AbortSignal;
}

export class ProbePort implements Disposable {
  /** `tenant/endpoint`. */
  readonly name: string;
  readonly #token: string;
  readonly #sockets: { readonly v4: Socket; readonly v6: Socket };
  readonly #waiting: Map<number, (answerer: string) => void> = new Map();
  #nextNumber = 1;

  constructor(name: string, token: string, namespace: NetworkNamespace) {
    this.name = name;
    this.#token = token;
    this.#sockets = namespace.run(() => ({
      v4: this.#open({ type: "udp4", lookup: passOn }, "0.0.0.0"),
      v6: this.#open({ type: "udp6", lookup: passOn, ipv6Only: true }, "::"),
    }));
  }

  /**
   * Asks who is at `address`, again and again until the answer; undefined when there is none.
   * Rejects with the reason of the signal.
   */
  ask(address: string, options: ProbeOptions): Promise<ProbeAnswer | undefined> {
    const { timeout, interval, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<ProbeAnswer | undefined>();
    const start = performance.now();
    const { number, question } = this.#newQuestion();
    const repeat = setInterval(() => this.#send(question, PROBE_PORT, address), interval);
    const giveUp = setTimeout(() => resolve(undefined), timeout);
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.set(number, (answerer) =>
      resolve({ answerer, elapsed: performance.now() - start }),
    );
    this.#send(question, PROBE_PORT, address);
    if (signal.aborted) abort();
    return promise.finally(() => {
      clearInterval(repeat);
      clearTimeout(giveUp);
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(number);
    });
  }

  /** Asks once; undefined when no answer comes within `timeout` milliseconds. */
  askOnce(address: string, timeout: number): Promise<ProbeAnswer | undefined> {
    const never = new AbortController().signal;
    return this.ask(address, { timeout, interval: 2 * timeout, signal: never });
  }

  close(): void {
    this.#sockets.v4.close();
    this.#sockets.v6.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #newQuestion(): { readonly number: number; readonly question: Buffer } {
    const number = this.#nextNumber++;
    const { name: source } = this;
    const question = encodeProbe({ kind: "question", token: this.#token, number, source });
    return { number, question };
  }

  #open(options: Parameters<typeof createSocket>[0] & object, address: string): Socket {
    const socket = createSocket(options);
    socket.on("message", (datagram, from) => this.#receive(datagram, from.port, from.address));
    // An address that nobody has, or a route that is not there yet: no answer is the answer.
    socket.on("error", () => {});
    socket.bind({ address, port: PROBE_PORT, exclusive: true });
    return socket;
  }

  #receive(datagram: Buffer, port: number, address: string): void {
    const message = decodeProbe(datagram);
    if (message === undefined || message.token !== this.#token) return;
    if (message.kind === "answer") {
      if (message.source === this.name) this.#waiting.get(message.number)?.(message.answerer);
      return;
    }
    const { token, number, source } = message;
    const answer = encodeProbe({ kind: "answer", token, number, source, answerer: this.name });
    this.#send(answer, port, address);
  }

  #send(datagram: Buffer, port: number, address: string): void {
    const socket = isIPv6(address) ? this.#sockets.v6 : this.#sockets.v4;
    socket.send(datagram, port, address, () => {});
  }
}

/**
 * Addresses are given as numbers, so there is nothing to look up; and answering at once makes bind
 * open the socket before the thread leaves the namespace.
 */
function passOn(
  address: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, isIPv6(address) ? 6 : 4);
}
