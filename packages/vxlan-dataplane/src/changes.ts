/**
 * Carries out changes of kernel state during one `apply`: counts them, and collects what the kernel
 * refuses. A refusal never stops what is independent of it.
 */
import { NetlinkError, type RouteRequest } from "@selvedge/netlink";
import {
  DataplaneError,
  type DataplaneErrorCode,
  type DataplaneSubject,
  refusal,
} from "./errors.ts";
import type { KernelNamespace } from "./kernel.ts";

/** What became of some requests. */
export interface ChangeOutcome {
  /** Positions of the requests that were refused. */
  readonly failed: ReadonlySet<number>;
  /** Whether all answers of the kernel arrived; if not, the namespace has to be read again. */
  readonly certain: boolean;
}

/** The changes of one `apply`. */
export class Changes {
  readonly #failures: DataplaneError[] = [];
  #operations = 0;

  /** How many write requests were made, refused ones included. */
  get operations(): number {
    return this.#operations;
  }

  /** What was refused. */
  get failures(): readonly DataplaneError[] {
    return this.#failures;
  }

  /** Counts requests that were made elsewhere. */
  count(operations: number): void {
    this.#operations += operations;
  }

  /** Records that something wanted is not there. */
  add(failure: DataplaneError): void {
    this.#failures.push(failure);
  }

  /** Records that something wanted is not there. */
  fail(
    code: DataplaneErrorCode,
    object: string,
    message: string,
    subject: DataplaneSubject,
    cause?: unknown,
  ): void {
    this.#failures.push(new DataplaneError(code, object, message, subject, cause));
  }

  /** Records a refusal of the kernel. */
  refuse(error: NetlinkError, subject: DataplaneSubject): void {
    this.#failures.push(refusal(error, subject));
  }

  /** Sends requests in order. Deleting what is gone already is no failure. */
  execute(
    namespace: KernelNamespace,
    requests: readonly RouteRequest[],
    subject: DataplaneSubject,
  ): ChangeOutcome {
    const failed = new Set<number>();
    if (requests.length === 0) {
      return { failed, certain: true };
    }
    this.#operations += requests.length;
    const outcome = namespace.execute(requests);
    for (const { index, request, error } of outcome.failures) {
      if (!(isDeletion(request) && meansAbsent(error))) {
        failed.add(index);
        this.refuse(error, subject);
      }
    }
    return { failed, certain: outcome.kind === "complete" };
  }

  /** Makes one write by `work`. Returns whether the kernel accepted it. */
  write(subject: DataplaneSubject, work: () => void): boolean {
    this.#operations += 1;
    return this.attempt(subject, work) !== undefined;
  }

  /** Calls `work`, which may read or write; `undefined` when the kernel refused. */
  attempt<T>(subject: DataplaneSubject, work: () => T): { readonly value: T } | undefined {
    try {
      return { value: work() };
    } catch (error) {
      if (error instanceof NetlinkError) {
        this.refuse(error, subject);
        return undefined;
      }
      throw error;
    }
  }
}

/** Devices are given a group only to be deleted with it (teardown.ts). */
function isDeletion(request: RouteRequest): boolean {
  return (
    request.kind.endsWith(".delete") ||
    request.kind === "link.deleteGroup" ||
    (request.kind === "link.set" && request.group !== undefined)
  );
}

/** Whether a refusal to delete says that there is nothing to delete. */
export function meansAbsent(error: NetlinkError): boolean {
  switch (error.code) {
    case "ENOENT":
    case "ESRCH":
    case "ENODEV":
    case "EADDRNOTAVAIL":
      return true;
    default:
      return false;
  }
}
