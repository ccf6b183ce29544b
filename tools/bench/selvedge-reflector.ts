/** The reflector of the socket benchmark: a speaker with `clients` clients. Arguments: port, clients, AS, hold time. */
import { Speaker } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { clientSource, REFLECTOR_ADDRESS } from "./bgp-client.ts";

process.once("SIGTERM", () => process.exit());
const [port = 0, clients = 0, asn = 0, holdTime = 90] = process.argv.slice(2).map(Number);
const speaker = new Speaker({
  asn: parseAsn(asn),
  routerId: parseIpAddress("10.0.0.1"),
  listen: [{ address: REFLECTOR_ADDRESS, port }],
});
for (let client = 0; client < clients; client++) {
  speaker.setNeighbor({
    address: clientSource(client),
    asn: parseAsn(asn),
    passive: true,
    holdTime,
    reflectorClient: true,
  });
}
await speaker.start();
