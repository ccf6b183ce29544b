/**
 * How fast routes get into the namespace of a VRF: through the dataplane from `setRoute` to the
 * kernel, through the netlink package alone, and through `ip -batch`, side by side in one run.
 *
 *     node_modules/.bin/node --conditions=@selvedge/source tools/bench/vrf-routes.ts [--routes N] [--json]
 *
 * All three write the same host routes over the same next-hop objects into a fresh namespace each
 * time. Repeated and interleaved; medians count. Exits with 1 when the kernel does not have the routes
 * afterwards. Needs root; works in namespaces of its own and removes them, also on Ctrl-C.
 *
 * Does not: measure with foreign traffic or other VRFs. `ip` reads a file that was written beforehand.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  type IpAddress,
  type IpPrefix,
  macFromVtep,
  parseIpAddress,
  parseIpPrefix,
  parseVni,
  writePrefix,
} from "@selvedge/net";
import {
  NetworkNamespace,
  primeThreadPool,
  type RouteRequest,
  RouteSocket,
} from "@selvedge/netlink";
import {
  Dataplane,
  nextHopGateway,
  nextHopId,
  type RemoteNextHop,
  type RemoteRoute,
  ROUTE_METRIC,
  ROUTE_PROTOCOL,
} from "@selvedge/vxlan-dataplane";

const VTEPS = 100;
const REPETITIONS = 3;
const METHODS = ["dataplane", "netlink", "ip -batch"] as const;

type Method = (typeof METHODS)[number];

/** One measurement. */
interface Sample {
  readonly seconds: number;
  /** User and system time of whoever did the work. */
  readonly cpuSeconds: number;
  /** Routes that the kernel had afterwards. */
  readonly found: number;
}

/** Medians of one method. */
interface Row {
  readonly method: Method;
  readonly seconds: number;
  readonly routesPerSecond: number;
  readonly cpuSeconds: number;
  readonly cpuMicrosecondsPerRoute: number;
  /** How many times as fast as `ip -batch`. */
  readonly ratio: number;
}

const prefix = `svt-bench-${process.pid}-${randomBytes(3).toString("hex")}`;
const underlayName = `${prefix}-underlay`;
const vrfName = "bench/main";
const vrfNamespace = `${prefix}.bench.main`;
const silent = { info: () => undefined, debug: () => undefined };

/** The routes, as each method wants them. */
interface Work {
  readonly routes: readonly RemoteRoute[];
  readonly nextHops: readonly RemoteNextHop[];
  /** Four for each route. */
  readonly octets: Uint8Array;
  /** Of the next-hop object of each route. */
  readonly ids: readonly number[];
  readonly batchFile: string;
}

function makeWork(count: number, directory: string): Work {
  const nextHops = Array.from({ length: VTEPS }, (_, index) => {
    const vtep = parseIpAddress(`192.0.2.${index + 1}`);
    return { vtep, routerMac: macFromVtep(vtep) };
  });
  const routes: RemoteRoute[] = [];
  const octets = new Uint8Array(count * 4);
  const ids: number[] = [];
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const nextHop = at(nextHops, index % VTEPS);
    const destination = hostRoute(index);
    const id = idOf(nextHop.vtep);
    routes.push({ prefix: destination, nextHops: [nextHop] });
    writePrefix(destination, octets, index * 4);
    ids.push(id);
    const mark = `proto ${ROUTE_PROTOCOL} metric ${ROUTE_METRIC.remote}`;
    lines.push(`route replace ${destination} nhid ${id} ${mark}`);
  }
  const batchFile = join(directory, "routes");
  writeFileSync(batchFile, `${lines.join("\n")}\n`);
  return { routes, nextHops, octets, ids, batchFile };
}

function hostRoute(index: number): IpPrefix {
  return parseIpPrefix(`10.${(index >> 16) & 0xff}.${(index >> 8) & 0xff}.${index & 0xff}/32`);
}

function idOf(vtep: IpAddress): number {
  const id = nextHopId(vtep);
  if (id === undefined) {
    throw new RangeError(`${vtep} cannot be a VTEP`);
  }
  return id;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) {
    throw new RangeError(`there is no item ${index}`);
  }
  return item;
}

/** A dataplane whose VRF is in the kernel, without routes. */
function openDataplane(underlay: NetworkNamespace): Dataplane {
  const dataplane = new Dataplane({ underlay, namespacePrefix: prefix, log: silent });
  const vtep = parseIpAddress("192.0.2.254");
  dataplane.setVrf({
    name: vrfName,
    namespace: vrfNamespace,
    l3vni: parseVni(5001),
    vtep,
    routerMac: macFromVtep(vtep),
    routerAddresses: [parseIpAddress("100.64.0.1")],
    gateways: [],
    aggregates: [],
    mtu: 1450,
  });
  dataplane.markSynced();
  dataplane.apply();
  return dataplane;
}

