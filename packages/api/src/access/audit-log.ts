/**
 * The audit log: a line of JSON each entry, appended in order and without waiting for the disk in anybody's way. What
 * cannot be written is reported at once and, as soon as the log takes lines again, counted in it. What it does not do:
 * rotate; `reopen` is for whoever does (SIGHUP).
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { AuditEntry } from "./audit-entry.ts";

/** An entry could not be written; where the log is required, nothing was changed then. */
export class AuditError extends Error {
  override readonly name = "AuditError";
}

/** Where lines go. */
export interface AuditSink {
  /** Lines that end; all of them, or an error. */
  append(lines: string): Promise<void>;
  /** Begins anew, with the file that then has the name. */
  reopen(): void;
  close(): Promise<void>;
}

export interface AuditLogOptions {
  readonly sink: AuditSink;
  /** Are changes refused that cannot be recorded first? */
  readonly required: boolean;
  /** Told of each loss: why, and how many entries. */
  readonly onLoss: (error: AuditError, entries: number) => void;
  /** Entries that may wait for the disk. Default 10,000. */
  readonly capacity?: number;
  /** Milliseconds that a change waits for its entry where the log is required. Default five seconds. */
  readonly patience?: number;
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: AuditError) => void;
}

const DEFAULT_CAPACITY = 10_000;
const DEFAULT_PATIENCE = 5000;

export class AuditLog implements AsyncDisposable {
  readonly #options: AuditLogOptions;
  readonly #capacity: number;
  #waiting: Waiting[] = [];
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
  }

  get isRequired(): boolean {
    return this.#options.required;
  }

  /** Resolves once the line is written. @throws AuditError, after it was reported to `onLoss` too. */
  write(entry: AuditEntry): Promise<void> {
    if (this.#waiting.length >= this.#capacity) {
      const error = new AuditError(`${this.#capacity} entries wait to be written already`);
      this.#lose(error, 1);
      return Promise.reject(error);
    }
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
    });
    this.#writing ??= this.#pump();
    return written;
  }

  /**
   * As `write`, for what must not happen unless it is recorded first.
   * @throws AuditError also when the disk takes too long; the entry may come to be written later.
   */
  async writeFirst(entry: AuditEntry): Promise<void> {
    const { patience = DEFAULT_PATIENCE } = this.#options;
    const timer = new AbortController();
    const written = this.write(entry);
    // It may fail after it was given up.
    written.catch(() => undefined);
    const tooLate = pause(patience, undefined, { signal: timer.signal }).then(() => {
      throw new AuditError(`the audit log was not written within ${patience / 1000} s`);
    });
    try {
      await Promise.race([written, tooLate]);
    } finally {
      tooLate.catch(() => undefined);
      timer.abort();
    }
  }

  reopen(): void {
    this.#options.sink.reopen();
  }

  /** After everything that waits has been written, unless that takes too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { patience = DEFAULT_PATIENCE } = this.#options;
    const timer = new AbortController();
    const tooLate = pause(patience, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#writing, tooLate]);
    timer.abort();
    await this.#options.sink.close();
  }

  async #pump(): Promise<void> {
    // The entries of this turn go in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const told = this.#lost;
      const notice = told === 0 ? "" : `${JSON.stringify({ lost: told })}\n`;
      try {
        await this.#options.sink.append(notice + batch.map(({ line }) => line).join(""));
        this.#lost -= told;
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const error = new AuditError(`the audit log cannot be written: ${reason}`, { cause });
        this.#lose(error, batch.length);
        for (const { reject } of batch) reject(error);
      }
    }
    // In the turn of the last look at what waits, so that nothing can come to wait for a pump that has ended.
    this.#writing = undefined;
  }

  #lose(error: AuditError, entries: number): void {
    this.#lost += entries;
    this.#options.onLoss(error, entries);
  }
}

/** A file that is appended to, made with its directory (but not those above) when it is not there. Only its owner may read it. */
export function fileSink(path: string): AuditSink {
  let handle: FileHandle | undefined;
  let isStale = false;
  let isTorn = false;
  const close = async () => {
    const old = handle;
    handle = undefined;
    await old?.close();
  };
  return {
    async append(lines) {
      if (isStale) {
        isStale = false;
        await close();
      }
      try {
        if (handle === undefined) {
          await makeDirectory(dirname(path));
          handle = await open(path, "a", 0o600);
        }
        // After a failure the file may end within a line.
        await handle.appendFile(isTorn ? `\n${lines}` : lines);
        isTorn = false;
      } catch (error) {
        isTorn = true;
        await close().catch(() => undefined);
        throw error;
      }
    },
    reopen() {
      isStale = true;
    },
    close,
  };
}

/** Only the last one: mkdir(2) of Node with `recursive` never ends where nothing can be made, as below /proc. */
async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Standard output, for service managers that collect it. */
export function streamSink(stream: NodeJS.WritableStream): AuditSink {
  return {
    append: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(lines, (error) => (error ? reject(error) : resolve()));
      }),
    reopen: () => undefined,
    close: async () => undefined,
  };
}
