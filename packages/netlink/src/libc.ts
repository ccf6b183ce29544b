/**
 * The C library functions that Node lacks, through koffi. Loaded once; each returns -1 on failure and
 * leaves the reason to {@link lastErrno}.
 *
 * Does not: interpret errors, retry, or know what the numbers mean. Little-endian 64-bit Linux only.
 */
import { endianness } from "node:os";
import koffi from "koffi";

if (endianness() !== "LE") {
  throw new Error("netlink messages are encoded for little-endian machines only");
}

const libc = koffi.load(null);

/** setns(2). */
export const setns: (fd: number, kind: number) => number = libc.func("int setns(int, int)");
/** unshare(2). */
export const unshare: (flags: number) => number = libc.func("int unshare(int)");
/** mount(2) without data. */
export const mount: (
  source: string,
  target: string,
  type: string | null,
  flags: number,
  data: null,
) => number = libc.func(
  "int mount(const char *, const char *, const char *, unsigned long, const void *)",
);
/** umount2(2). */
export const umount2: (target: string, flags: number) => number = libc.func(
  "int umount2(const char *, int)",
);
/** flock(2). */
export const flock: (fd: number, operation: number) => number = libc.func("int flock(int, int)");
/** ioctl(2) without an argument. */
export const ioctl: (fd: number, request: number) => number = libc.func(
  "int ioctl(int, unsigned long)",
);
/** socket(2). */
export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  "int socket(int, int, int)",
);
/** bind(2). */
export const bind: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  "int bind(int, const void *, uint32_t)",
);
/** setsockopt(2). */
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number = libc.func("int setsockopt(int, int, int, const void *, uint32_t)");
/** send(2). */
export const send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number =
  libc.func("intptr_t send(int, const void *, size_t, int)");
/** recv(2). */
export const recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number =
  libc.func("intptr_t recv(int, void *, size_t, int)");

/** errno of the last failed call. */
export function lastErrno(): number {
  return koffi.errno();
}
