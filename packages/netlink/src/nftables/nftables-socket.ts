/**
 * The socket through which packet filters are changed and read: transactions of nf_tables, dumps.
 *
 * Synchronous: the kernel has carried everything out when a call returns.
 *
 * Does not: listen to changes that others make; see nftables-monitor.ts.
 */
import { constants } from "node:os";
import { type Dump, runDump } from "../dump.ts";
import { NetlinkError } from "../errors.ts";
import type { NetworkNamespace } from "../namespace.ts";
import { NetlinkSocket } from "../netlink-socket.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { NLM_F_ACK, NLM_F_REQUEST } from "../wire/protocol.ts";
import { decodeChain, encodeChainDump, type NftChain } from "./chain.ts";
import { decodeGeneration, encodeGenerationRequest } from "./generation.ts";
import type { NftRequest } from "./request.ts";
import { decodeRule, encodeRuleDump, type NftRule } from "./rule.ts";
import {
  decodeElements,
  decodeSet,
  encodeElementDump,
  encodeSetDump,
  type NftElement,
  type NftSet,
  type NftSetName,
} from "./set.ts";
import { describeKey, type NftKeyType } from "./set-type.ts";
import { decodeTable, encodeTableDump, type NftTableName } from "./table.ts";
import { runTransaction } from "./transaction.ts";

const RECEIVE_BUFFER = 1024 * 1024;
/** A transaction is one datagram: so many elements that a set of 30,000 is no trouble. */
const SEND_BUFFER = 4 * 1024 * 1024;
const TIMEOUT_MS = 2000;

/** The kernel is done with growing a set within milliseconds. */
const ATTEMPTS = 100;

/** One for all sockets: every use of it begins and ends within one call. */
const scratch = new MessageWriter(16 * 1024);

/** A socket of nfnetlink in one namespace. It holds the namespace. */
export class NftablesSocket implements Disposable {
  readonly #socket: NetlinkSocket;

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Opens a socket in `namespace`, by default where the thread is. */
  static open(namespace?: NetworkNamespace): NftablesSocket {
    return new NftablesSocket(
      NetlinkSocket.open(namespace, "socket.open", {
        protocol: "netfilter",
        receiveBuffer: RECEIVE_BUFFER,
        sendBuffer: SEND_BUFFER,
        timeoutMilliseconds: TIMEOUT_MS,
      }),
    );
  }

  /**
   * Carries out all requests or none: throws the NetlinkError of the first that is refused. With
   * `generation` it is refused (ERESTART) too if anybody has changed anything since that generation.
   *
   * Equivalent to: `nft -f -`
   */
  execute(requests: readonly NftRequest[], generation?: number): void {
    if (requests.length > 0) {
      runTransaction(this.#socket, emptied(scratch), requests, generation);
    }
  }

  /** The present generation: it grows by one with each transaction in the namespace. */
  generation(): number {
    const [generation] = this.#dump({
      request: "dump.generation",
      // Not a dump: one answer, and an acknowledgement as its end.
      encode: (writer) => encodeGenerationRequest(writer, NLM_F_REQUEST | NLM_F_ACK),
      decode: decodeGeneration,
    });
    return generation?.id ?? 0;
  }

  /** Equivalent to: `nft list tables` */
  tables(): NftTableName[] {
    const encode = encodeTableDump;
    return this.#dump({ request: "dump.tables", encode, decode: decodeTable });
  }

  /** The chains of a table. Equivalent to: `nft list chains` */
  chains({ family, table }: NftTableName): NftChain[] {
    const encode = encodeChainDump;
    return this.#dump({
      request: "dump.chains",
      encode,
      decode: (message) => {
        const chain = decodeChain(message);
        return chain?.family === family && chain.table === table ? chain : undefined;
      },
    });
  }

  /** The rules of a table, those of a chain in their order. Equivalent to: `nft list table FAMILY TABLE` */
  rules(table: NftTableName): NftRule[] {
    return this.#dump({
      request: "dump.rules",
      encode: (writer, flags) => encodeRuleDump(writer, flags, table),
      decode: decodeRule,
      none: constants.errno.ENOENT,
    });
  }

  /** The sets of a table. Equivalent to: `nft list sets table FAMILY TABLE` */
  sets(table: NftTableName): NftSet[] {
    return this.#dump({
      request: "dump.sets",
      encode: (writer, flags) => encodeSetDump(writer, flags, table),
      decode: decodeSet,
      none: constants.errno.ENOENT,
    });
  }

  /**
   * The elements of a set whose keys are of this type. Throws ENOENT when there is no such set, EINTR when
   * the set changed its order again and again.
   *
   * Equivalent to: `nft list set FAMILY TABLE SET`
   */
  elements(set: NftSetName, type: NftKeyType): NftElement[] {
    const request = "dump.elements";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const elements = this.#dump({
        request,
        encode: (writer, flags) => encodeElementDump(writer, flags, set),
        decode: (message) => decodeElements(message, type),
      }).flat();
      if (areDistinct(elements)) {
        return elements;
      }
    }
    throw new NetlinkError({ errno: constants.errno.EINTR, request, object: set.set });
  }

  /** May be called twice. */
  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #dump<T>(dump: Dump<T>): T[] {
    return runDump(this.#socket, emptied(scratch), dump);
  }
}

/** A call that threw halfway, for instance while a request was encoded, leaves messages behind. */
function emptied(writer: MessageWriter): MessageWriter {
  writer.drop(writer.count);
  return writer;
}

/**
 * After many additions the kernel puts a set's elements into another order, maybe in the middle of a dump,
 * which goes on after as many elements as it has told. For each one that is told twice another is not told.
 */
function areDistinct(elements: readonly NftElement[]): boolean {
  return new Set(elements.map(({ key }) => describeKey(key))).size === elements.length;
}