/** Puts the next-hop objects there that the dataplane would make. */
function putNexthops(socket: RouteSocket, nextHops: readonly RemoteNextHop[]): void {
  const link = socket.links().find(({ detail }) => detail.kind === "vxlan")?.index ?? 0;
  const requests = nextHops.flatMap(({ vtep, routerMac: mac }): RouteRequest[] => {
    const id = idOf(vtep);
    const address = nextHopGateway(id);
    const via = { kind: "gateway", address, link, onlink: true } as const;
    return [
      { kind: "neighbour.replace", link, address, mac, state: "permanent" },
      { kind: "nexthop.replace", id, via, protocol: ROUTE_PROTOCOL },
    ];
  });
  socket.execute(requests);
}

function measure(method: Method, work: Work, underlay: NetworkNamespace): Sample {
  const dataplane = openDataplane(underlay);
  try {
    using namespace = NetworkNamespace.open(vrfNamespace);
    using socket = RouteSocket.open(namespace);
    if (method !== "dataplane") {
      putNexthops(socket, work.nextHops);
    }
    const timing = time(method, () => run(method, work, dataplane, socket));
    const found = socket
      .routes({ protocol: ROUTE_PROTOCOL })
      .filter(({ metric, via }) => metric === ROUTE_METRIC.remote && via.kind === "nexthop").length;
    return { ...timing, found };
  } finally {
    dataplane.cleanup();
    dataplane.close();
  }
}

function run(method: Method, work: Work, dataplane: Dataplane, socket: RouteSocket): void {
  switch (method) {
    case "dataplane":
      for (const route of work.routes) {
        dataplane.setRoute(vrfName, route);
      }
      dataplane.apply();
      break;
    case "netlink":
      runNetlink(work, socket);
      break;
    case "ip -batch":
      spawnSync("ip", ["-n", vrfNamespace, "-batch", work.batchFile], { stdio: "inherit" });
      break;
    default:
      method satisfies never;
  }
}

function runNetlink({ octets, ids }: Work, socket: RouteSocket): void {
  const metric = ROUTE_METRIC.remote;
  const program = socket.routeProgram({ protocol: ROUTE_PROTOCOL, metric });
  for (const [index, id] of ids.entries()) {
    program.replace(4, octets, index * 4, 32, id);
  }
  program.finish();
}

function time(method: Method, work: () => void): { seconds: number; cpuSeconds: number } {
  const isChild = method === "ip -batch";
  const cpuBefore = isChild ? childSeconds() : ownSeconds();
  const start = performance.now();
  work();
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: (isChild ? childSeconds() : ownSeconds()) - cpuBefore };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** User and system time of children that have ended: proc(5), fields 16 and 17, in hundredths. */
function childSeconds(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function median(values: readonly number[]): number {
  return at(
    [...values].sort((a, b) => a - b),
    values.length >> 1,
  );
}

function summarise(samples: ReadonlyMap<Method, readonly Sample[]>, count: number): Row[] {
  const seconds = (method: Method): number =>
    median((samples.get(method) ?? []).map((sample) => sample.seconds));
  return METHODS.map((method) => {
    const cpuSeconds = median((samples.get(method) ?? []).map((sample) => sample.cpuSeconds));
    return {
      method,
      seconds: round(seconds(method), 3),
      routesPerSecond: Math.round(count / seconds(method)),
      cpuSeconds: round(cpuSeconds, 3),
      cpuMicrosecondsPerRoute: round((cpuSeconds * 1e6) / count, 2),
      ratio: round(seconds("ip -batch") / seconds(method), 2),
    };
  });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function removeEverything(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  for (const name of NetworkNamespace.list()) {
    if (name.startsWith(prefix)) {
      NetworkNamespace.delete(name);
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "100000" },
    },
  });
  const count = Number(values.routes);
  if (!Number.isInteger(count) || count < 1 || count > 1 << 24) {
    console.error("--routes is a number from 1 to 16777216");
    return 2;
  }
  if (process.getuid?.() !== 0) {
    console.error("network namespaces need root");
    return 1;
  }
  await primeThreadPool();
  const directory = mkdtempSync(join(tmpdir(), "selvedge-bench-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      removeEverything(directory);
      process.exit(130);
    });
  }
  const samples = new Map<Method, Sample[]>(METHODS.map((method) => [method, []]));
  try {
    using underlay = NetworkNamespace.create(underlayName);
    const work = makeWork(count, directory);
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      for (const method of METHODS) {
        samples.get(method)?.push(measure(method, work, underlay));
        // Lets a signal in.
        await setImmediate();
      }
    }
  } finally {
    removeEverything(directory);
  }
  const rows = summarise(samples, count);
  const isComplete = [...samples.values()].flat().every(({ found }) => found === count);
  if (values.json) {
    console.log(
      JSON.stringify({
        routes: count,
        vteps: VTEPS,
        isComplete,
        rows,
        samples: Object.fromEntries(samples),
      }),
    );
  } else {
    console.log(`${count} host routes over ${VTEPS} next-hop objects, medians of ${REPETITIONS}`);
    console.table(rows);
  }
  if (!isComplete) {
    console.error("the kernel does not have all routes afterwards");
  }
  return isComplete ? 0 : 1;
}

process.exitCode = await main();
