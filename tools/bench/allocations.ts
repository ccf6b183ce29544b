/**
 * What receive, decide and send allocate on the JavaScript heap: a sampling heap profile of the RIB and codec, which
 * counts also what was collected, by function and divided by the routes.
 *
 *     npm run bench -- allocations [--routes N] [--json]
 *
 * Two clients announce routes of both types, 100 to an attribute set, two others are told; octets in and octets out,
 * without sockets. The code has run before, so that its compilation is not counted. Buffers outside of the heap (tables,
 * messages to send) are not in the profile; their growth stands beside.
 */
import { Session } from "node:inspector/promises";
import { parseArgs } from "node:util";
import { frameLength, type PeerId, Rib, scanUpdate, UpdateScan } from "@selvedge/bgp-evpn";
import { parseIpAddress } from "@selvedge/net";
import { count, runMain } from "./bench-arguments.ts";
import { rounded } from "./figures.ts";
import { announcements, type ClientLoad, CONTEXT, clientAddress } from "./reflection-load.ts";
import { ASN } from "./sessions-with.ts";

const SENDERS = 2;
const CLIENTS = 4;
const ROUTES_A_SET = 100;
/** Mean octets between samples. */
const SAMPLING_INTERVAL = 1024;
const SHOWN = 12;

/** A node of the profile: what one function allocated, called from where its parents say. */
interface ProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

/** Feeds the load to a new RIB; gives the octets of its tables. */
function reflect(inputs: readonly ClientLoad[]): number {
  const rib = new Rib({ asn: ASN, routerId: parseIpAddress("10.0.0.1"), send: () => "continue" });
  const peers = Array.from({ length: CLIENTS }, (_, client) => addClient(rib, client));
  while (rib.hasWork) rib.work();
  const scan = new UpdateScan();
  for (const [client, { pieces }] of inputs.entries()) {
    const peer = peers[client];
    if (peer === undefined) continue;
    for (const bytes of pieces) {
      for (let at = 0; at < bytes.length; ) {
        const length = frameLength(bytes, at, bytes.length, CONTEXT);
        scanUpdate(bytes, at, length, CONTEXT, scan);
        rib.receive(peer, scan);
        at += length;
      }
      while (rib.hasWork) rib.work();
    }
  }
  return rib.view.counts().memory;
}

function addClient(rib: Rib, client: number): PeerId {
  return rib.addPeer({
    kind: "ibgp",
    reflectorClient: true,
    asn: ASN,
    routerId: clientAddress(client),
    address: clientAddress(client),
    fourOctetAs: true,
    extendedMessages: false,
  });
}

/** Octets allocated, by function. */
function byFunction(root: ProfileNode): Map<string, number> {
  const sizes = new Map<string, number>();
  const visit = ({ callFrame, children, selfSize }: ProfileNode): void => {
    const file = callFrame.url.split("/").at(-1) ?? "";
    const name = `${callFrame.functionName} ${file}`.trim();
    if (selfSize > 0) sizes.set(name, (sizes.get(name) ?? 0) + selfSize);
    for (const child of children) visit(child);
  };
  visit(root);
  return sizes;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "200000" },
    },
  });
  const routes = count("routes", values.routes, SENDERS * ROUTES_A_SET);
  const perClient = Math.floor(routes / SENDERS);
  const tenants = Math.ceil(perClient / ROUTES_A_SET);
  const shape = { types: "mixed", routes: perClient, tenants } as const;
  const inputs = Array.from({ length: SENDERS }, (_, client) => announcements(client, shape));
  for (let n = 0; n < 3; n++) reflect(inputs);
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: SAMPLING_INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const tables = reflect(inputs);
  const { profile } = await session.post("HeapProfiler.stopSampling");
  session.disconnect();
  const sizes = [...byFunction(profile.head)].sort(([, a], [, b]) => b - a);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const told = SENDERS * perClient;
  const rows = sizes
    .slice(0, SHOWN)
    .map(([name, size]) => ({ name, octets: size, octetsARoute: rounded(size / told, 3) }));
  const summary = {
    routes: told,
    heapOctetsARoute: rounded(total / told, 2),
    heapOctetsAnUpdate: rounded(total / (SENDERS * tenants * 2), 0),
    tableOctetsARoute: rounded(tables / told, 0),
  };
  if (values.json) console.log(JSON.stringify({ ...summary, rows }));
  else {
    console.log(summary);
    console.table(rows);
  }
  return 0;
}

await runMain(main);
