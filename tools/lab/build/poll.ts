/** Waiting for a state that can only be asked for. */
import { setTimeout as sleep } from "node:timers/promises";

const INTERVAL_MS = 25;

export interface UntilOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly timeout: number;
  /** Why there is no use in waiting any longer; undefined while there is. */
  readonly giveUp?: () => string | undefined;
}

/**
 * Asks `lacking` again and again until it returns undefined. Returns undefined then, or else what
 * was lacking last; an error that `lacking` throws counts as lacking its message.
 */
export async function until(
  lacking: () => Promise<string | undefined>,
  options: UntilOptions,
): Promise<string | undefined> {
  const deadline = performance.now() + options.timeout;
  for (;;) {
    options.signal.throwIfAborted();
    const reason = await lacking().catch(messageOf);
    if (reason === undefined) return undefined;
    const hopeless = options.giveUp?.();
    if (hopeless !== undefined) return hopeless;
    if (performance.now() > deadline) return reason;
    await sleep(INTERVAL_MS);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
