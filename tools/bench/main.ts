/**
 * Runs benchmarks, each in a Node process of its own so that none warms up or clutters the heap of
 * another: `npm run bench -- NAME [ARGUMENTS]`, or `all`.
 */
import { fileURLToPath } from "node:url";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { type ChildOutcome, endAs, runChild } from "../../bin/run-child.mjs";

/** The file NAME.ts beside this one, and what it measures. */
const BENCHES: Readonly<Record<string, string>> = {
  "vrf-routes": "routes into the namespace of a VRF: dataplane, netlink, ip -batch",
  "vtep-failure": "10,000 routes move to another VTEP: dataplane, ip -batch, BIRD",
  "data-path": "packets over the overlay, beside plain routing and a bare veth pair",
  churn: "100,000 endpoints come and go, and leave nothing",
  vrfs: "what many VRFs with endpoints cost a host",
  reflection: "EVPN routes through a route reflector: codec and RIB",
  "reflection-frr": "the same over sockets, beside FRR's bgpd",
  held: "what it takes to hold a million routes",
  withdraw: "all routes are withdrawn at once",
  flaps: "the same routes go and come a thousand times",
  "stuck-client": "one client reads nothing for a minute",
  sessions: "a thousand sessions on one core",
  allocations: "what receive, decide and send allocate a route",
  datastore: "commits and watches on SQLite and etcd, beside the bare client",
  admission: "one apply beside 1,000 to 100,000 endpoints",
  "first-sync": "an agent starts beside 100,000 endpoints",
  ipam: "addresses given on SQLite and etcd, beside bare compare-and-swap",
};

function usage(): string {
  const lines = Object.entries(BENCHES).map(([name, what]) => `  ${name.padEnd(16)}${what}`);
  return [
    "Usage: npm run bench -- NAME [ARGUMENTS]",
    "",
    ...lines,
    "  all             every one of these",
  ].join("\n");
}

function runBench(name: string, args: readonly string[]): Promise<ChildOutcome> {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return runChild(process.execPath, [...NODE_FLAGS, file, ...args]);
}

async function main(name: string | undefined, args: readonly string[]): Promise<void> {
  if (name === "--help") {
    console.log(usage());
    return;
  }
  const names = name === "all" ? Object.keys(BENCHES) : [name];
  for (const chosen of names) {
    if (chosen === undefined || !Object.hasOwn(BENCHES, chosen)) {
      console.error(chosen === undefined ? usage() : `there is no benchmark ${chosen}\n${usage()}`);
      process.exitCode = 2;
      return;
    }
    const outcome = await runBench(chosen, args);
    if (outcome.code !== 0 || outcome.interruptedBy !== undefined) return endAs(outcome);
  }
}

const [name, ...args] = process.argv.slice(2);
await main(name, args);
