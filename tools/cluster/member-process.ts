/**
 * A host of a cluster as a process of its own, that can be stopped and killed: alive by a lease, and collecting when it is
 * its turn. Arguments: its name, the datastore, the seconds of its lease, milliseconds of grace. Logs as an agent does.
 */
import { createLogger } from "@selvedge/agent";
import { parseDatastoreLocation } from "@selvedge/datastore";
import { ClusterMember } from "../../packages/agent/src/cluster/cluster-member.ts";

const [, , host = "", place = "", timeToLive = "", grace = ""] = process.argv;
const parsed = parseDatastoreLocation(place);
if (parsed.kind === "refused") throw new Error(parsed.message);
new ClusterMember({
  host,
  location: parsed.location,
  timeToLive: Number(timeToLive),
  collection: { interval: 200, grace: Number(grace), keepRevisions: 1000 },
  observe: () => ({ wired: new Map(), unwired: new Map() }),
  log: createLogger(host, "info"),
}).start();
