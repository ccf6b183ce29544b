/**
 * Sockets with options that Node lacks, by @selvedge/tcp-socket: its words and errors for those of this package.
 *
 * An option that cannot be set is an error; there is never a connection without it.
 */

import { Socket } from "node:net";
import {
  connectTcp,
  type PeerOptions,
  type SocketOptions,
  TcpSocketError,
} from "@selvedge/tcp-socket";
import { SpeakerError } from "../errors.ts";
import type { ConnectTarget } from "./connection.ts";
import type { PeerSocketOptions } from "./peer-socket.ts";

/** The same in the words of tcp-socket. */
export function nativeOptions(options: PeerSocketOptions): PeerOptions {
  const { password, ttl, minimumTtl, device } = options;
  return { md5Key: password, ttl, minimumTtl, device };
}

/** A socket that connects, or one that has failed already and is about to say so. */
export function connectNative(target: ConnectTarget, options: SocketOptions): Socket {
  const { address, port, localAddress, socket } = target;
  try {
    return connectTcp({ address, port, localAddress, ...nativeOptions(socket), ...options });
  } catch (error) {
    if (!(error instanceof TcpSocketError)) throw error;
    // Without its code, so that the message is what the summary shows.
    return new Socket().destroy(new Error(error.message, { cause: error }));
  }
}

/** What an operator is told about a refusal of the kernel; `what` is what was asked for. Other errors stay. */
export function socketError(what: string, error: unknown): unknown {
  if (!(error instanceof TcpSocketError)) return error;
  const options = { cause: error };
  if (error.operation === "namespace") {
    const message = `${what}: the network namespace cannot be entered: ${error.message}`;
    return new SpeakerError("network-namespace-missing", message, options);
  }
  if (error.operation === "tcp-md5" && error.code === "ENOPROTOOPT") {
    const advice = "this kernel has no TCP-MD5 (CONFIG_TCP_MD5SIG); there is no session without it";
    return new SpeakerError("tcp-md5-unsupported", `${what}: password: ${advice}`, options);
  }
  return new SpeakerError("socket-option-refused", `${what}: ${error.message}`, options);
}
