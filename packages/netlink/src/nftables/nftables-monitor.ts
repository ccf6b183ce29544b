/**
 * Tells when somebody changes the packet filters of a namespace (NFNLGRP_NFTABLES).
 *
 * Does not: tell what of them; its owner compares the generation with the one that it knows, and reads.
 */
import { EventSocket } from "../event-socket.ts";
import type { NetworkNamespace } from "../namespace.ts";
import type { MessageReader } from "../wire/message-reader.ts";
import { decodeGeneration, type NftGeneration } from "./generation.ts";
import { NFT_MSG_NEWGEN, nftMessageType } from "./nfnetlink.ts";

const NFNLGRP_NFTABLES = 7;
const RECEIVE_BUFFER = 1024 * 1024;

/** A change of the packet filters. */
export type NftEvent =
  /** Of each transaction one, our own among them. */
  | { readonly kind: "generation"; readonly generation: NftGeneration }
  /** Events were lost up to this moment. */
  | { readonly kind: "overrun" };

/** A running monitor; keeps the process alive and the namespace held until closed. */
export class NftablesMonitor implements Disposable {
  readonly #events: EventSocket<NftEvent>;

  private constructor(events: EventSocket<NftEvent>) {
    this.#events = events;
  }

  /**
   * Starts to listen in `namespace`, by default where the thread is; events come from the event loop,
   * never during the call. What `onEvent` throws becomes an uncaught exception.
   *
   * Equivalent to: `nft monitor`
   */
  static open(
    namespace: NetworkNamespace | undefined,
    onEvent: (event: NftEvent) => void,
  ): NftablesMonitor {
    const events = EventSocket.open(
      namespace,
      { protocol: "netfilter", receiveBuffer: RECEIVE_BUFFER, groups: [NFNLGRP_NFTABLES] },
      { decode: decodeNftEvents, onEvent, onOverrun: () => onEvent({ kind: "overrun" }) },
    );
    return new NftablesMonitor(events);
  }

  /** No event comes after this. May be called twice. */
  close(): void {
    this.#events.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The events of a datagram. Throws MalformedMessage. */
export function decodeNftEvents(message: MessageReader): NftEvent[] {
  const events: NftEvent[] = [];
  while (message.next()) {
    if (message.type === nftMessageType(NFT_MSG_NEWGEN)) {
      events.push({ kind: "generation", generation: decodeGeneration(message) });
    }
  }
  return events;
}
