/**
 * Tells when a file descriptor becomes readable, on Node's event loop (koffi's binding of uv_poll_t).
 *
 * Does not: read, or own the descriptor. koffi's interface for this is young, so that nothing else
 * touches it.
 */
import { loadKoffi } from "./libc.ts";

/** A running watch; keeps the process alive until closed. */
export class ReadableWatch implements Disposable {
  readonly #poll: ReturnType<ReturnType<typeof loadKoffi>["node"]["poll"]>;
  readonly #onReadable: () => void;
  #closed = false;

  /**
   * Calls `onReadable` whenever there is something to read, an error included, and again as long as
   * there is.
   */
  constructor(fd: number, onReadable: () => void) {
    this.#onReadable = onReadable;
    this.#poll = loadKoffi().node.poll(fd, { readable: true }, this.#wake);
  }

  /** May be called twice; before the descriptor is closed. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#poll.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** libuv calls this outside of Node's callback scopes, where promises and ticks would be left lying. */
  readonly #wake = (): void => {
    setImmediate(() => {
      if (this.#closed) {
        return;
      }
      try {
        this.#onReadable();
      } finally {
        // libuv stops the watch when the descriptor reports an error, which an overrun is.
        if (!this.#closed) {
          this.#poll.start({ readable: true }, this.#wake);
        }
      }
    });
  };
}
