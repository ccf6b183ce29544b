/**
 * The fast way to program many routes over next-hop objects: prefixes as octets, no object per route.
 *
 * Does not: other kinds of routes; for those see {@link RouteSocket.execute}.
 */
import { ipFromBytes } from "@selvedge/net";
import { BATCH_CAPACITY, Batch } from "./batch.ts";
import { NetlinkError } from "./errors.ts";
import type { NetlinkTransport } from "./netlink-socket.ts";
import { encodeNexthopRoute, encodeRouteRemoval } from "./route-request.ts";
import { MessageWriter } from "./wire/message-writer.ts";
import { AF_INET, RTM_NEWROUTE } from "./wire/protocol.ts";

/** What all routes of a program have in common. */
export interface RouteProgramOptions {
  /** rtm_protocol of the routes added; only routes with it are removed. */
  readonly protocol: number;
  /** Default 0 for IPv4, 1024 for IPv6 (the kernel's own defaults). */
  readonly metric?: number;
}

/** A route that the kernel refused. */
export interface RouteProgramFailure {
  /** Counts the calls of `replace` and `remove` since the last `finish`, from 0. */
  readonly index: number;
  readonly error: NetlinkError;
}

/** What became of the routes since the last `finish`. */
export interface RouteProgramOutcome {
  readonly applied: number;
  readonly failures: readonly RouteProgramFailure[];
  /** Routes whose result was lost, so that they may have failed unnoticed: dump and compare. */
  readonly uncertain: number;
}

/** Octets from the start of a message to its struct rtmsg and to the value of its first attribute. */
const RTMSG_OFFSET = 16;
const PREFIX_OFFSET = 32;

/** Collects routes and sends them whenever a batch is full. */
export class RouteProgram {
  readonly #batch: Batch;
  readonly #protocol: number;
  readonly #metric: number | undefined;
  #failures: RouteProgramFailure[] = [];

  /** Made by {@link RouteSocket.routeProgram}. */
  constructor(socket: NetlinkTransport, options: RouteProgramOptions) {
    const writer = new MessageWriter(BATCH_CAPACITY);
    this.#batch = new Batch(socket, writer, ({ index, start, errno, extack }) => {
      const { request, object } = describe(writer.bytes, start);
      const error = new NetlinkError({ errno, request, object, extack });
      this.#failures.push({ index, error });
    });
    this.#protocol = options.protocol;
    this.#metric = options.metric;
  }

  /**
   * Adds a route or replaces the one with the same prefix. `bytes` holds the 4 or 16 octets of the
   * prefix from `offset` on; they are copied at once. Every 512th call sends, which takes about 0.6 ms.
   *
   * Equivalent to: `ip route replace PREFIX nhid ID proto N`
   */
  replace(family: 4 | 6, bytes: Uint8Array, offset: number, length: number, nexthop: number): void {
    const { writer } = this.#batch;
    encodeNexthopRoute(
      writer,
      family,
      bytes,
      offset,
      length,
      nexthop,
      this.#protocol,
      this.#metric,
    );
    this.#batch.written();
  }

  /**
   * Removes a route.
   *
   * Equivalent to: `ip route del PREFIX proto N`
   */
  remove(family: 4 | 6, bytes: Uint8Array, offset: number, length: number): void {
    const { writer } = this.#batch;
    encodeRouteRemoval(writer, family, bytes, offset, length, this.#protocol, this.#metric);
    this.#batch.written();
  }

  /** Sends what is left and tells what became of everything since the last call. */
  finish(): RouteProgramOutcome {
    const { applied, uncertain } = this.#batch.take();
    const failures = this.#failures;
    this.#failures = [];
    return { applied, failures, uncertain };
  }
}

/** What a message of a program asks for; it was written by this class, so its layout is known. */
function describe(bytes: Uint8Array, start: number): Pick<NetlinkError, "request" | "object"> {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const request = view.getUint16(4, true) === RTM_NEWROUTE ? "route.replace" : "route.delete";
  const version = view.getUint8(RTMSG_OFFSET) === AF_INET ? 4 : 6;
  const length = view.getUint8(RTMSG_OFFSET + 1);
  const address = ipFromBytes(bytes, start + PREFIX_OFFSET, version);
  return { request, object: `route ${address}/${length}` };
}
