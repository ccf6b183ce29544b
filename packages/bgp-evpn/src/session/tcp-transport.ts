/**
 * TCP of Linux as the transport of BGP.
 *
 * Sockets are Node's own as long as nothing is asked for that Node lacks; only a password, a TTL, an interface or a
 * network namespace brings in native code (native-socket.ts). What is sent is marked CS6 (RFC 4594, section 3.1).
 *
 * Does not: TCP-AO (RFC 5925).
 */

import { createConnection, type Socket } from "node:net";
import { checkOptions } from "@selvedge/tcp-socket";
import { type ConnectTarget, TcpConnection, type Transport } from "./connection.ts";
import { connectNative, nativeOptions, socketError } from "./native-socket.ts";
import { isPlainSocket, type PeerSocketOptions } from "./peer-socket.ts";
import { TcpListener } from "./tcp-listener.ts";

/** DSCP CS6, "network control", in its place in the TOS octet. */
const TYPE_OF_SERVICE = 0xc0;

/** TCP in the network namespace of that name in /run/netns, or path; in that of the process when absent. */
export function tcpTransport(networkNamespace?: string): Transport {
  const common = { networkNamespace, typeOfService: TYPE_OF_SERVICE };
  const isPlain = (options: PeerSocketOptions): boolean =>
    networkNamespace === undefined && isPlainSocket(options);
  return {
    check: (peers, options) => {
      if (isPlain(options)) return;
      try {
        checkOptions(peers, nativeOptions(options), common);
      } catch (error) {
        throw socketError(`neighbour ${peers}`, error);
      }
    },
    connect: (target) => {
      const socket = isPlain(target.socket) ? connectPlain(target) : connectNative(target, common);
      return new TcpConnection(socket, "local", target);
    },
    listen: (at, peers, events) => TcpListener.open(at, common, peers, events),
  };
}

function connectPlain({ address, port, localAddress }: ConnectTarget): Socket {
  return createConnection({
    host: address,
    port,
    typeOfService: TYPE_OF_SERVICE,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
}
