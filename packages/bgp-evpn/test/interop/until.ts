/** Waiting for other people's daemons, which have timers of their own. */

import type { RemoteSpeaker } from "./remote-speaker.ts";

const PATIENCE_MS = 20_000;

/** Waits until a condition holds; fails with what was waited for and the last lines of a speaker's log. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  speaker?: RemoteSpeaker,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      const log = speaker?.log.slice(-20).join("\n") ?? "";
      throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
