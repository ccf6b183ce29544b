/**
 * Asks the kernel for all objects of a kind. A dump that the kernel marks as interrupted, because
 * something changed meanwhile, may lack objects or hold some twice: it is made anew.
 */
import { constants } from "node:os";
import { malformedAnswer, NetlinkError, type NetlinkOperation } from "./errors.ts";
import type { NetlinkTransport } from "./netlink-socket.ts";
import { decodeErrno, decodeExtack } from "./wire/error-message.ts";
import { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from "./wire/protocol.ts";

const { EINTR } = constants.errno;

/** An interruption takes a change within the milliseconds of a dump; so many in a row are a fault. */
const ATTEMPTS = 20;

/** One kind of dump. */
export interface Dump<T> {
  readonly request: NetlinkOperation;
  /** Writes the request with the given header flags. */
  readonly encode: (writer: MessageWriter, flags: number) => void;
  /** Reads an object; undefined passes over it. */
  readonly decode: (message: MessageReader) => T | undefined;
  /** Errno by which the kernel says that there is nothing. */
  readonly none?: number;
}

/** Makes a dump. `writer` must be empty. Throws EINTR when it was interrupted again and again. */
export function runDump<T>(socket: NetlinkTransport, writer: MessageWriter, dump: Dump<T>): T[] {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const objects = attemptDump(socket, writer, dump);
    if (objects !== undefined) {
      return objects;
    }
  }
  throw new NetlinkError({ errno: EINTR, request: dump.request, object: "interrupted dump" });
}

/** The objects; undefined when the dump was interrupted. */
function attemptDump<T>(
  socket: NetlinkTransport,
  writer: MessageWriter,
  dump: Dump<T>,
): T[] | undefined {
  const sequence = writer.nextSequence;
  dump.encode(writer, NLM_F_REQUEST | NLM_F_DUMP);
  try {
    socket.send(writer.bytes, writer.length);
  } finally {
    writer.drop(writer.count);
  }
  const progress: Progress<T> = {
    objects: [],
    done: false,
    interrupted: false,
    failure: undefined,
  };
  while (!progress.done) {
    const octets = socket.receive(true);
    if (octets < 0) {
      // The end may have been in a datagram that made no sense.
      const { request } = dump;
      throw progress.failure ?? new NetlinkError({ errno: -octets, request, object: "answer" });
    }
    readPart(new MessageReader(socket.received, octets), sequence, dump, progress);
  }
  if (progress.failure !== undefined) {
    throw progress.failure;
  }
  return progress.interrupted ? undefined : progress.objects;
}

interface Progress<T> {
  readonly objects: T[];
  done: boolean;
  interrupted: boolean;
  /** Kept until the end: a dump that is not read to its end keeps the socket busy. */
  failure: unknown;
}

/** Takes the objects of one datagram. */
function readPart<T>(
  message: MessageReader,
  sequence: number,
  dump: Dump<T>,
  progress: Progress<T>,
): void {
  try {
    while (message.next()) {
      if (message.sequence !== sequence) {
        continue;
      }
      progress.interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0;
      if (message.type === NLMSG_DONE || message.type === NLMSG_ERROR) {
        progress.done = true;
        progress.failure ??= refusalOf(message, dump);
      } else {
        const object = dump.decode(message);
        if (object !== undefined) {
          progress.objects.push(object);
        }
      }
    }
  } catch (cause) {
    progress.failure ??= malformedAnswer(cause);
  }
}

/** Both ends of a dump start with an error number; that of NLMSG_DONE is 0 when all went well. */
function refusalOf<T>(message: MessageReader, dump: Dump<T>): NetlinkError | undefined {
  const errno = decodeErrno(message);
  if (errno === 0 || errno === dump.none) {
    return undefined;
  }
  const extack = message.type === NLMSG_ERROR ? decodeExtack(message) : undefined;
  return new NetlinkError({ errno, request: dump.request, object: "answer", extack });
}
