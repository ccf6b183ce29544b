/**
 * The socket calls of the C library, through koffi, which is loaded by the first of them. Each returns -1 on failure
 * and leaves the reason to {@link lastErrno}.
 *
 * Does not: interpret errors, or know what the numbers mean.
 */
import { libc } from "@selvedge/netlink";

export { lastErrno } from "@selvedge/netlink";

/** socket(2). */
export const socket: (domain: number, type: number, protocol: number) => number = libc(
  "int socket(int, int, int)",
);
/** bind(2). */
export const bind: (fd: number, address: Uint8Array, length: number) => number = libc(
  "int bind(int, const void *, uint32_t)",
);
/** listen(2). */
export const listen: (fd: number, backlog: number) => number = libc("int listen(int, int)");
/** accept4(2); the address and its length are written into the arrays. */
export const accept4: (
  fd: number,
  address: Uint8Array,
  length: Uint32Array,
  flags: number,
) => number = libc("int accept4(int, _Out_ void *, _Inout_ uint32_t *, int)");
/** getsockname(2). */
export const getsockname: (fd: number, address: Uint8Array, length: Uint32Array) => number = libc(
  "int getsockname(int, _Out_ void *, _Inout_ uint32_t *)",
);
/** setsockopt(2). */
export const setsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: number,
) => number = libc("int setsockopt(int, int, int, const void *, uint32_t)");
/** getsockopt(2). */
export const getsockopt: (
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  length: Uint32Array,
) => number = libc("int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)");
