import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { type Dump, runDump } from "../src/dump.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { answer, FakeKernel, message } from "./fake-kernel.ts";
import { errorOf } from "./kernel-lab.ts";

const { EINVAL, ENOENT } = constants.errno;
const NLMSG_DONE = 3;
const NLM_F_MULTI = 2;
const NLM_F_DUMP_INTR = 0x10;
const OBJECT = 24;

/** Objects are single octets; 0 is passed over, 255 is malformed. */
const DUMP: Dump<number> = {
  request: "dump.routes",
  encode: (writer, flags) => {
    writer.begin(26, flags);
    writer.u32(0);
    writer.end();
  },
  decode: (part) => (part.u8(0) === 255 ? part.u32(1000) : part.u8(0) || undefined),
};

const object = (sequence: number, value: number, flags = 0): Uint8Array =>
  message(OBJECT, NLM_F_MULTI | flags, sequence, Uint8Array.of(value, 0, 0, 0));
const done = (sequence: number, errno = 0, flags = 0): Uint8Array =>
  message(NLMSG_DONE, NLM_F_MULTI | flags, sequence, new Uint8Array(Int32Array.of(-errno).buffer));

/** A kernel that answers the dumps in turn. */
function kernelWith(
  ...dumps: readonly ((sequence: number) => (Uint8Array | number)[])[]
): FakeKernel {
  return new FakeKernel(([request], kernel) => {
    const dump = dumps[kernel.datagrams.length - 1];
    if (dump !== undefined && request !== undefined) {
      kernel.answers.push(...dump(request.sequence));
    }
  });
}

describe("a dump", () => {
  test("gives the objects of all datagrams up to the end mark", () => {
    const kernel = kernelWith((s) => [
      Buffer.concat([object(s, 1), object(s, 2)]),
      object(s, 0),
      Buffer.concat([object(s, 3), done(s)]),
    ]);
    expect(runDump(kernel, new MessageWriter(64), DUMP)).toEqual([1, 2, 3]);
    expect(kernel.datagrams[0]?.[0]?.flags).toBe(0x301);
  });

  test("passes over messages of other requests", () => {
    const kernel = kernelWith((s) => [object(s + 7, 9), answer(s + 7, 5), object(s, 1), done(s)]);
    expect(runDump(kernel, new MessageWriter(64), DUMP)).toEqual([1]);
  });

  test.each([
    ["an object", (s: number) => [object(s, 1, NLM_F_DUMP_INTR), done(s)]],
    ["the end mark", (s: number) => [object(s, 1), done(s, 0, NLM_F_DUMP_INTR)]],
  ])("is made anew when %s says that it was interrupted", (_name, interrupted) => {
    const kernel = kernelWith(interrupted, interrupted, (s) => [object(s, 4), done(s)]);
    expect(runDump(kernel, new MessageWriter(64), DUMP)).toEqual([4]);
    expect(kernel.datagrams).toHaveLength(3);
  });

  test("that is interrupted again and again is an error with the code EINTR", () => {
    const kernel = kernelWith(...Array(100).fill((s: number) => [done(s, 0, NLM_F_DUMP_INTR)]));
    expect(errorOf(() => runDump(kernel, new MessageWriter(64), DUMP))).toMatchObject({
      code: "EINTR",
      request: "dump.routes",
    });
  });

  test("that the kernel refuses is an error with its explanation", () => {
    const kernel = kernelWith((s) => [answer(s, EINVAL, "Invalid values in header")]);
    expect(errorOf(() => runDump(kernel, new MessageWriter(64), DUMP))).toMatchObject({
      code: "EINVAL",
      request: "dump.routes",
      extack: "Invalid values in header",
    });
  });

  test("whose end mark carries an error is that error", () => {
    const kernel = kernelWith((s) => [object(s, 1), done(s, EINVAL)]);
    expect(errorOf(() => runDump(kernel, new MessageWriter(64), DUMP))).toMatchObject({
      code: "EINVAL",
    });
  });

  test("is empty when the kernel answers with the error that means so", () => {
    const kernel = kernelWith((s) => [answer(s, ENOENT)]);
    expect(runDump(kernel, new MessageWriter(64), { ...DUMP, none: ENOENT })).toEqual([]);
  });

  test("with a malformed object is read to its end, then an error with the code EBADMSG", () => {
    const kernel = kernelWith(
      (s) => [object(s, 255), object(s, 1), done(s)],
      (s) => [object(s, 2), done(s)],
    );
    const writer = new MessageWriter(64);
    expect(errorOf(() => runDump(kernel, writer, DUMP))).toMatchObject({ code: "EBADMSG" });
    expect(kernel.answers).toEqual([]);
    expect(runDump(kernel, writer, DUMP)).toEqual([2]);
  });

  test("whose end is lost in a malformed datagram is an error with the code EBADMSG", () => {
    const kernel = kernelWith((s) => [object(s, 1), done(s).subarray(0, 12)]);
    expect(errorOf(() => runDump(kernel, new MessageWriter(64), DUMP))).toMatchObject({
      code: "EBADMSG",
    });
  });

  test("that stops coming is the error of the socket", () => {
    const kernel = kernelWith((s) => [object(s, 1)]);
    expect(errorOf(() => runDump(kernel, new MessageWriter(64), DUMP))).toMatchObject({
      code: "EAGAIN",
      request: "dump.routes",
    });
  });
});
