/**
 * Moves the calling thread to another network namespace and back in one synchronous stretch
 * (setns(2), unshare(2)).
 *
 * Does not: know names; see namespace.ts and netns-directory.ts.
 */
import { openSync, writeSync } from "node:fs";
import { NetlinkError, systemError } from "./errors.ts";
import { lastErrno, setns, unshare } from "./libc.ts";
import { primeThreadPool } from "./thread-pool.ts";

/** CLONE_NEWNET of linux/sched.h: "a network namespace" for setns(2), unshare(2) and NS_GET_NSTYPE. */
export const CLONE_NEWNET = 0x40000000;

/** The calling thread's network namespace. /proc/self would be that of the process's first thread. */
export const THREAD_NAMESPACE = "/proc/thread-self/ns/net";

const STDERR = 2;

/** Namespace the thread is in; opened when the thread first leaves the one it started in. */
let occupied: number | undefined;

/**
 * Calls `work` inside the namespace `fd`. A promise as its result is refused with a TypeError, for
 * the rest of such work would run outside. Aborts the process when the way back fails.
 */
export function runInNamespace<T>(fd: number, label: string, work: () => T): T {
  const home = leaveHome(label);
  if (setns(fd, CLONE_NEWNET) === -1) {
    throw new NetlinkError({ errno: lastErrno(), request: "namespace.enter", object: label });
  }
  occupied = fd;
  return workAndReturn(home, label, work);
}

/** Calls `work` inside a namespace that has just been made and ends with it, unless `work` binds it. */
export function runInNewNamespace<T>(label: string, work: () => T): T {
  const home = leaveHome(label);
  if (unshare(CLONE_NEWNET) === -1) {
    throw new NetlinkError({ errno: lastErrno(), request: "namespace.create", object: label });
  }
  return workAndReturn(home, label, work);
}

function leaveHome(label: string): number {
  void primeThreadPool();
  try {
    occupied ??= openSync(THREAD_NAMESPACE, "r");
  } catch (cause) {
    throw systemError(cause, "namespace.enter", label);
  }
  return occupied;
}

function workAndReturn<T>(home: number, label: string, work: () => T): T {
  let result: T;
  try {
    result = work();
  } finally {
    if (setns(home, CLONE_NEWNET) === -1) {
      // Every later socket and file would belong to the wrong tenant.
      writeSync(
        STDERR,
        `cannot leave network namespace ${label}: errno ${lastErrno()}; aborting\n`,
      );
      process.abort();
    }
    occupied = home;
  }
  if (isThenable(result)) {
    throw new TypeError(`the work inside network namespace ${label} returned a promise`);
  }
  return result;
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
