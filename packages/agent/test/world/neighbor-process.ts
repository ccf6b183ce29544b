/**
 * The BGP neighbour of the agent under test: a speaker on the second host's address that announces prefixes
 * of VRF red/main. Prints what it imports of the agent as one JSON object a change, and each session that
 * comes up. Arguments: own address, the agent's address, prefixes.
 */
import { Speaker } from "@selvedge/bgp-evpn";
import {
  macFromVtep,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";

const [, , own = "", agent = "", ...prefixes] = process.argv;
const address = parseIpAddress(own);
const asn = parseAsn(65000);
const vni = parseVni(5000);

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const speaker = new Speaker({ asn, routerId: address, listen: [{ address }] });
const targets = [parseRouteTarget("65000:5000")];
speaker.setVrf({
  name: "red",
  rd: parseRouteDistinguisher(`${own}:1`),
  importRouteTargets: targets,
  exportRouteTargets: targets,
});
for (const prefix of prefixes) {
  speaker.originate("red", {
    prefix: parseIpPrefix(prefix),
    vni,
    nextHop: address,
    routerMac: macFromVtep(address),
  });
}
speaker.onVrfRoutes((_vrf, changes) => changes.forEach(say));
speaker.setNeighbor({ address: parseIpAddress(agent), asn, holdTime: 9, connectRetry: 1 });
await speaker.start();
say({ kind: "listening" });
