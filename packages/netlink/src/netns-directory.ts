/**
 * Names of network namespaces: bind mounts in /run/netns, kept exactly as iproute2 keeps them
 * (ip/ipnetns.c), so that either side sees, enters and deletes what the other made.
 */
import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
import { NetlinkError, type NetlinkOperation, systemError } from "./errors.ts";
import { flock, lastErrno, mount, umount2 } from "./libc.ts";
import { runInNewNamespace, THREAD_NAMESPACE } from "./thread-namespace.ts";

const DIRECTORY = "/run/netns";

// linux/mount.h, umount2(2), flock(2)
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 0x100000;
const MNT_DETACH = 2;
const LOCK_EX = 2;

/** The file of a name. Throws EINVAL when it cannot be one. */
export function namedPath(name: string, request: NetlinkOperation): string {
  if (!/^[^/\0]{1,255}$/.test(name) || name === "." || name === "..") {
    throw new NetlinkError({ errno: constants.errno.EINVAL, request, object: name });
  }
  return `${DIRECTORY}/${name}`;
}

/** All names, sorted, left-over plain files included. */
export function listNames(): string[] {
  try {
    return readdirSync(DIRECTORY).sort();
  } catch (cause) {
    const error = systemError(cause, "namespace.list", DIRECTORY);
    if (error.code === "ENOENT") {
      return [];
    }
    throw error;
  }
}

/** Makes a namespace, has it prepared from within, and binds it to `name`; a failure leaves nothing behind. */
export function createNamed(name: string, prepare?: () => void): void {
  const path = namedPath(name, "namespace.create");
  prepareDirectory(name);
  runInNewNamespace(name, () => {
    prepare?.();
    bind(path, name);
  });
}

/** Gives the thread's namespace the name. */
function bind(path: string, name: string): void {
  try {
    closeSync(openSync(path, "wx", 0));
  } catch (cause) {
    throw systemError(cause, "namespace.create", name);
  }
  try {
    check(mount(THREAD_NAMESPACE, path, "none", MS_BIND, null), "namespace.create", name);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** Unbinds `name`; a plain file left over under it is removed as well. */
export function deleteNamed(name: string): void {
  const path = namedPath(name, "namespace.delete");
  // EINVAL: no mount (any more). A file can be mounted upon more than once.
  while (umount2(path, MNT_DETACH) === 0);
  const errno = lastErrno();
  if (errno !== constants.errno.EINVAL) {
    throw new NetlinkError({ errno, request: "namespace.delete", object: name });
  }
  try {
    unlinkSync(path);
  } catch (cause) {
    throw systemError(cause, "namespace.delete", name);
  }
}

/**
 * Makes the directory a shared mount, so that names made here appear in the mount namespaces that
 * `ip netns exec` and service managers have split off, and deleted ones vanish there. The lock is
 * the one iproute2 takes: two processes doing this at once would stack two mounts.
 */
function prepareDirectory(name: string): void {
  let lock: number;
  try {
    mkdirSync(DIRECTORY, { recursive: true, mode: 0o755 });
    lock = openSync(DIRECTORY, "r");
  } catch (cause) {
    throw systemError(cause, "namespace.create", name);
  }
  try {
    check(flock(lock, LOCK_EX), "namespace.create", name);
    if (mount("", DIRECTORY, "none", MS_SHARED | MS_REC, null) === 0) {
      return;
    }
    if (lastErrno() !== constants.errno.EINVAL) {
      check(-1, "namespace.create", name);
    }
    check(mount(DIRECTORY, DIRECTORY, "none", MS_BIND | MS_REC, null), "namespace.create", name);
    check(mount("", DIRECTORY, "none", MS_SHARED | MS_REC, null), "namespace.create", name);
  } finally {
    closeSync(lock);
  }
}

function check(result: number, request: NetlinkOperation, object: string): void {
  if (result === -1) {
    throw new NetlinkError({ errno: lastErrno(), request, object });
  }
}
