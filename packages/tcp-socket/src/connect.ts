/**
 * Outgoing connections: the socket is made, given its options and bound here, then it is Node's.
 *
 * An option that cannot be set is an error of the call, never a connection without it.
 */
import { Socket } from "node:net";
import { constants } from "node:os";
import { hostPrefix, type IpAddress, ipFamily, isLinkLocal } from "@selvedge/net";
import { TcpSocketError } from "./errors.ts";
import { bind, lastErrno } from "./libc.ts";
import { encodeSocketAddress } from "./socket-address.ts";
import {
  openSocket,
  type PeerOptions,
  type SocketOptions,
  setMd5Key,
  setPeerOptions,
} from "./socket-options.ts";

/** Whom to connect to, from which address, and how. */
export interface TcpTarget extends PeerOptions, SocketOptions {
  readonly address: IpAddress;
  readonly port: number;
  /** Any address that the kernel finds fit when absent. */
  readonly localAddress?: IpAddress | undefined;
}

/**
 * A socket that connects. Throws TcpSocketError when it cannot be made as `target` wants it; failures of the network
 * come as the socket's "error" as usual. A peer with another key, or none, does not answer, nor is a refusal heard that
 * is not signed: whoever connects with a key must give up by a timer of his own.
 *
 * An IPv6 link-local address needs `device`, and works in the namespace of the process only: "link-local EINVAL".
 */
export function connectTcp(target: TcpTarget): Socket {
  const host = hostWithScope(target);
  const fd = prepareSocket(target);
  // Node closes the descriptor with the socket.
  const socket = new Socket({ fd, readable: true, writable: true });
  return socket.connect({ host, port: target.port });
}

/**
 * libuv gives a link-local address without a scope the first device of the process's namespace, and looks the name of
 * a scope up there, too.
 */
function hostWithScope({ address, device, networkNamespace }: TcpTarget): string {
  if (!isLinkLocal(address) || ipFamily(address) === 4) return address;
  if (device === undefined || networkNamespace !== undefined) {
    throw new TcpSocketError("link-local", address, constants.errno.EINVAL);
  }
  return `${address}%${device}`;
}

/** A bound socket with all options, not yet connected. */
function prepareSocket(target: TcpTarget): number {
  const { address, localAddress, md5Key } = target;
  const family = ipFamily(address);
  return openSocket(family, target, (fd) => {
    setPeerOptions(fd, family, target);
    if (md5Key !== undefined) setMd5Key(fd, hostPrefix(address), md5Key);
    if (localAddress === undefined) return;
    const local = encodeSocketAddress(localAddress, 0);
    if (bind(fd, local, local.length) === -1) {
      throw new TcpSocketError("bind", localAddress, lastErrno());
    }
  });
}
