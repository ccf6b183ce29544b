/**
 * A BGP neighbour that brings a session up properly and then sends the octets it was given, message
 * after message, each after the answer to the one before or a while. Prints what the other side says
 * as one JSON object a line. Arguments: own address, own router id, messages as hex.
 */
import { createServer } from "node:net";
import { DEFAULT_CONTEXT, decodeStream, encodeKeepalive, encodeOpen } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";

const [, , address = "", routerId = "", ...messages] = process.argv;

const say = (message: unknown): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const server = createServer((socket) => {
  socket.write(
    encodeOpen({
      asn: parseAsn(65000),
      holdTime: 90,
      routerId: parseIpAddress(routerId),
      capabilities: [
        { kind: "multiprotocol", family: "l2vpn-evpn" },
        { kind: "four-octet-as", asn: parseAsn(65000) },
      ],
    }),
  );
  socket.on("error", () => {});
  socket.on("close", () => say({ kind: "closed" }));
  let isUp = false;
  socket.on("data", (bytes) => {
    for (const message of decodeStream(bytes, DEFAULT_CONTEXT)) {
      say(message);
      if (message.kind === "open") socket.write(encodeKeepalive());
      if (message.kind === "keepalive" && !isUp) {
        isUp = true;
        for (const hex of messages) socket.write(Buffer.from(hex, "hex"));
      }
    }
  });
});
server.listen({ host: address, port: 179 }, () => say({ kind: "listening" }));
