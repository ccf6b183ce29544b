/** Whether the kernel knows options at all, before anything depends on it. */
import { closeSync } from "node:fs";
import { type IpPrefix, prefixFamily } from "@selvedge/net";
import {
  openSocket,
  type PeerOptions,
  type SocketOptions,
  setMd5Key,
  setPeerOptions,
} from "./socket-options.ts";

/**
 * Sets the options for the peers in `prefix` on a socket that is thrown away. Throws TcpSocketError where a connection
 * would fail by them: ENOPROTOOPT for one that this kernel was built without. A device need not exist yet.
 */
export function checkOptions(prefix: IpPrefix, peer: PeerOptions, options: SocketOptions): void {
  const { md5Key, ttl, minimumTtl } = peer;
  const fd = openSocket(prefixFamily(prefix), options, (opened) => {
    setPeerOptions(opened, prefixFamily(prefix), { ttl, minimumTtl });
    if (md5Key !== undefined) setMd5Key(opened, prefix, md5Key);
  });
  closeSync(fd);
}
