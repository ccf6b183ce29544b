import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { BATCH_CAPACITY, Batch } from "../src/batch.ts";
import { NetlinkError } from "../src/errors.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";
import { answer, FakeKernel, message, type SentMessage } from "./fake-kernel.ts";
import { errorOf } from "./kernel-lab.ts";

const { EAGAIN, EEXIST, EINVAL, ENOBUFS } = constants.errno;
const NLM_F_ACK = 4;
const RTM_NEWROUTE = 24;

type Refusal = Parameters<ConstructorParameters<typeof Batch>[2]>[0];

/** Confirms what asks for it, and refuses messages by their position. */
function refusing(refused: ReadonlyMap<number, number>) {
  let position = 0;
  return (messages: readonly SentMessage[], kernel: FakeKernel): void => {
    for (const { sequence, flags } of messages) {
      const errno = refused.get(position++);
      if (errno !== undefined) {
        kernel.answers.push(answer(sequence, errno, `refused ${errno}`));
      } else if ((flags & NLM_F_ACK) !== 0) {
        kernel.answers.push(answer(sequence, 0));
      }
    }
  };
}

function batchOn(kernel: FakeKernel, firstSequence = 1) {
  const refusals: Refusal[] = [];
  const writer = new MessageWriter(BATCH_CAPACITY, firstSequence);
  const batch = new Batch(kernel, writer, (refusal) => refusals.push(refusal));
  const write = (count: number, octets = 8): void => {
    for (let i = 0; i < count; i++) {
      writer.begin(RTM_NEWROUTE, 1);
      writer.attributeBytes(1, new Uint8Array(octets), 0, octets);
      writer.end();
      batch.written();
    }
  };
  return { batch, write, refusals };
}

