/**
 * Sends many requests in few system calls and finds out which the kernel refused.
 *
 * rtnetlink carries out all messages of a datagram whatever becomes of each, and answers every
 * refused one with its sequence number. Only the last message asks for a confirmation, which tells
 * that all answers have come: asking for all of them costs three to four times as much.
 *
 * Does not: know what the messages mean; they are written into `writer` by the caller.
 */
import { constants } from "node:os";
import { malformedAnswer, NetlinkError } from "./errors.ts";
import type { NetlinkTransport } from "./netlink-socket.ts";
import { decodeErrno, decodeExtack } from "./wire/error-message.ts";
import { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import { NLMSG_ERROR } from "./wire/protocol.ts";

const { EAGAIN, ENOBUFS } = constants.errno;

/** A datagram of 32 KiB is sent at the full rate and blocks for 0.6 ms at most. */
const BATCH_OCTETS = 32 * 1024;
/** Answers to so many messages fit into the default receive buffer even if all are refused. */
const BATCH_MESSAGES = 512;

/** Octets a writer for batches should start with: one message may exceed the batch. */
export const BATCH_CAPACITY: number = BATCH_OCTETS + 1024;

/** Is told of each message that the kernel refused, while it is still in the writer. */
export type RefusalListener = (refusal: {
  /** Position since the last `take`. */
  readonly index: number;
  /** Where the message starts in the writer. */
  readonly start: number;
  readonly errno: number;
  readonly extack: string | undefined;
}) => void;

/** How many messages since the last `take` came to what end. */
export interface BatchCounts {
  readonly applied: number;
  readonly refused: number;
  /** Carried out, but the answer was lost, so that they may have been refused. */
  readonly uncertain: number;
}

/** Collects messages and sends them when there are enough. */
export class Batch {
  readonly writer: MessageWriter;
  readonly #socket: NetlinkTransport;
  readonly #onRefusal: RefusalListener;
  #applied = 0;
  #refused = 0;
  #uncertain = 0;

  /** `writer` must be empty and for this batch alone until `take`. */
  constructor(socket: NetlinkTransport, writer: MessageWriter, onRefusal: RefusalListener) {
    this.#socket = socket;
    this.writer = writer;
    this.#onRefusal = onRefusal;
  }

  /** To be called after each message written: sends when the batch is full. */
  written(): void {
    const { writer } = this;
    if (writer.length > BATCH_OCTETS && writer.count > 1) {
      this.#send(writer.count - 1);
    } else if (writer.length === BATCH_OCTETS || writer.count === BATCH_MESSAGES) {
      this.#send(writer.count);
    }
  }

  /** Sends what is left and tells what became of everything since the last call. */
  take(): BatchCounts {
    if (this.writer.count > 0) {
      this.#send(this.writer.count);
    }
    const counts = {
      applied: this.#applied,
      refused: this.#refused,
      uncertain: this.#uncertain,
    };
    this.#applied = 0;
    this.#refused = 0;
    this.#uncertain = 0;
    return counts;
  }

  /** Sends the first `count` messages and waits for the answers. */
  #send(count: number): void {
    const { writer } = this;
    const octets = count === writer.count ? writer.length : writer.startOf(count);
    const before = this.#applied + this.#refused + this.#uncertain;
    const refusedBefore = this.#refused;
    let complete = false;
    writer.requestAck(count - 1);
    try {
      this.#socket.send(writer.bytes, octets);
      complete = this.#collect(before, count);
    } finally {
      writer.drop(count);
    }
    const others = count - (this.#refused - refusedBefore);
    if (complete) {
      this.#applied += others;
    } else {
      this.#uncertain += others;
    }
  }

  /** Reads answers until the last message's; false when answers were lost. */
  #collect(before: number, count: number): boolean {
    let lost = false;
    for (;;) {
      const octets = this.#socket.receive(!lost);
      if (octets === -ENOBUFS) {
        // The kernel had no room for further answers. Read those that it kept.
        lost = true;
      } else if (octets === -EAGAIN) {
        return false;
      } else if (octets < 0) {
        throw new NetlinkError({ errno: -octets, request: "socket.receive", object: "answers" });
      } else if (this.#readAnswers(octets, before, count) && !lost) {
        return true;
      }
    }
  }

  /** Reports the refusals in a datagram; whether the last message's answer was in it. */
  #readAnswers(octets: number, before: number, count: number): boolean {
    const { writer } = this;
    const first = writer.nextSequence - writer.count;
    let last = false;
    try {
      const message = new MessageReader(this.#socket.received, octets);
      while (message.next()) {
        const index = (message.sequence - first) >>> 0;
        // What is left of a dump that was broken off belongs to nobody.
        if (message.type !== NLMSG_ERROR || index >= count) {
          continue;
        }
        last ||= index === count - 1;
        const errno = decodeErrno(message);
        if (errno !== 0) {
          this.#refused++;
          const extack = decodeExtack(message);
          this.#onRefusal({ index: before + index, start: writer.startOf(index), errno, extack });
        }
      }
    } catch (cause) {
      throw malformedAnswer(cause);
    }
    return last;
  }
}
