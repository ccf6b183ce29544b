/** What a user is told of an error, and the exit code that goes with it. */
import {
  RefusedError,
  ResourceRefusedError,
  TransportError,
  UnreachableError,
} from "@selvedge/api";
import { MigrationError, StoreError } from "@selvedge/datastore";
import { IpamError } from "@selvedge/ipam";
import { isUnanswered } from "./connection/failures.ts";
import { CommandError, type CommandIo, EXIT } from "./io.ts";

export interface ErrorReport {
  readonly message: string;
  readonly exitCode: number;
}

/** `undefined` for an error that is neither the user's nor the world's, but ours. */
export function describeError(error: unknown): ErrorReport | undefined {
  if (error instanceof CommandError) return error;
  if (error instanceof ResourceRefusedError) {
    return { message: messageOf(error), exitCode: exitCodeOf(error.reason) };
  }
  if (error instanceof TransportError) {
    return { message: error.message, exitCode: isUnanswered(error) ? EXIT.notReady : EXIT.failure };
  }
  if (error instanceof UnreachableError) return { message: error.message, exitCode: EXIT.notReady };
  if (error instanceof RefusedError) {
    return { message: error.message, exitCode: exitCodeOf(error.reason) };
  }
  const isTheWorld =
    error instanceof IpamError || error instanceof StoreError || error instanceof MigrationError;
  if (isTheWorld) {
    return { message: error.message, exitCode: EXIT.failure };
  }
  return undefined;
}

function exitCodeOf(reason: string): number {
  switch (reason) {
    case "NotFound":
    case "BadRequest":
      return EXIT.usage;
    case "NotReady":
    case "ServiceUnavailable":
    case "TooManyRequests":
      return EXIT.notReady;
    default:
      return EXIT.failure;
  }
}

function messageOf({ reason, message }: ResourceRefusedError): string {
  return reason === "Unauthorized"
    ? `${message}; say who you are with --token-file, or with --certificate and --key`
    : message;
}

/**
 * Does the same with each of several things, the others also where it fails with one; a server that does not answer ends it.
 * @throws the only failure there is, or CommandError: partial where some were done.
 */
export async function withEach<T>(
  things: readonly T[],
  io: CommandIo,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const exitCodes: number[] = [];
  for (const thing of things) {
    try {
      await work(thing);
    } catch (error) {
      const report = describeError(error);
      if (things.length === 1 || report === undefined || error instanceof TransportError) {
        throw error;
      }
      io.stderr(`selvedge: ${report.message}\n`);
      exitCodes.push(report.exitCode);
    }
  }
  const [first] = exitCodes;
  if (first === undefined) return;
  const isPartial = exitCodes.length < things.length;
  const isSame = exitCodes.every((code) => code === first);
  throw new CommandError(
    isPartial ? EXIT.partial : isSame ? first : EXIT.failure,
    `${exitCodes.length} of ${things.length} failed`,
  );
}
