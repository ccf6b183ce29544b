/** Says on a terminal what goes on, for anything that takes longer than a second. Nothing of it stays there. */
import type { CommandIo } from "./io.ts";

/** Milliseconds before the first word, and between words. */
const SILENCE = 1000;
const PERIOD = 250;
/** Back to the beginning of the line, which is made empty (ECMA-48 EL). */
const CLEAR = "\r\u001b[K";

/** Runs `work`; `text` is what there is to say meanwhile, each time anew. */
export async function withProgress<T>(
  io: Pick<CommandIo, "stderr" | "isTerminal">,
  text: () => string,
  work: () => Promise<T>,
): Promise<T> {
  if (!io.isTerminal) return work();
  let isShown = false;
  let waited = 0;
  const timer = setInterval(() => {
    waited += PERIOD;
    if (waited < SILENCE) return;
    isShown = true;
    io.stderr(CLEAR + text());
  }, PERIOD);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (isShown) io.stderr(CLEAR);
  }
}
