/**
 * How fast EVPN routes go through a route reflector: octets in, octets out, through the codec and
 * the RIB, without sockets.
 *
 *     node_modules/.bin/node --conditions=@selvedge/source tools/bench/reflection.ts [--routes N] [--clients N] [--json]
 *
 * Two cases, each in a fresh RIB and several times; medians count:
 *   to-others   N clients announce the routes together, N other clients only listen
 *   both-ways   N clients announce the routes together and get those of the others
 *
 * Input alternates with slices of work as on an event loop, with pieces of 64 KiB as from sockets.
 * Afterwards what each client got is read with the codec: exits with 1 when a client lacks a route,
 * or got one that it should not have. Does not measure the kernel's TCP.
 */
import { parseArgs } from "node:util";
import { frameLength, type PeerId, Rib, scanUpdate, UpdateScan } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { type Received, readAll } from "./received.ts";
import { announcements, type ClientLoad, CONTEXT, clientAddress } from "./reflection-load.ts";
import { RouteSum } from "./route-sum.ts";

const REPETITIONS = 7;
const ASN = parseAsn(65000);
const TENANTS = 50;
const CASES = ["to-others", "both-ways"] as const;

type Case = (typeof CASES)[number];

/** One measurement. */
interface Sample {
  readonly seconds: number;
  /** User and system time of the process, the garbage collector's threads included. */
  readonly cpuSeconds: number;
  /** Longest single call into the RIB. */
  readonly longestSliceMs: number;
  /** Octets that were sent, each peer counted. */
  readonly sentBytes: number;
  /** What the RIB says its tables take. */
  readonly tableBytes: number;
  /** By how much the process has grown: tables, what was sent, and compiled code. */
  readonly rssGrowthBytes: number;
  readonly isCorrect: boolean;
}

/** Medians of one case. */
interface Row {
  readonly case: Case;
  readonly routes: number;
  readonly clients: string;
  /** The first run, in which V8 compiles; of the first case only, the process is new. */
  readonly firstSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly routesPerSecond: number;
  /** Routes told, each client counted. */
  readonly sentRoutesPerSecond: number;
  readonly longestSliceMs: number;
  readonly tableMiB: number;
  /** Of the first run. */
  readonly rssGrowthMiB: number;
}

/** A client of the reflector: what it will send, and what it was sent. */
interface Client {
  readonly input: ClientLoad | undefined;
  readonly output: Uint8Array[];
}

interface Load {
  readonly kind: Case;
  readonly clients: number;
  readonly routes: number;
  /** Per client that announces. */
  readonly inputs: readonly ClientLoad[];
  readonly sum: RouteSum;
}

function makeLoad(kind: Case, clients: number, routes: number): Load {
  const shape = { types: "type-5", routes: routes / clients, tenants: TENANTS } as const;
  const inputs = Array.from({ length: clients }, (_, client) => announcements(client, shape));
  const sum = new RouteSum();
  for (const input of inputs) sum.add(input.sum);
  return { kind, clients, routes, inputs, sum };
}

function makeClients(load: Load): Client[] {
  const senders: Client[] = load.inputs.map((input) => ({ input, output: [] }));
  const listeners = load.kind === "to-others" ? load.clients : 0;
  return [
    ...senders,
    ...Array.from({ length: listeners }, () => ({ input: undefined, output: [] })),
  ];
}

function measure(load: Load): Sample {
  const clients = makeClients(load);
  const byPeer = new Map<PeerId, Client>();
  const rib = new Rib({
    asn: ASN,
    routerId: parseIpAddress("10.0.0.1"),
    send: (peer, bytes) => {
      byPeer.get(peer)?.output.push(bytes);
      return "continue";
    },
  });
  for (const [index, client] of clients.entries()) byPeer.set(addClient(rib, index), client);
  // Everybody has said End-of-RIB before the first route comes.
  while (rib.hasWork) rib.work();
  const rssBefore = process.memoryUsage.rss();
  const cpuBefore = cpuSeconds();
  const start = performance.now();
  const longestSliceMs = reflect(rib, byPeer);
  const seconds = (performance.now() - start) / 1000;
  const cpu = cpuSeconds() - cpuBefore;
  const rssGrowthBytes = process.memoryUsage.rss() - rssBefore;
  return {
    seconds,
    cpuSeconds: cpu,
    longestSliceMs,
    sentBytes: clients.flatMap(({ output }) => output).reduce((sum, { length }) => sum + length, 0),
    tableBytes: rib.view.counts().memory,
    rssGrowthBytes,
    isCorrect: clients.every((client) => isExpected(load, client, readAll(client.output))),
  };
}

