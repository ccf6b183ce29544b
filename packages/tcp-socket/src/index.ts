/**
 * TCP connections and listeners with the socket options that routing protocols need and Node lacks: TCP-MD5 (RFC 2385),
 * GTSM (RFC 5082), TTL, type of service, device and network namespace. What comes out are Node's sockets.
 *
 * Native code is loaded by the first call of a function, not by the import.
 */
export { checkOptions } from "./check.ts";
export { connectTcp, type TcpTarget } from "./connect.ts";
export { type TcpOperation, TcpSocketError } from "./errors.ts";
export { type TcpEndpoint, TcpListener, type TcpListenerEvents } from "./listener.ts";
export { MAX_MD5_KEY_LENGTH } from "./md5-key.ts";
export type { PeerOptions, SocketOptions } from "./socket-options.ts";
