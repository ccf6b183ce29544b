/**
 * Turns everything that can end a lab early into one AbortSignal: signals, a closed terminal, an
 * exception nobody caught. The first one starts the clean-up; what follows cannot hurry it.
 */
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const LAUNCHER_POLL_MS = 500;

/** A signal asked the lab to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }

  /** As a shell reports a command that the signal ended. */
  get exitStatus(): number {
    return 128 + constants.signals[this.signal];
  }
}

/**
 * Calls `onGone` when the set-up that started this process was killed: it has the terminal, and
 * nobody could end the lab from there any more. It gives its pid in the environment.
 */
function watchLauncher(onGone: () => void): void {
  const launcher = process.ppid;
  const { SELVEDGE_LAUNCHER } = process.env;
  if (SELVEDGE_LAUNCHER !== String(launcher)) return;
  const timer = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(timer);
    onGone();
  }, LAUNCHER_POLL_MS);
  timer.unref();
}

/**
 * From here on the process no longer dies of these signals; `onAgain` hears of each after the first.
 */
export function catchInterruptions(onAgain: (signal: NodeJS.Signals) => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) onAgain(signal);
      else controller.abort(new Interrupted(signal));
    });
  }
  watchLauncher(() => controller.abort(new Interrupted("SIGHUP")));
  const fail = (error: unknown): void => controller.abort(error);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // A terminal that was closed, or a reader that left: the output is lost, the clean-up is not.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return controller.signal;
}

/** Settles as `work` does, or rejects with the reason as soon as `signal` is aborted. */
export async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
