/**
 * The socket calls of the C library, through koffi, which is loaded by the first of them. Each returns -1 on failure
 * and leaves the reason to {@link lastErrno}.
 *
 * Does not: interpret errors, or know what the numbers mean.
 */
import { createRequire } from "node:module";
import { endianness } from "node:os";

type Koffi = typeof import("koffi");

let loaded: Koffi | undefined;

function koffi(): Koffi {
  if (loaded === undefined) {
    if (endianness() !== "LE") {
      throw new Error("socket options are encoded for little-endian machines only");
    }
    const require = createRequire(import.meta.url);
    const module: Koffi = require("koffi");
    loaded = module;
  }
  return loaded;
}

function libc<Arguments extends readonly unknown[]>(
  prototype: string,
): (...args: Arguments) => number {
  let call: ((...args: Arguments) => number) | undefined;
  return (...args) => {
    call ??= koffi().load(null).func(prototype);
    return call(...args);
  };
}

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

/** errno of the last failed call. */
export function lastErrno(): number {
  return koffi().errno();
}
