import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import type { NftRequest } from "../../src/nftables/request.ts";
import { runTransaction } from "../../src/nftables/transaction.ts";
import { MessageWriter } from "../../src/wire/message-writer.ts";
import { answer, FakeKernel, type SentMessage } from "../fake-kernel.ts";
import { errorOf } from "../kernel-lab.ts";

const { ENOBUFS, ENOENT } = constants.errno;
const ERESTART = 85;
const NLM_F_ACK = 4;

const TABLE: NftRequest = { kind: "table.add", family: "inet", table: "t" };
const CHAIN: NftRequest = { kind: "chain.add", family: "inet", table: "t", chain: "c" };

/** A kernel that says `answers` of the messages at these positions, the beginning being 0. */
function kernelThat(answers: (messages: readonly SentMessage[]) => (Uint8Array | number)[]) {
  return new FakeKernel((messages, kernel) => kernel.answers.push(...answers(messages)));
}

const sequenceOf = (messages: readonly SentMessage[], position: number): number =>
  messages[position]?.sequence ?? 0;

function run(kernel: FakeKernel, generation?: number): void {
  runTransaction(kernel, new MessageWriter(64), [TABLE, CHAIN], generation);
}

describe("a transaction", () => {
  test("is one datagram between its beginning and its end, and asks for one answer", () => {
    const kernel = kernelThat((messages) => [answer(sequenceOf(messages, 2), 0)]);
    run(kernel, 0x01020304);
    const [sent = []] = kernel.datagrams;
    expect(kernel.datagrams).toHaveLength(1);
    expect(sent.map(({ type }) => type)).toEqual([16, 0xa00, 0xa03, 17]);
    expect(sent.map(({ flags }) => (flags & NLM_F_ACK) !== 0)).toEqual([false, false, true, false]);
    // The generation, in network byte order, as the last attribute of the beginning.
    expect([...(sent[0]?.bytes.subarray(-4) ?? [])]).toEqual([1, 2, 3, 4]);
  });

  test("names no generation when it is not tied to one", () => {
    const kernel = kernelThat((messages) => [answer(sequenceOf(messages, 2), 0)]);
    run(kernel);
    expect(kernel.datagrams[0]?.[0]?.bytes).toHaveLength(20);
  });

  test("is refused by the first message that is wrong, whatever is said of the others", () => {
    const kernel = kernelThat((messages) => [
      answer(sequenceOf(messages, 1), ENOENT, "no such thing"),
      answer(sequenceOf(messages, 2), constants.errno.EINVAL),
    ]);
    expect(errorOf(() => run(kernel))).toMatchObject({
      code: "ENOENT",
      request: "table.add",
      object: "table inet t",
      extack: "no such thing",
    });
  });

  test("is refused as a whole by an answer to its beginning", () => {
    const kernel = kernelThat((messages) => [answer(sequenceOf(messages, 0), ERESTART)]);
    expect(errorOf(() => run(kernel, 1))).toMatchObject({
      code: "ERESTART",
      request: "transaction",
      object: "as a whole",
    });
  });

  test("whose answer was lost is an error, because it may have been refused", () => {
    const kernel = kernelThat(() => [-ENOBUFS]);
    expect(errorOf(() => run(kernel))).toMatchObject({ code: "ENOBUFS", request: "transaction" });
  });

  test("does not take what is left of an earlier dump for its answer", () => {
    const kernel = kernelThat((messages) => [
      answer(sequenceOf(messages, 0) - 1, ENOENT),
      answer(sequenceOf(messages, 2), 0),
    ]);
    expect(() => run(kernel)).not.toThrow();
  });

  test("with an answer that makes no sense is an error that says so", () => {
    const kernel = kernelThat(() => [Uint8Array.of(1, 2, 3)]);
    expect(errorOf(() => run(kernel))).toMatchObject({ code: "EBADMSG" });
  });
});
