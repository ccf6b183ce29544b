/** Questions about addresses, each answered by a thread of its own: one reads all that is declared and given. */
import { askThread, type DatastoreLocation, StoreError } from "@selvedge/datastore";
import type { IpamAnswer, IpamQuestion, IpamService } from "./ipam-question.ts";

/** What the thread is given (question-thread.ts). */
export interface ThreadQuestion {
  readonly location: DatastoreLocation;
  readonly question: IpamQuestion;
}

/** In the sources, or in what is built of them. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** One question at a time, as each takes memory by all that there is; others wait for their turn. */
export class IpamThread implements IpamService {
  readonly #location: DatastoreLocation;
  #last: Promise<unknown> = Promise.resolve();

  constructor(location: DatastoreLocation) {
    this.#location = location;
  }

  /** @throws StoreError, also (closed) when `signal` aborts */
  ask(question: IpamQuestion, signal: AbortSignal): Promise<IpamAnswer> {
    const request: ThreadQuestion = { location: this.#location, question };
    const module = new URL(`./question-thread.${EXTENSION}`, import.meta.url);
    const turn = this.#last.then(() => {
      if (signal.aborted) throw new StoreError("closed", "", "nobody waits for the answer");
      return askThread<IpamAnswer>(module, request, signal);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
