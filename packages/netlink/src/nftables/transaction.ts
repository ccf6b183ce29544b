/**
 * Sends requests of nf_tables that the kernel carries out all or not at all.
 *
 * Every message that is wrong is answered, the first of which says why. What the kernel finds only when
 * it carries the whole out, it says of the message that begins the transaction.
 */
import { constants } from "node:os";
import { malformedAnswer, NetlinkError } from "../errors.ts";
import type { NetlinkTransport } from "../netlink-socket.ts";
import { decodeErrno, decodeExtack } from "../wire/error-message.ts";
import { MessageReader } from "../wire/message-reader.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_REQUEST, NLMSG_ERROR } from "../wire/protocol.ts";
import { writeBatchBegin, writeBatchEnd } from "./nfnetlink.ts";
import { describeNftObject, encodeNftRequest, type NftRequest } from "./request.ts";

const { EAGAIN, ENOBUFS } = constants.errno;

/** An answer of the kernel about one message. */
interface Answer {
  /** Position of the message; 0 is the one that begins the transaction. */
  readonly position: number;
  readonly errno: number;
  readonly extack: string | undefined;
}

/**
 * Carries out `requests`, of which there must be one. `writer` must be empty. Throws NetlinkError when
 * one is refused, and then nothing has changed; ERESTART says that the generation is another one.
 */
export function runTransaction(
  socket: NetlinkTransport,
  writer: MessageWriter,
  requests: readonly NftRequest[],
  generation: number | undefined,
): void {
  const first = writer.nextSequence;
  writeBatchBegin(writer, NLM_F_REQUEST, generation);
  for (const [position, request] of requests.entries()) {
    encodeNftRequest(writer, request, position);
  }
  writer.requestAck(requests.length);
  writeBatchEnd(writer, NLM_F_REQUEST);
  try {
    socket.send(writer.bytes, writer.length);
  } finally {
    writer.drop(writer.count);
  }
  const answers = collect(socket, first, requests.length);
  const refusal = answers.find(({ errno }) => errno !== 0);
  if (refusal !== undefined) {
    throw refusalError(refusal, requests);
  }
  if (!answers.some(({ position }) => position === requests.length)) {
    const extack = "the answer was lost";
    const object = "answers";
    throw new NetlinkError({ errno: ENOBUFS, request: "transaction", object, extack });
  }
}

/** The answers, all of which wait to be read when the kernel has taken the transaction. */
function collect(socket: NetlinkTransport, first: number, last: number): Answer[] {
  const answers: Answer[] = [];
  for (;;) {
    const octets = socket.receive(false);
    if (octets === -EAGAIN) {
      return answers;
    }
    if (octets === -ENOBUFS) {
      continue;
    }
    if (octets < 0) {
      throw new NetlinkError({ errno: -octets, request: "socket.receive", object: "answers" });
    }
    try {
      const message = new MessageReader(socket.received, octets);
      while (message.next()) {
        const position = (message.sequence - first) >>> 0;
        if (message.type === NLMSG_ERROR && position <= last) {
          const [errno, extack] = [decodeErrno(message), decodeExtack(message)];
          answers.push({ position, errno, extack });
        }
      }
    } catch (cause) {
      throw malformedAnswer(cause);
    }
  }
}

function refusalError(
  { position, errno, extack }: Answer,
  requests: readonly NftRequest[],
): NetlinkError {
  const request = position === 0 ? undefined : requests[position - 1];
  return request === undefined
    ? new NetlinkError({ errno, request: "transaction", object: "as a whole", extack })
    : new NetlinkError({
        errno,
        request: request.kind,
        object: describeNftObject(request),
        extack,
      });
}
