/**
 * All listening sockets of a speaker, and what they must do for connections of each neighbour or range of neighbours.
 *
 * The kernel finds the TCP-MD5 key of a peer by the longest prefix that has one, so a neighbour without a password in a
 * range with one could never connect: such a configuration is refused.
 */

import {
  type IpPrefix,
  PrefixMap,
  prefixContains,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import type { Endpoint, Listener, ListenerEvents, Transport } from "./connection.ts";
import { type PeerSocketOptions, sameSocketOptions } from "./peer-socket.ts";

/** The listening sockets of a speaker. */
export class Listeners {
  readonly #transport: Transport;
  readonly #events: ListenerEvents;
  readonly #peers = new PrefixMap<PeerSocketOptions>();
  /** Those of the peers that are more than one address. */
  readonly #ranges = new Set<IpPrefix>();
  #listeners: Listener[] = [];

  constructor(transport: Transport, events: ListenerEvents) {
    this.#transport = transport;
    this.#events = events;
  }

  get endpoints(): Endpoint[] {
    return this.#listeners.map(({ address, port }) => ({ address, port }));
  }

  /** Listens on all of them, or rejects with `SpeakerError` and listens on none. */
  async open(endpoints: readonly Endpoint[]): Promise<void> {
    try {
      for (const at of endpoints) {
        const listener = await this.#transport.listen(at, this.#peers, this.#events);
        this.#listeners.push(listener);
        // What was set while it was being opened.
        for (const [prefix, options] of this.#peers) listener.setPeer(prefix, options);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Sets what holds for connections with these peers. Throws `SpeakerError`, and nothing has changed. */
  setPeer(prefix: IpPrefix, options: PeerSocketOptions): void {
    const known = this.#peers.get(prefix);
    if (known !== undefined && sameSocketOptions(known, options)) return;
    this.#requireKeys(prefix, options);
    this.#transport.check(prefix, options);
    const changed: Listener[] = [];
    try {
      for (const listener of this.#listeners) {
        listener.setPeer(prefix, options);
        changed.push(listener);
      }
    } catch (error) {
      for (const listener of changed) listener.setPeer(prefix, known);
      throw error;
    }
    this.#peers.set(prefix, options);
    if (!isHost(prefix)) this.#ranges.add(prefix);
  }

  removePeer(prefix: IpPrefix): void {
    if (!this.#peers.delete(prefix)) return;
    this.#ranges.delete(prefix);
    for (const listener of this.#listeners) listener.setPeer(prefix, undefined);
  }

  async close(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  #requireKeys(prefix: IpPrefix, { password }: PeerSocketOptions): void {
    if (password === undefined) {
      for (const range of this.#ranges) {
        if (range === prefix || this.#peers.get(range)?.password === undefined) continue;
        if (prefixContains(range, prefix)) throw keyConflict(prefix, range);
      }
    } else if (!isHost(prefix)) {
      for (const [inner, peer] of this.#peers) {
        if (inner === prefix || peer.password !== undefined) continue;
        if (prefixContains(prefix, inner)) throw keyConflict(inner, prefix);
      }
    }
  }
}

function isHost(prefix: IpPrefix): boolean {
  return prefixLength(prefix) === (prefixFamily(prefix) === 4 ? 32 : 128);
}

function keyConflict(inner: IpPrefix, outer: IpPrefix): SpeakerError {
  return new SpeakerError(
    "invalid-option",
    `${inner} has no password, but the range ${outer} around it has one, which the kernel would demand of it; ` +
      "give both a password, or neither",
  );
}
