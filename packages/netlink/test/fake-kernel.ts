/**
 * A transport whose kernel is a function: what is sent is handed to it message by message, and what
 * it puts into `answers` is received.
 */
import { constants } from "node:os";
import type { NetlinkTransport } from "../src/netlink-socket.ts";

const NLMSG_ERROR = 2;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

/** A message sent, of which the header was read. */
export interface SentMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export class FakeKernel implements NetlinkTransport {
  readonly received: Uint8Array = new Uint8Array(64 * 1024);
  /** Datagrams sent so far, each as its messages. */
  readonly datagrams: SentMessage[][] = [];
  /** What `receive` gives: datagrams, or errnos made negative. */
  readonly answers: (Uint8Array | number)[] = [];
  readonly #handle: (messages: readonly SentMessage[], kernel: FakeKernel) => void;

  constructor(handle: (messages: readonly SentMessage[], kernel: FakeKernel) => void) {
    this.#handle = handle;
  }

  send(bytes: Uint8Array, length: number): void {
    const messages: SentMessage[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    for (let at = 0; at < length; at += view.getUint32(at, true)) {
      messages.push({
        type: view.getUint16(at + 4, true),
        flags: view.getUint16(at + 6, true),
        sequence: view.getUint32(at + 8, true),
        bytes: bytes.slice(at, at + view.getUint32(at, true)),
      });
    }
    this.datagrams.push(messages);
    this.#handle(messages, this);
  }

  receive(): number {
    const answer = this.answers.shift();
    if (answer === undefined) {
      return -constants.errno.EAGAIN;
    }
    if (typeof answer === "number") {
      return answer;
    }
    this.received.set(answer);
    return answer.length;
  }
}

/** A message of the kernel. */
export function message(
  type: number,
  flags: number,
  sequence: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(16 + ((payload.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + payload.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(payload, 16);
  return bytes;
}

/** NLMSG_ERROR as the kernel sends it with NETLINK_CAP_ACK and NETLINK_EXT_ACK; errno 0 confirms. */
export function answer(sequence: number, errno: number, extack?: string): Uint8Array {
  const text = extack === undefined ? undefined : Buffer.from(`${extack}\0`);
  const payload = new Uint8Array(20 + (text === undefined ? 0 : 4 + text.length));
  const view = new DataView(payload.buffer);
  view.setInt32(0, -errno, true);
  view.setUint32(4, 16, true);
  view.setUint32(12, sequence, true);
  if (text !== undefined) {
    view.setUint16(20, 4 + text.length, true);
    view.setUint16(22, 1, true);
    payload.set(text, 24);
  }
  const flags = NLM_F_CAPPED | (text === undefined ? 0 : NLM_F_ACK_TLVS);
  return message(NLMSG_ERROR, flags, sequence, payload);
}
