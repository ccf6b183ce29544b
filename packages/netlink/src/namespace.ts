/**
 * Network namespaces: named ones as `ip netns` keeps them in /run/netns, and code run inside one.
 *
 * A thread is moved by setns(2). That is done for the main thread only, in short synchronous
 * stretches; sockets opened meanwhile belong to the namespace for good.
 *
 * Does not: mount namespaces, /sys (which follows the mount, not the thread), processes.
 */
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { NetlinkError, type NetlinkOperation, systemError } from "./errors.ts";
import { ioctl } from "./libc.ts";
import { createNamed, deleteNamed, listNames, namedPath } from "./netns-directory.ts";
import { CLONE_NEWNET, runInNamespace, THREAD_NAMESPACE } from "./thread-namespace.ts";

/** ioctl of linux/nsfs.h: which kind of namespace a file is. */
const NS_GET_NSTYPE = 0xb703;

/** A network namespace, held open by a file descriptor until closed. */
export class NetworkNamespace implements Disposable {
  /** Name in /run/netns; absent when it was opened by path or as the current one. */
  readonly name: string | undefined;
  /** "device:inode", the identity: equal for two objects of the same namespace. */
  readonly id: string;
  readonly #label: string;
  #fd: number;

  private constructor(fd: number, name: string | undefined, label: string) {
    const { dev, ino } = fstatSync(fd);
    this.name = name;
    this.id = `${dev}:${ino}`;
    this.#label = label;
    this.#fd = fd;
  }

  /**
   * Opens a namespace by its name in /run/netns or by a path (whatever contains a slash), for
   * example /proc/PID/ns/net. Throws ENOENT when there is none, EINVAL when the file is no network
   * namespace, such as a plain file left over under a name.
   */
  static open(pathOrName: string): NetworkNamespace {
    const isPath = pathOrName.includes("/");
    const path = isPath ? pathOrName : namedPath(pathOrName, "namespace.open");
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (cause) {
      throw systemError(cause, "namespace.open", pathOrName);
    }
    if (ioctl(fd, NS_GET_NSTYPE) !== CLONE_NEWNET) {
      closeSync(fd);
      const errno = constants.errno.EINVAL;
      throw new NetlinkError({ errno, request: "namespace.open", object: pathOrName });
    }
    return new NetworkNamespace(fd, isPath ? undefined : pathOrName, pathOrName);
  }

  /** The namespace that the calling thread is in. */
  static current(): NetworkNamespace {
    return NetworkNamespace.open(THREAD_NAMESPACE);
  }

  /**
   * Creates a namespace and names it. Throws EEXIST when the name is taken, also by a left-over
   * file; a failure leaves nothing behind. Everything in it is down, nothing is forwarded.
   *
   * `prepare` is called inside it before it has the name, so that nobody ever finds it unprepared under that, even if
   * the process is killed; sockets that it opens are the namespace's. What it throws is thrown.
   *
   * Equivalent to: `ip netns add NAME`
   */
  static create(name: string, prepare?: () => void): NetworkNamespace {
    createNamed(name, prepare);
    try {
      return NetworkNamespace.open(name);
    } catch (error) {
      deleteNamed(name);
      throw error;
    }
  }

  /**
   * All names in /run/netns, sorted, left-over plain files included.
   *
   * Equivalent to: `ip netns list`
   */
  static list(): string[] {
    return listNames();
  }

  /**
   * Deletes a name, or a plain file left over under it. The namespace itself ends some time after
   * nothing holds it any more: no process, no socket, no open file. Throws ENOENT.
   *
   * Equivalent to: `ip netns delete NAME`
   */
  static delete(name: string): void {
    deleteNamed(name);
  }

  /** Whether the name is that of a network namespace; a left-over plain file is none. */
  static exists(name: string): boolean {
    try {
      NetworkNamespace.open(name).close();
      return true;
    } catch (error) {
      if (error instanceof NetlinkError && (error.code === "ENOENT" || error.code === "EINVAL")) {
        return false;
      }
      throw error;
    }
  }

  /** The open file; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Calls `work` inside the namespace and returns what it returns. May be nested. `work` must be
   * synchronous: whatever it leaves to later happens outside, so a promise as its result is refused
   * with a TypeError. Aborts the process when the way back fails. Costs about 10 us.
   */
  run<T>(work: () => T): T {
    return runInNamespace(this.#fd, this.#label, work);
  }

  /**
   * Sets a sysctl of the namespace. `path` is relative to /proc/sys and starts with "net/".
   *
   * Equivalent to: `ip netns exec NAME sysctl -w net/ipv4/ip_forward=1`
   */
  setSysctl(path: string, value: string): void {
    this.#sysctl("sysctl.set", path, `${path}=${value}`, (file) => writeFileSync(file, value));
  }

  /** Reads a sysctl of the namespace, without the final newline. */
  getSysctl(path: string): string {
    return this.#sysctl("sysctl.get", path, path, (file) => readFileSync(file, "utf8").trimEnd());
  }

  /** Lets go of the namespace. May be called twice. */
  close(): void {
    if (this.#fd !== -1) {
      closeSync(this.#fd);
      this.#fd = -1;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #sysctl<T>(
    request: NetlinkOperation,
    path: string,
    what: string,
    access: (file: string) => T,
  ): T {
    const object = `${what} in namespace ${this.#label}`;
    if (!path.startsWith("net/") || path.split("/").includes("..")) {
      throw new NetlinkError({ errno: constants.errno.EINVAL, request, object });
    }
    return this.run(() => {
      try {
        return access(`/proc/sys/${path}`);
      } catch (cause) {
        throw systemError(cause, request, object);
      }
    });
  }
}
