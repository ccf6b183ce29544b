/** Which routes of one sender a client holds in the end, after any announcements and withdrawals. */
import type { BgpClientOptions } from "./bgp-client.ts";
import { isFrom, serialOf } from "./reflection-load.ts";

/** A bit for each serial number of the sender's routes. */
export class HeldRoutes {
  readonly #held: Uint8Array;
  readonly #sender: number;
  #count = 0;

  constructor(sender: number, routes: number) {
    this.#held = new Uint8Array(routes);
    this.#sender = sender;
  }

  /** How many are held. */
  get count(): number {
    return this.#count;
  }

  /** For `BgpClientOptions.onRoutes`. */
  readonly take: NonNullable<BgpClientOptions["onRoutes"]> = (kind, { view, start, end }) => {
    const value = kind === "announced" ? 1 : 0;
    for (let at = start; at < end; at += 2 + view.getUint8(at + 1)) {
      if (!isFrom(view, at, this.#sender)) continue;
      const serial = serialOf(view, at);
      this.#count += value - (this.#held[serial] ?? 0);
      this.#held[serial] = value;
    }
  };
}
