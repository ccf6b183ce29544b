/**
 * A VTEP that carries routes is lost, and they all move to another one: how long it takes until the last route of the
 * kernel leads there, and what it costs whoever does it. Through the dataplane, by `ip -batch`, and by BIRD's kernel
 * protocol, side by side in one run.
 *
 *     npm run bench -- vtep-failure [--routes N] [--moves N] [--repetitions N] [--json]
 *
 * The routes are host routes in a namespace. Each move leads all of them to the other of two VTEPs: for the dataplane
 * `setRoute` for each and `apply`; for BIRD its preferred static protocol is disabled or enabled, so that it takes the other
 * one's routes; `ip` reads a file that was written before. Methods are interleaved; medians count. Exits with 1 when not all
 * routes have moved. Needs root; works in namespaces of its own and removes them, also on Ctrl-C.
 *
 * Does not: include BGP, whose part `withdraw` and `flaps` measure. BIRD has no next-hop objects.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type IpPrefix, macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { NetworkNamespace, type Route, RouteSocket } from "@selvedge/netlink";
import { Dataplane, nextHopId, ROUTE_METRIC, ROUTE_PROTOCOL } from "@selvedge/vxlan-dataplane";
import { count, runMain } from "./bench-arguments.ts";
import { inNamespaces, removeNamespaces } from "./bench-namespaces.ts";
import { Bird } from "./bird.ts";
import { rounded } from "./figures.ts";
import { cpuSecondsOf } from "./process-figures.ts";

const METHODS = ["dataplane", "ip -batch", "BIRD"] as const;
type Method = (typeof METHODS)[number];

const GIVE_UP_MS = 60_000;
const prefix = `svt-vtep-${process.pid}-${randomBytes(3).toString("hex")}`;
const VRF = "bench/main";
const VRF_NAMESPACE = `${prefix}.bench.main`;
const BIRD_NAMESPACE = `${prefix}-bird`;
const LOCAL = parseIpAddress("192.0.2.254");
const VTEPS = [parseIpAddress("192.0.2.1"), parseIpAddress("192.0.2.2")] as const;
/** RTPROT_BIRD of linux/rtnetlink.h. */
const RTPROT_BIRD = 12;

interface Size {
  readonly routes: number;
  readonly moves: number;
  readonly repetitions: number;
}

/** Medians of one move. */
interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Something that holds routes in the kernel and leads them to the first VTEP at the beginning. */
interface Mover extends AsyncDisposable {
  /** Leads all routes to a VTEP; resolves when the kernel has the last one. */
  move(to: 0 | 1): Promise<void>;
  /** User and system time so far. */
  cpuSeconds(): number;
  /** How many routes of the kernel lead to the VTEP. */
  leadingTo(to: 0 | 1): number;
}