describe("a batch", () => {
  test("is one datagram with an acknowledgement asked of its last message only", () => {
    const kernel = new FakeKernel(refusing(new Map()));
    const { batch, write } = batchOn(kernel);
    write(10);
    expect(batch.take()).toEqual({ applied: 10, refused: 0, uncertain: 0 });
    expect(kernel.datagrams).toHaveLength(1);
    const asked = kernel.datagrams[0]?.map(({ flags }) => (flags & NLM_F_ACK) !== 0);
    expect(asked).toEqual([...Array(9).fill(false), true]);
  });

  test("without messages sends nothing", () => {
    const kernel = new FakeKernel(refusing(new Map()));
    expect(batchOn(kernel).batch.take()).toEqual({ applied: 0, refused: 0, uncertain: 0 });
    expect(kernel.datagrams).toEqual([]);
  });

  test("is cut after 512 messages", () => {
    const kernel = new FakeKernel(refusing(new Map()));
    const { batch, write } = batchOn(kernel);
    write(1100);
    expect(batch.take().applied).toBe(1100);
    expect(kernel.datagrams.map((messages) => messages.length)).toEqual([512, 512, 76]);
  });

  test("is cut before 32 KiB are exceeded, and loses no message by that", () => {
    const kernel = new FakeKernel(refusing(new Map()));
    const { batch, write } = batchOn(kernel);
    write(100, 1000);
    expect(batch.take().applied).toBe(100);
    const octets = kernel.datagrams.map((messages) =>
      messages.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    expect(Math.max(...octets)).toBeLessThanOrEqual(32 * 1024);
    expect(octets).toEqual([32 * 1020, 32 * 1020, 32 * 1020, 4 * 1020]);
    const sequences = kernel.datagrams.flat().map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  test("may consist of one message of more than 32 KiB", () => {
    const kernel = new FakeKernel(refusing(new Map()));
    const { batch, write } = batchOn(kernel);
    write(1);
    write(1, 40_000);
    write(1);
    expect(batch.take().applied).toBe(3);
    expect(kernel.datagrams.map((messages) => messages.length)).toEqual([1, 1, 1]);
  });
});

describe("a refusal", () => {
  test("is attributed to the message that caused it, by its position over all datagrams", () => {
    const refused = new Map([
      [0, EEXIST],
      [511, EINVAL],
      [512, EEXIST],
      [1023, EINVAL],
      [1029, EEXIST],
    ]);
    const { batch, write, refusals } = batchOn(new FakeKernel(refusing(refused)));
    write(1030);
    expect(batch.take()).toEqual({ applied: 1025, refused: 5, uncertain: 0 });
    expect(refusals.map(({ index, errno }) => [index, errno])).toEqual([...refused]);
    expect(refusals[0]?.extack).toBe(`refused ${EEXIST}`);
  });

  test("is attributed rightly when the sequence numbers pass 2^32", () => {
    const refused = new Map([
      [2, EINVAL],
      [5, EEXIST],
    ]);
    const { batch, write, refusals } = batchOn(new FakeKernel(refusing(refused)), 0xfffffffd);
    write(7);
    expect(batch.take()).toEqual({ applied: 5, refused: 2, uncertain: 0 });
    expect(refusals.map(({ index }) => index)).toEqual([2, 5]);
  });

  test("tells where the message stands, which is still there", () => {
    const kernel = new FakeKernel(refusing(new Map([[1, EINVAL]])));
    const { batch, write, refusals } = batchOn(kernel);
    write(3);
    batch.take();
    expect(refusals[0]?.start).toBe(28);
  });

  test("of the last message ends the batch like its confirmation", () => {
    const { batch, write } = batchOn(new FakeKernel(refusing(new Map([[2, EINVAL]]))));
    write(3);
    expect(batch.take()).toEqual({ applied: 2, refused: 1, uncertain: 0 });
  });

  test("counts from 0 again after a take", () => {
    const refused = new Map([
      [1, EINVAL],
      [4, EINVAL],
    ]);
    const { batch, write, refusals } = batchOn(new FakeKernel(refusing(refused)));
    write(3);
    batch.take();
    write(3);
    expect(batch.take()).toEqual({ applied: 2, refused: 1, uncertain: 0 });
    expect(refusals.map(({ index }) => index)).toEqual([1, 1]);
  });
});

describe("answers", () => {
  test("of earlier datagrams and rests of dumps belong to nobody", () => {
    const kernel = new FakeKernel((messages, self) => {
      self.answers.push(answer(999, EINVAL), message(RTM_NEWROUTE, 2, 1, new Uint8Array(12)));
      refusing(new Map())(messages, self);
    });
    const { batch, write, refusals } = batchOn(kernel);
    write(2);
    expect(batch.take()).toEqual({ applied: 2, refused: 0, uncertain: 0 });
    expect(refusals).toEqual([]);
  });

  test("that were dropped (ENOBUFS) leave all but the known refusals uncertain", () => {
    const kernel = new FakeKernel((messages, self) => {
      self.answers.push(-ENOBUFS, answer(messages[3]?.sequence ?? 0, EEXIST));
    });
    const { batch, write, refusals } = batchOn(kernel);
    write(10);
    expect(batch.take()).toEqual({ applied: 0, refused: 1, uncertain: 9 });
    expect(refusals.map(({ index }) => index)).toEqual([3]);
  });

  test("that do not come in time leave the batch uncertain", () => {
    const kernel = new FakeKernel((_messages, self) => self.answers.push(-EAGAIN));
    const { batch, write } = batchOn(kernel);
    write(4);
    expect(batch.take()).toEqual({ applied: 0, refused: 0, uncertain: 4 });
  });

  test("that are malformed are an error with the code EBADMSG", () => {
    const kernel = new FakeKernel((_messages, self) => self.answers.push(Uint8Array.of(1, 2, 3)));
    const { batch, write } = batchOn(kernel);
    write(1);
    const error = errorOf(() => batch.take());
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toMatchObject({ code: "EBADMSG" });
  });

  test("of a socket that fails are its error", () => {
    const kernel = new FakeKernel((_messages, self) => self.answers.push(-constants.errno.EBADF));
    const { batch, write } = batchOn(kernel);
    write(1);
    expect(errorOf(() => batch.take())).toMatchObject({ code: "EBADF" });
  });
});
