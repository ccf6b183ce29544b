/**
 * The socket through which kernel state is changed and read: batches of requests, dumps.
 *
 * Synchronous: the kernel has carried everything out when a call returns. A batch of 512 messages
 * blocks for less than a millisecond; whoever has many should hand them over in portions.
 *
 * Does not: listen to changes that others make; see route-monitor.ts.
 */
import { constants } from "node:os";
import { type Address, decodeAddress, encodeAddressDump } from "./address.ts";
import { BATCH_CAPACITY, Batch } from "./batch.ts";
import { runDump } from "./dump.ts";
import { NetlinkError } from "./errors.ts";
import { decodeFdbEntry, encodeFdbDump, type FdbEntry } from "./fdb.ts";
import { decodeLink, encodeLinkDump, type Link } from "./link.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { decodeNeighbour, encodeNeighbourDump, type Neighbour } from "./neighbour.ts";
import { NetlinkSocket } from "./netlink-socket.ts";
import { decodeNexthop, encodeNexthopDump, type Nexthop, type NexthopFilter } from "./nexthop.ts";
import { describeObject, encodeRequest, type RouteRequest } from "./request.ts";
import { decodeRoute, encodeRouteDump, type Route, type RouteFilter } from "./route.ts";
import { RouteProgram, type RouteProgramOptions } from "./route-program.ts";
import { MessageWriter } from "./wire/message-writer.ts";

/** Room for the refusals of several batches; the default is just enough for one. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
/** Answers come at once; a lost one must not hang the process. */
const TIMEOUT_MS = 2000;

/** One for all sockets: every use of it begins and ends within one call. */
const scratch = new MessageWriter(BATCH_CAPACITY);

/** A request that the kernel refused. */
export interface BatchFailure {
  /** Position in the array given to `execute`. */
  readonly index: number;
  readonly request: RouteRequest;
  readonly error: NetlinkError;
}

/** What became of a batch; requests that are not among the failures were carried out. */
export type BatchOutcome =
  | {
      readonly kind: "complete";
      readonly applied: number;
      readonly failures: readonly BatchFailure[];
    }
  /**
   * All requests were carried out, but some of the kernel's answers were lost: `uncertain` requests
   * may have been refused unnoticed. Dump and compare, or repeat.
   */
  | {
      readonly kind: "uncertain";
      readonly applied: number;
      readonly failures: readonly BatchFailure[];
      readonly uncertain: number;
    };

/**
 * A socket of the rtnetlink family in one namespace. Keep one per namespace: opening costs 50 us. It
 * holds the namespace: while it is open, a deleted namespace goes on forwarding.
 */
export class RouteSocket implements Disposable {
  readonly #socket: NetlinkSocket;

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Opens a socket in `namespace`, by default where the thread is. */
  static open(namespace?: NetworkNamespace): RouteSocket {
    return new RouteSocket(
      NetlinkSocket.open(namespace, "socket.open", {
        receiveBuffer: RECEIVE_BUFFER,
        timeoutMilliseconds: TIMEOUT_MS,
      }),
    );
  }

  /**
   * Carries out all requests in order; one that fails does not stop the others. Throws only when the
   * socket itself fails.
   */
  execute(requests: readonly RouteRequest[]): BatchOutcome {
    const failures: BatchFailure[] = [];
    const batch = new Batch(this.#socket, emptied(scratch), ({ index, errno, extack }) => {
      const request = requests[index];
      if (request !== undefined) {
        const object = describeObject(request);
        const error = new NetlinkError({ errno, request: request.kind, object, extack });
        failures.push({ index, request, error });
      }
    });
    for (const request of requests) {
      encodeRequest(batch.writer, request);
      batch.written();
    }
    const { applied, uncertain } = batch.take();
    return uncertain === 0
      ? { kind: "complete", applied, failures }
      : { kind: "uncertain", applied, failures, uncertain };
  }

  /** Carries out one request. Throws the {@link NetlinkError} when the kernel refuses it. */
  executeOne(request: RouteRequest): void {
    const outcome = this.execute([request]);
    for (const { error } of outcome.failures) {
      throw error;
    }
    if (outcome.kind === "uncertain") {
      const object = describeObject(request);
      const errno = constants.errno.ENOBUFS;
      throw new NetlinkError({ errno, request: request.kind, object, extack: "answer lost" });
    }
  }

  /** Starts programming many routes over next-hop objects. Other calls may come in between. */
  routeProgram(options: RouteProgramOptions): RouteProgram {
    return new RouteProgram(this.#socket, options);
  }

  /** Equivalent to: `ip -details link show` */
  links(): Link[] {
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.links",
      encode: encodeLinkDump,
      decode: decodeLink,
    });
  }

  /** Equivalent to: `ip address show` */
  addresses(): Address[] {
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.addresses",
      encode: encodeAddressDump,
      decode: decodeAddress,
    });
  }

  /**
   * The main table of one or both families; the kernel filters.
   *
   * Equivalent to: `ip [-4|-6] route show [proto N]`
   */
  routes(filter: RouteFilter = {}): Route[] {
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.routes",
      encode: (writer, flags) => encodeRouteDump(writer, flags, filter),
      decode: decodeRoute,
      // The table does not exist before its first route.
      none: constants.errno.ENOENT,
    });
  }

  /** Equivalent to: `ip neigh show nud all` */
  neighbours(): Neighbour[] {
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.neighbours",
      encode: encodeNeighbourDump,
      decode: decodeNeighbour,
    });
  }

  /** Equivalent to: `bridge fdb show` */
  fdb(): FdbEntry[] {
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.fdb",
      encode: encodeFdbDump,
      decode: decodeFdbEntry,
    });
  }

  /** Equivalent to: `ip nexthop show [proto N]` */
  nexthops(filter: NexthopFilter = {}): Nexthop[] {
    const { protocol } = filter;
    return runDump(this.#socket, emptied(scratch), {
      request: "dump.nexthops",
      encode: encodeNexthopDump,
      decode: (message) => {
        const nexthop = decodeNexthop(message);
        return protocol === undefined || nexthop.protocol === protocol ? nexthop : undefined;
      },
    });
  }

  /** May be called twice. */
  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A call that threw halfway, for instance while a request was encoded, leaves messages behind. */
function emptied(writer: MessageWriter): MessageWriter {
  writer.drop(writer.count);
  return writer;
}