function addClient(rib: Rib, index: number): PeerId {
  return rib.addPeer({
    kind: "ibgp",
    reflectorClient: true,
    asn: ASN,
    routerId: clientAddress(index),
    address: clientAddress(index),
    fourOctetAs: true,
    extendedMessages: false,
  });
}

/** Feeds the clients' input in turns until all is read and told; gives the longest slice. */
function reflect(rib: Rib, clients: ReadonlyMap<PeerId, Client>): number {
  const scan = new UpdateScan();
  let longest = 0;
  const timed = (step: () => void): void => {
    const start = performance.now();
    step();
    longest = Math.max(longest, performance.now() - start);
  };
  const rounds = Math.max(...[...clients.values()].map(({ input }) => input?.pieces.length ?? 0));
  for (let round = 0; round < rounds; round++) {
    for (const [peer, { input }] of clients) {
      const bytes = input?.pieces[round];
      if (bytes !== undefined) timed(() => receiveAll(rib, peer, bytes, scan));
    }
    timed(() => rib.work());
  }
  while (rib.hasWork) timed(() => rib.work());
  return longest;
}

function receiveAll(rib: Rib, peer: PeerId, bytes: Uint8Array, scan: UpdateScan): void {
  for (let at = 0; at < bytes.length; ) {
    const length = frameLength(bytes, at, bytes.length, CONTEXT);
    if (length <= 0 || scanUpdate(bytes, at, length, CONTEXT, scan) !== undefined) {
      throw new Error("the benchmark's own input is malformed");
    }
    rib.receive(peer, scan);
    at += length;
  }
}

/** A client gets every route but its own, and is never told to forget one. */
function isExpected(load: Load, client: Client, received: Received): boolean {
  const expected = client.input === undefined ? load.sum : load.sum.without(client.input.sum);
  const { routes, withdrawn, endOfRib, sound } = received;
  return routes.equals(expected) && withdrawn === 0 && endOfRib && sound;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function median(samples: readonly Sample[], figure: (sample: Sample) => number): number {
  return samples.map(figure).sort((a, b) => a - b)[samples.length >> 1] ?? 0;
}

function summarise(load: Load, samples: readonly Sample[]): Row {
  const seconds = median(samples, (sample) => sample.seconds);
  const { clients, kind, routes } = load;
  const told = kind === "to-others" ? routes * (2 * clients - 1) : routes * (clients - 1);
  return {
    case: kind,
    routes,
    clients: kind === "to-others" ? `${clients} to ${clients}` : `${clients}`,
    firstSeconds: round(samples[0]?.seconds ?? 0, 3),
    seconds: round(seconds, 3),
    cpuSeconds: round(
      median(samples, (sample) => sample.cpuSeconds),
      3,
    ),
    routesPerSecond: Math.round(routes / seconds),
    sentRoutesPerSecond: Math.round(told / seconds),
    longestSliceMs: round(
      median(samples, (sample) => sample.longestSliceMs),
      2,
    ),
    tableMiB: round(mebibytes(median(samples, (sample) => sample.tableBytes)), 1),
    rssGrowthMiB: round(mebibytes(samples[0]?.rssGrowthBytes ?? 0), 0),
  };
}

function mebibytes(bytes: number): number {
  return bytes / 2 ** 20;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function positiveInteger(text: string): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

function main(): number {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "100000" },
      clients: { type: "string", default: "4" },
    },
  });
  const routes = positiveInteger(values.routes);
  const clients = positiveInteger(values.clients);
  if (routes === undefined || clients === undefined || clients < 2 || routes % clients !== 0) {
    console.error("--clients is a number from 2 on, --routes a multiple of it");
    return 2;
  }
  const loads = CASES.map((kind) => makeLoad(kind, clients, routes));
  const samples = loads.map((load) => Array.from({ length: REPETITIONS }, () => measure(load)));
  const rows = loads.map((load, index) => summarise(load, samples[index] ?? []));
  const isCorrect = samples.flat().every((sample) => sample.isCorrect);
  if (values.json) {
    const all = Object.fromEntries(loads.map(({ kind }, index) => [kind, samples[index]]));
    console.log(JSON.stringify({ isCorrect, rows, samples: all }));
  } else {
    console.log(`medians of ${REPETITIONS}; octets in, octets out, without sockets`);
    console.table(rows);
  }
  if (!isCorrect) console.error("a client was not told exactly the routes of the others");
  return isCorrect ? 0 : 1;
}

process.exitCode = main();
