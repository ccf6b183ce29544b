/** Messages of one neighbour by type, over all of its sessions since it was configured. */

import { MESSAGE } from "../wire/header.ts";

/** Messages in one direction. */
export interface MessageCounts {
  readonly open: number;
  readonly update: number;
  readonly notification: number;
  readonly keepalive: number;
  readonly routeRefresh: number;
  readonly total: number;
}

const HIGHEST_TYPE = MESSAGE.ROUTE_REFRESH;

/** Counts messages in one direction. */
export class MessageCounter {
  readonly #counts = new Float64Array(HIGHEST_TYPE + 1);

  /** `type` is a message type of RFC 4271 section 4.1 or RFC 2918. */
  add(type: number, messages = 1): void {
    this.#counts[type] = this.#of(type) + messages;
  }

  snapshot(): MessageCounts {
    return {
      open: this.#of(MESSAGE.OPEN),
      update: this.#of(MESSAGE.UPDATE),
      notification: this.#of(MESSAGE.NOTIFICATION),
      keepalive: this.#of(MESSAGE.KEEPALIVE),
      routeRefresh: this.#of(MESSAGE.ROUTE_REFRESH),
      total: this.#counts.reduce((sum, count) => sum + count, 0),
    };
  }

  #of(type: number): number {
    return this.#counts[type] ?? 0;
  }
}
