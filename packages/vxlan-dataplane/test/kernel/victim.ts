/**
 * An agent to be killed: brings a VRF and many routes into the kernel, says so, and then goes on
 * changing them in slices until the end.
 *
 * Arguments: name of the underlay's namespace, namespace prefix, VRF's namespace, number of routes.
 */
import { setImmediate } from "node:timers/promises";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { Dataplane } from "../../src/index.ts";
import { manyRoutes, victimVrf } from "./victim-world.ts";

const [underlay = "", namespacePrefix = "", namespace = "", count = "0"] = process.argv.slice(2);
await primeThreadPool();
const dataplane = new Dataplane({
  underlay: NetworkNamespace.open(underlay),
  namespacePrefix,
  log: { info: () => undefined, debug: () => undefined },
});
dataplane.setVrf(victimVrf(namespace));
dataplane.markSynced();
for (let round = 0; ; round += 1) {
  for (const route of manyRoutes(Number(count), round)) {
    dataplane.setRoute("red/main", route);
  }
  do {
    // The event loop lets the parent's signal in.
    await setImmediate();
  } while (dataplane.apply({ milliseconds: 1 }).more);
  process.stdout.write(`round ${round}\n`);
}
