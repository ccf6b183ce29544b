/**
 * A TCP relay beside ExaBGP: `carrier-relay.ts LISTEN-ADDRESS SOURCE-ADDRESS PEER`. It adds the capability of IPv4 unicast
 * to the OPEN that the peer sends and passes everything else on as it is. Why: see exabgp.ts.
 */

import { createConnection, createServer, type Socket } from "node:net";
import { MessageStream } from "../../src/session/framing.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { MESSAGE, messageType } from "../../src/wire/header.ts";

const PORT = 179;
/** Optional parameter 2 (6 octets): capability 1, 4 octets: AFI 1, SAFI 1. */
const IPV4_UNICAST = [2, 6, 1, 4, 0, 1, 0, 1];
const LENGTH_AT = 16;
const PARAMETERS_LENGTH_AT = 28;

const withIpv4Unicast = (open: Uint8Array): Uint8Array => {
  const out = Uint8Array.of(...open, ...IPV4_UNICAST);
  const view = new DataView(out.buffer);
  view.setUint16(LENGTH_AT, out.length);
  out[PARAMETERS_LENGTH_AT] = (open[PARAMETERS_LENGTH_AT] ?? 0) + IPV4_UNICAST.length;
  return out;
};

const relay = (near: Socket, source: string, peer: string): void => {
  const far = createConnection({ host: peer, port: PORT, localAddress: source });
  const stream = new MessageStream();
  stream.context = { ...DEFAULT_CONTEXT, extendedMessages: true };
  near.on("data", (chunk) => far.write(chunk));
  far.on("data", (chunk) => {
    stream.push(Uint8Array.from(chunk), (bytes, offset, length) => {
      const message = bytes.slice(offset, offset + length);
      near.write(messageType(message, 0) === MESSAGE.OPEN ? withIpv4Unicast(message) : message);
      return true;
    });
  });
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => undefined);
    one.on("close", () => other.end());
  }
};

const [listenAddress = "", source = "", peer = ""] = process.argv.slice(2);
createServer((near) => relay(near, source, peer)).listen(PORT, listenAddress);
