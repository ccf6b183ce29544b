/** Makes this process see a kernel that was built without TCP-MD5: setsockopt of its options fails with ENOPROTOOPT. */

import koffi from "koffi";

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2;
const SYS_SETSOCKOPT = process.arch === "arm64" ? 208 : 54;
const IPPROTO_TCP = 6;
const TCP_MD5SIG = 14;
const TCP_MD5SIG_EXT = 32;
const ENOPROTOOPT = 92;

// linux/bpf_common.h, linux/seccomp.h: offsets into struct seccomp_data.
const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const SYSCALL_NUMBER = 0;
const ARGUMENT_1 = 24;
const ARGUMENT_2 = 32;

/** [code, jump if true, jump if false, k] */
const PROGRAM: readonly (readonly [number, number, number, number])[] = [
  [LOAD_WORD, 0, 0, SYSCALL_NUMBER],
  [JUMP_IF_EQUAL, 0, 5, SYS_SETSOCKOPT],
  [LOAD_WORD, 0, 0, ARGUMENT_1],
  [JUMP_IF_EQUAL, 0, 3, IPPROTO_TCP],
  [LOAD_WORD, 0, 0, ARGUMENT_2],
  [JUMP_IF_EQUAL, 2, 0, TCP_MD5SIG],
  [JUMP_IF_EQUAL, 1, 0, TCP_MD5SIG_EXT],
  [RETURN, 0, 0, ALLOW],
  [RETURN, 0, 0, ERRNO | ENOPROTOOPT],
];

/** Until the process ends. */
export function forbidTcpMd5(): void {
  const filter = Buffer.alloc(8 * PROGRAM.length);
  for (const [index, [code, ifTrue, ifFalse, k]] of PROGRAM.entries()) {
    filter.writeUInt16LE(code, 8 * index);
    filter.writeUInt8(ifTrue, 8 * index + 2);
    filter.writeUInt8(ifFalse, 8 * index + 3);
    filter.writeUInt32LE(k, 8 * index + 4);
  }
  koffi.struct("sock_fprog", { length: "uint16", filter: "const void *" });
  const libc = koffi.load(null);
  const set = libc.func(
    "int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)",
  );
  const setFilter = libc.func("prctl", "int", ["int", "ulong", "const sock_fprog *"]);
  const program = { length: PROGRAM.length, filter };
  const failed =
    set(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0 ||
    setFilter(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) !== 0;
  if (failed) throw new Error(`prctl: errno ${koffi.errno()}`);
}
