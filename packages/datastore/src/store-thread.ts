/**
 * Work on a datastore in a thread of its own: reading all that is declared or given takes seconds where that is much, and
 * memory that goes with the thread. Whoever has sessions to keep does it there.
 */
import { once } from "node:events";
import { parentPort, Worker } from "node:worker_threads";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

/** What the thread says: its answer, or the StoreError that it has met. */
type Reply<Answer> =
  | { readonly kind: "done"; readonly answer: Answer }
  | {
      readonly kind: "failed";
      readonly code: StoreErrorCode;
      readonly location: string;
      readonly message: string;
    };

/**
 * Runs a module that calls `answerFromThread`, with `request` as its `workerData`; both cross by structured clone. Ends
 * the thread when `signal` aborts, between two of its transactions.
 * @throws StoreError as the thread did, or (closed) when it was broken off.
 */
export async function askThread<Answer>(
  module: URL,
  request: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const worker = new Worker(module, { workerData: request });
  // Node ends a thread without a word where it must.
  const ended = once(worker, "exit").then((): Reply<Answer>[] => []);
  // A failure is that of the first of the two.
  ended.catch(() => undefined);
  const answered: Promise<Reply<Answer>[]> = once(worker, "message", { signal });
  try {
    const [reply] = await Promise.race([answered, ended]);
    if (reply?.kind === "done") return reply.answer;
    if (reply === undefined) throw new Error("the thread has ended without an answer");
    throw new StoreError(reply.code, reply.location, reply.message);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new StoreError("closed", "", "it was broken off", { cause });
  } finally {
    await worker.terminate();
  }
}

/** In a thread of `askThread`: answers with what `work` gives, or with the StoreError that it throws. */
export async function answerFromThread<Answer>(work: () => Promise<Answer>): Promise<void> {
  parentPort?.postMessage(await replyOf(work));
}

async function replyOf<Answer>(work: () => Promise<Answer>): Promise<Reply<Answer>> {
  try {
    return { kind: "done", answer: await work() };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, location, message } = error;
    return { kind: "failed", code, location, message };
  }
}
