/**
 * The C library functions that Node lacks, through koffi. Each returns -1 on failure and leaves the reason to
 * {@link lastErrno}.
 *
 * koffi, which is native code, is loaded by the first call, so that a program may depend on this package and run
 * without it where nothing of it is used.
 *
 * Does not: interpret errors, retry, or know what the numbers mean. Little-endian 64-bit Linux only.
 */
import { createRequire } from "node:module";
import { endianness } from "node:os";

type Koffi = typeof import("koffi");

let loaded: Koffi | undefined;

/** koffi, loaded once. */
export function loadKoffi(): Koffi {
  if (loaded === undefined) {
    if (endianness() !== "LE") {
      throw new Error("kernel structures are encoded for little-endian machines only");
    }
    const require = createRequire(import.meta.url);
    const koffi: Koffi = require("koffi");
    loaded = koffi;
  }
  return loaded;
}

/** A function of the C library by its prototype, looked up by its first call. */
export function libc<Arguments extends readonly unknown[]>(
  prototype: string,
): (...args: Arguments) => number {
  let call: ((...args: Arguments) => number) | undefined;
  return (...args) => {
    call ??= loadKoffi().load(null).func(prototype);
    return call(...args);
  };
}

/** setns(2). */
export const setns: (fd: number, kind: number) => number = libc("int setns(int, int)");
/** unshare(2). */
export const unshare: (flags: number) => number = libc("int unshare(int)");
/** mount(2) without data. */
export const mount: (
  source: string,
  target: string,
  type: string | null,
  flags: number,
  data: null,
) => number = libc(
  "int mount(const char *, const char *, const char *, unsigned long, const void *)",
);
/** umount2(2). */
export const umount2: (target: string, flags: number) => number = libc(
  "int umount2(const char *, int)",
);
/** flock(2). */
export const flock: (fd: number, operation: number) => number = libc("int flock(int, int)");
/** ioctl(2) without an argument. */
export const ioctl: (fd: number, request: number) => number = libc("int ioctl(int, unsigned long)");
/** socket(2). */
export const socket: (domain: number, type: number, protocol: number) => number = libc(
  "int socket(int, int, int)",
);
/** bind(2). */
export const bind: (fd: number, address: Uint8Array, length: number) => number = libc(
  "int bind(int, const void *, uint32_t)",
);
/** setsockopt(2). */
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number = libc("int setsockopt(int, int, int, const void *, uint32_t)");
/** send(2). */
export const send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number = libc(
  "intptr_t send(int, const void *, size_t, int)",
);
/** recv(2). */
export const recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number = libc(
  "intptr_t recv(int, void *, size_t, int)",
);

/** errno of the last failed call. */
export function lastErrno(): number {
  return loadKoffi().errno();
}