function destinations(routes: number): IpPrefix[] {
  return Array.from({ length: routes }, (_, index) =>
    parseIpPrefix(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}/32`),
  );
}

function countRoutes(socket: RouteSocket, protocol: number, leadsThere: (route: Route) => boolean) {
  return socket.routes({ protocol }).filter(leadsThere).length;
}

/** The dataplane, with all routes in the namespace of a VRF. */
class VrfMover implements Mover {
  readonly #dataplane: Dataplane;
  readonly #namespace: NetworkNamespace;
  readonly #socket: RouteSocket;
  readonly #routes: readonly IpPrefix[];

  constructor(underlay: NetworkNamespace, routes: readonly IpPrefix[]) {
    const log = { info: () => undefined, debug: () => undefined };
    this.#routes = routes;
    this.#dataplane = new Dataplane({ underlay, namespacePrefix: prefix, log });
    this.#dataplane.setVrf({
      name: VRF,
      namespace: VRF_NAMESPACE,
      l3vni: parseVni(5001),
      vtep: LOCAL,
      routerMac: macFromVtep(LOCAL),
      routerAddresses: [parseIpAddress("100.64.0.1")],
      gateways: [],
      aggregates: [],
      mtu: 1450,
    });
    // A route for each VTEP that stays there: their next-hop objects are there before a route moves.
    for (const [index, vtep] of VTEPS.entries()) {
      const nextHops = [{ vtep, routerMac: macFromVtep(vtep) }];
      this.#dataplane.setRoute(VRF, { prefix: parseIpPrefix(`172.16.0.${index}/32`), nextHops });
    }
    this.#dataplane.markSynced();
    this.#lead(0);
    this.#namespace = NetworkNamespace.open(VRF_NAMESPACE);
    this.#socket = RouteSocket.open(this.#namespace);
  }

  move(to: 0 | 1): Promise<void> {
    this.#lead(to);
    return Promise.resolve();
  }

  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }

  leadingTo(to: 0 | 1): number {
    const id = nextHopId(VTEPS[to]);
    const leadsThere = ({ via, metric }: Route) =>
      via.kind === "nexthop" && via.id === id && metric === ROUTE_METRIC.remote;
    return countRoutes(this.#socket, ROUTE_PROTOCOL, leadsThere) - 1;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#namespace.close();
    this.#dataplane.cleanup();
    this.#dataplane.close();
    return Promise.resolve();
  }

  #lead(to: 0 | 1): void {
    const vtep = VTEPS[to];
    const nextHops = [{ vtep, routerMac: macFromVtep(vtep) }];
    for (const route of this.#routes) this.#dataplane.setRoute(VRF, { prefix: route, nextHops });
    for (const failure of this.#dataplane.apply().failures) throw failure;
  }
}

/** The same routes over the same next-hop objects, led elsewhere by `ip`. */
class IpMover extends VrfMover {
  readonly #directory = mkdtempSync(join(tmpdir(), "selvedge-bench-"));

  constructor(underlay: NetworkNamespace, routes: readonly IpPrefix[]) {
    super(underlay, routes);
    for (const [to, vtep] of VTEPS.entries()) {
      const via = `nhid ${nextHopId(vtep)} proto ${ROUTE_PROTOCOL} metric ${ROUTE_METRIC.remote}`;
      const lines = routes.map((route) => `route replace ${route} ${via}\n`);
      writeFileSync(this.#file(to), lines.join(""));
    }
  }

  override move(to: 0 | 1): Promise<void> {
    const args = ["-n", VRF_NAMESPACE, "-batch", this.#file(to)];
    spawnSync("ip", args, { stdio: "inherit" });
    return Promise.resolve();
  }

  /** Of children that have ended: proc(5), fields 16 and 17, in hundredths. */
  override cpuSeconds(): number {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) / 100;
  }

  override [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true });
    return super[Symbol.asyncDispose]();
  }

  #file(to: number): string {
    return join(this.#directory, String(to));
  }
}

/** BIRD with two static protocols, of which the preferred one leads to the first VTEP. */
class BirdMover implements Mover {
  readonly #bird: Bird;
  readonly #namespace: NetworkNamespace;
  readonly #socket: RouteSocket;
  readonly #routes: number;

  private constructor(bird: Bird, namespace: NetworkNamespace, routes: number) {
    this.#bird = bird;
    this.#namespace = namespace;
    this.#socket = RouteSocket.open(namespace);
    this.#routes = routes;
  }

  static async start(routes: readonly IpPrefix[]): Promise<BirdMover> {
    const namespace = NetworkNamespace.create(BIRD_NAMESPACE);
    using socket = RouteSocket.open(namespace);
    const link = { kind: "veth", peerName: "peer" } as const;
    socket.executeOne({ kind: "link.create", name: "uplink", link });
    for (const name of ["uplink", "peer"]) socket.executeOne({ kind: "link.set", name, up: true });
    const index = socket.links().find(({ name }) => name === "uplink")?.index ?? 0;
    socket.executeOne({ kind: "address.replace", link: index, address: LOCAL, length: 24 });
    const protocols = VTEPS.map((vtep, to) => ({
      name: `vtep${to}`,
      preference: 200 - to,
      routes: routes.map((route) => `route ${route} via ${vtep};`),
    }));
    const mover = new BirdMover(
      await Bird.start(BIRD_NAMESPACE, protocols),
      namespace,
      routes.length,
    );
    await mover.#settled(0);
    return mover;
  }

  async move(to: 0 | 1): Promise<void> {
    this.#bird.command(to === 1 ? "disable vtep0" : "enable vtep0");
    await this.#settled(to);
  }

  cpuSeconds(): number {
    return cpuSecondsOf(this.#bird.pid);
  }

  leadingTo(to: 0 | 1): number {
    const leadsThere = ({ via }: Route) => via.kind === "gateway" && via.address === VTEPS[to];
    return countRoutes(this.#socket, RTPROT_BIRD, leadsThere);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bird[Symbol.asyncDispose]();
    this.#socket.close();
    this.#namespace.close();
    removeNamespaces(BIRD_NAMESPACE);
  }

  /** Looks every now and then: a look takes a millisecond for each thousand routes. */
  async #settled(to: 0 | 1): Promise<void> {
    const end = performance.now() + GIVE_UP_MS;
    while (this.leadingTo(to) < this.#routes) {
      if (performance.now() > end) throw new Error("BIRD does not lead all routes elsewhere");
      await pause(2);
    }
  }
}

async function moverOf(
  method: Method,
  underlay: NetworkNamespace,
  routes: readonly IpPrefix[],
): Promise<Mover> {
  switch (method) {
    case "dataplane":
      return new VrfMover(underlay, routes);
    case "ip -batch":
      return new IpMover(underlay, routes);
    case "BIRD":
      return BirdMover.start(routes);
    default:
      return method satisfies never;
  }
}

/** There and back, so often; the median time of one move, and its part of the CPU time. */
async function measure(mover: Mover, { routes, moves }: Size): Promise<Sample> {
  const times: number[] = [];
  const cpu = mover.cpuSeconds();
  for (let move = 1; move <= moves; move++) {
    const to = move % 2 === 1 ? 1 : 0;
    const start = performance.now();
    await mover.move(to);
    times.push((performance.now() - start) / 1000);
  }
  const cpuSeconds = (mover.cpuSeconds() - cpu) / moves;
  const led = mover.leadingTo(moves % 2 === 1 ? 1 : 0);
  if (led !== routes) throw new Error(`${led} of ${routes} routes have moved`);
  return { seconds: median(times), cpuSeconds };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function run(size: Size): Promise<Map<Method, Sample[]>> {
  using underlay = NetworkNamespace.create(`${prefix}-underlay`);
  const routes = destinations(size.routes);
  const samples = new Map<Method, Sample[]>(METHODS.map((method) => [method, []]));
  for (let repetition = 0; repetition < size.repetitions; repetition++) {
    for (const method of METHODS) {
      await using mover = await moverOf(method, underlay, routes);
      samples.get(method)?.push(await measure(mover, size));
    }
  }
  return samples;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "10000" },
      moves: { type: "string", default: "10" },
      repetitions: { type: "string", default: "3" },
    },
  });
  const size = {
    routes: count("routes", values.routes),
    moves: count("moves", values.moves),
    repetitions: count("repetitions", values.repetitions),
  };
  return inNamespaces(prefix, async () => {
    report(await run(size), size, values.json);
    return 0;
  });
}

function report(samples: ReadonlyMap<Method, readonly Sample[]>, size: Size, json: boolean): void {
  const medianOf = (method: Method, field: keyof Sample): number =>
    median((samples.get(method) ?? []).map((sample) => sample[field]));
  const rows = METHODS.map((method) => ({
    method,
    milliseconds: rounded(medianOf(method, "seconds") * 1000, 1),
    cpuMicrosecondsPerRoute: rounded((medianOf(method, "cpuSeconds") * 1e6) / size.routes, 2),
    timeOfBird: rounded(medianOf("BIRD", "seconds") / medianOf(method, "seconds"), 2),
    cpuOfBird: rounded(medianOf("BIRD", "cpuSeconds") / medianOf(method, "cpuSeconds"), 2),
  }));
  if (json) {
    console.log(JSON.stringify({ ...size, rows, samples: Object.fromEntries(samples) }));
    return;
  }
  console.log(
    `${size.routes} routes move from one VTEP to another: medians of ${size.repetitions} times ${size.moves} moves`,
  );
  console.table(rows);
}

await runMain(main);
