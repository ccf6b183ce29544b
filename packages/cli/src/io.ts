/** What a command may touch of the world around it; tests pass their own. */
export interface CommandIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input. */
  readonly readStdin: () => Promise<Uint8Array>;
  /** Resolves when the process is told to end (SIGTERM, SIGINT); what it does from then on is to end. */
  readonly untilStopped: () => Promise<void>;
  /** Is standard error a terminal, with somebody who wants to know that something goes on? */
  readonly isTerminal: boolean;
  /** Calls back each time that the process is told to begin its logs anew (SIGHUP). */
  readonly onHangUp: (callBack: () => void) => void;
}

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  failure: 1,
  /** Wrong usage, or nothing found. */
  usage: 2,
  /** The agent or the server does not answer or is not ready, or the time that was given is over. */
  notReady: 3,
  /** Of several things, some were done and others not. */
  partial: 4,
} as const;

/** Ends a command with a message for its user and an exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
