/**
 * Keeps libuv's thread pool out of foreign network namespaces.
 *
 * A thread inherits the network namespace of the thread that creates it. libuv creates the threads of
 * its pool when the first work is submitted, in the submitting thread, and they live as long as the
 * process. If that happened between setns there and back, all later DNS look-ups and file reads of
 * the process would take place in the foreign namespace.
 */
import { randomFill } from "node:crypto";

let primed: Promise<void> | undefined;

/**
 * Makes libuv create its threads now. The threads exist when the call returns; the promise says that
 * one has worked. `NetworkNamespace.run` calls it as well, so that forgetting it does no harm.
 */
export function primeThreadPool(): Promise<void> {
  // File operations may bypass the pool through io_uring; random numbers never do.
  primed ??= new Promise((resolve, reject) => {
    randomFill(new Uint8Array(1), (error) => (error === null ? resolve() : reject(error)));
  });
  return primed;
}
