/**
 * A long life in a short time: endpoints come, move and go, VRFs and remote routes with them, a hundred thousand times.
 * Afterwards there must be as much of everything as before.
 *
 *     npm run bench -- churn [--operations N] [--vrfs N] [--workloads N] [--seed N] [--patience SECONDS] [--json]
 *
 * An operation wants an endpoint, wants one in another VRF, or wants one no more; every so many a remote route, a remote
 * station or a whole VRF goes or comes too. Endpoints are routed in every other VRF and bridged in the rest. The dataplane listens to the kernel's events all the time and applies in slices of 5 ms, as an agent
 * does. Before the first figures are taken it has made a tenth of the operations. Exits with 1 when a descriptor, a name, a
 * device a packet filter or a tracked connection is left, or when the heap has grown by more than 4 MiB. Namespaces are counted on the whole
 * machine, once the kernel has had time to end them. Needs root; works in namespaces of its own and removes them, also on
 * Ctrl-C.
 */
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { NetworkNamespace, NftablesSocket, RouteSocket } from "@selvedge/netlink";
import { Dataplane } from "@selvedge/vxlan-dataplane";
import { count, runMain } from "./bench-arguments.ts";
import { inNamespaces } from "./bench-namespaces.ts";
import { rounded } from "./figures.ts";
import { connectionCount, kernelKiB, namespaceCount, namespacesLeft } from "./kernel-figures.ts";
import { memoryMiBOf } from "./process-figures.ts";

const SLICE = 5;
/** Operations between two applies, as they come together on a busy host. */
const BATCH = 32;
/** Each so many operations, a remote route or a VRF changes too. */
const ROUTE_EVERY = 4;
const VRF_EVERY = 1000;
const ROUTES = 256;
const VTEPS = 16;
const HEAP_GROWTH_MIB = 4;

const prefix = `svt-churn-${process.pid}-${randomBytes(3).toString("hex")}`;
const VTEP = parseIpAddress("192.0.2.1");

/** What there is of everything. */
interface Inventory {
  readonly processMiB: number;
  readonly heapMiB: number;
  readonly descriptors: number;
  readonly namespaces: number;
  readonly connections: number;
  readonly kernelMiB: number;
}

/** A host that wants ever other things. */
class Host {
  readonly #dataplane: Dataplane;
  readonly #vrfs: number;
  readonly #workloads: number;
  /** The VRF that each workload's endpoint is in. */
  readonly #vrfOf = new Map<number, number>();
  readonly #absentVrfs = new Set<number>();
  #seed: number;
  operations = 0;
  writes = 0;

  constructor(underlay: NetworkNamespace, vrfs: number, workloads: number, seed: number) {
    const log = { info: () => undefined, debug: () => undefined };
    this.#dataplane = new Dataplane({ underlay, namespacePrefix: prefix, log });
    this.#vrfs = vrfs;
    this.#workloads = workloads;
    this.#seed = seed;
    for (let vrf = 0; vrf < vrfs; vrf++) this.#setVrf(vrf);
    this.#dataplane.markSynced();
    // What others change is looked at with the next apply.
    this.#dataplane.startMonitoring(() => undefined);
  }

  /** Makes so many operations. */
  async churn(operations: number): Promise<void> {
    for (let done = 0; done < operations; done++) {
      this.#change();
      this.operations += 1;
      if (this.operations % ROUTE_EVERY === 0) this.#changeRoute();
      if (this.operations % VRF_EVERY === 0) this.#changeVrf();
      if (this.operations % BATCH === 0) await this.apply();
    }
    await this.apply();
  }

  /** Wants nothing but VRFs, as at the beginning. */
  async rest(): Promise<void> {
    for (const workload of this.#vrfOf.keys())
      this.#dataplane.removeEndpoint(endpointName(workload));
    this.#vrfOf.clear();
    for (const vrf of this.#absentVrfs) this.#setVrf(vrf);
    this.#absentVrfs.clear();
    for (let vrf = 0; vrf < this.#vrfs; vrf++) {
      for (let route = 0; route < ROUTES; route++) {
        this.#dataplane.removeRoute(vrfName(vrf), routePrefix(route));
        if (!isBridged(vrf)) continue;
        this.#dataplane.removeRemoteMac(vrfName(vrf), lanName(vrf), stationMac(route));
        this.#dataplane.removeRemoteNeighbour(vrfName(vrf), lanName(vrf), stationAddress(route));
      }
    }
    await this.apply();
    // Events of the last changes.
    await pause(200);
    await this.apply();
  }

  async apply(): Promise<void> {
    for (let more = true; more; ) {
      const report = this.#dataplane.apply({ milliseconds: SLICE });
      for (const failure of report.failures) throw failure;
      this.writes += report.operations;
      more = report.more;
      await setImmediate();
    }
  }

  /** Takes everything away. */
  end(): void {
    for (const failure of this.#dataplane.cleanup().failures) throw failure;
    this.#dataplane.close();
  }

  #change(): void {
    const workload = this.#random(this.#workloads);
    const vrf = this.#vrfOf.get(workload);
    if (vrf !== undefined && this.#random(3) > 0) {
      this.#dataplane.removeEndpoint(endpointName(workload));
      this.#vrfOf.delete(workload);
      return;
    }
    const chosen = this.#random(this.#vrfs);
    this.#vrfOf.set(workload, chosen);
    const [low, high] = [workload & 255, workload >> 8];
    this.#dataplane.setEndpoint({
      name: endpointName(workload),
      vrf: vrfName(chosen),
      ...(isBridged(chosen)
        ? { bridgeDomain: lanName(chosen), addresses: [parseIpAddress(`10.3.${high + 1}.${low}`)] }
        : {
            addresses: [
              parseIpAddress(`10.1.${high}.${low}`),
              parseIpAddress(`2001:db8::${workload.toString(16)}`),
            ],
          }),
      workload: { namespace: workloadName(workload), interface: "eth0" },
    });
  }

  #changeRoute(): void {
    const vrf = this.#random(this.#vrfs);
    const number = this.#random(ROUTES);
    const isGone = this.#random(2) === 0;
    const vtep = parseIpAddress(`192.0.2.${2 + this.#random(VTEPS)}`);
    const prefix = routePrefix(number);
    const name = vrfName(vrf);
    if (isGone) this.#dataplane.removeRoute(name, prefix);
    else
      this.#dataplane.setRoute(name, {
        prefix,
        nextHops: [{ vtep, routerMac: macFromVtep(vtep) }],
      });
    if (!isBridged(vrf)) return;
    const [lan, mac, address] = [lanName(vrf), stationMac(number), stationAddress(number)];
    if (isGone) {
      this.#dataplane.removeRemoteMac(name, lan, mac);
      this.#dataplane.removeRemoteNeighbour(name, lan, address);
    } else {
      this.#dataplane.setRemoteMac(name, lan, mac, vtep);
      this.#dataplane.setRemoteNeighbour(name, lan, address, mac);
    }
  }

  #changeVrf(): void {
    const vrf = this.#random(this.#vrfs);
    if (this.#absentVrfs.delete(vrf)) {
      this.#setVrf(vrf);
    } else {
      this.#dataplane.removeVrf(vrfName(vrf));
      this.#absentVrfs.add(vrf);
    }
  }

  #setVrf(vrf: number): void {
    this.#dataplane.setVrf({
      name: vrfName(vrf),
      namespace: `${prefix}.t${vrf}.main`,
      l3vni: parseVni(10_000 + vrf),
      vtep: VTEP,
      routerMac: macFromVtep(VTEP),
      routerAddresses: [parseIpAddress("100.64.0.1")],
      gateways: [parseIpAddress("10.1.0.1")],
      aggregates: [parseIpPrefix("10.1.0.0/16")],
      mtu: 1450,
      bridgeDomains: isBridged(vrf)
        ? [
            {
              name: lanName(vrf),
              l2vni: parseVni(20_000 + vrf),
              prefixes: [parseIpPrefix("10.3.0.0/16")],
              gateways: [parseIpAddress("10.3.0.1")],
              flooding: "head-end-replication",
            },
          ]
        : [],
    });
  }

  /** Below `limit`; the same sequence for the same seed (xorshift). */
  #random(limit: number): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) % limit;
  }
}

function vrfName(vrf: number): string {
  return `t${vrf}/main`;
}

/** Whether endpoints of the VRF are bridged there. */
function isBridged(vrf: number): boolean {
  return vrf % 2 === 1;
}

function lanName(vrf: number): string {
  return `t${vrf}/lan`;
}

function stationMac(station: number) {
  return macFromVtep(stationAddress(station));
}

function stationAddress(station: number) {
  return parseIpAddress(`10.3.255.${station}`);
}

function endpointName(workload: number): string {
  return `t/web-${workload}`;
}

function workloadName(workload: number): string {
  return `${prefix}-w${workload}`;
}

function routePrefix(route: number) {
  return parseIpPrefix(`10.2.${route}.0/24`);
}

function inventory(collectGarbage: () => void): Inventory {
  collectGarbage();
  return {
    processMiB: memoryMiBOf(process.pid, "VmRSS"),
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    descriptors: readdirSync("/proc/self/fd").length,
    namespaces: namespaceCount(),
    connections: connectionCount(),
    kernelMiB: kernelKiB() / 1024,
  };
}

/** The collector of V8, which a program has to ask for. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("V8 does not hand out its collector");
  return () => {
    collect();
  };
}

function leftOvers(underlay: NetworkNamespace, workloads: number): string[] {
  const names = NetworkNamespace.list().filter((name) => name.startsWith(`${prefix}.`));
  using filter = NftablesSocket.open(underlay);
  const tables = filter.tables();
  const wired = Array.from({ length: workloads }, (_, number) => workloadName(number)).filter(
    (name) => {
      using namespace = NetworkNamespace.open(name);
      using socket = RouteSocket.open(namespace);
      return socket.links().length > 1;
    },
  );
  return [
    ...(names.length === 0 ? [] : [`namespaces are left: ${names.join(", ")}`]),
    ...(tables.length === 0 ? [] : ["the underlay guard is left"]),
    ...(wired.length === 0 ? [] : [`workloads that still have an interface: ${wired.length}`]),
  ];
}

interface Size {
  readonly operations: number;
  readonly vrfs: number;
  readonly workloads: number;
  readonly seed: number;
  /** Seconds that the kernel may take to end namespaces. */
  readonly patience: number;
}

async function run({ operations, vrfs, workloads, seed, patience }: Size) {
  const collectGarbage = garbageCollector();
  using underlay = NetworkNamespace.create(`${prefix}-underlay`);
  for (let workload = 0; workload < workloads; workload++) {
    NetworkNamespace.create(workloadName(workload)).close();
  }
  const host = new Host(underlay, vrfs, workloads, seed);
  await host.churn(Math.ceil(operations / 10));
  await host.rest();
  const before = inventory(collectGarbage);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await host.churn(operations);
  const { user, system } = process.cpuUsage(cpu);
  const elapsed = (performance.now() - start) / 1000;
  await host.rest();
  await namespacesLeft(before.namespaces, patience);
  const after = inventory(collectGarbage);
  host.end();
  const faults = leftOvers(underlay, workloads);
  if (after.descriptors > before.descriptors) {
    faults.push(`descriptors: ${before.descriptors} before, ${after.descriptors} after`);
  }
  if (after.connections > before.connections) {
    faults.push(`connections: ${before.connections} before, ${after.connections} after`);
  }
  if (after.heapMiB > before.heapMiB + HEAP_GROWTH_MIB) {
    faults.push(
      `heap: ${rounded(before.heapMiB, 1)} MiB before, ${rounded(after.heapMiB, 1)} after`,
    );
  }
  return {
    seconds: elapsed,
    cpuSeconds: (user + system) / 1e6,
    writes: host.writes,
    before,
    after,
    faults,
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      operations: { type: "string", default: "100000" },
      vrfs: { type: "string", default: "8" },
      workloads: { type: "string", default: "64" },
      seed: { type: "string", default: "1" },
      patience: { type: "string", default: "60" },
    },
  });
  const size = {
    operations: count("operations", values.operations),
    vrfs: count("vrfs", values.vrfs),
    workloads: count("workloads", values.workloads),
    seed: count("seed", values.seed),
    patience: count("patience", values.patience, 0),
  };
  return inNamespaces(prefix, async () => report(await run(size), size, values.json));
}

function report(
  { faults, before, after, ...figures }: Awaited<ReturnType<typeof run>>,
  size: Size,
  json: boolean,
): number {
  if (json) {
    console.log(JSON.stringify({ ...size, ...figures, before, after, faults }));
  } else {
    const { seconds, cpuSeconds, writes } = figures;
    console.log(
      `${size.operations} operations on ${size.workloads} endpoints in ${size.vrfs} VRFs: ${rounded(seconds, 0)} s, ${rounded(cpuSeconds, 0)} s of CPU, ${writes} writes`,
    );
    console.table({ before: roundedInventory(before), after: roundedInventory(after) });
  }
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

function roundedInventory(all: Inventory): Inventory {
  const { processMiB, heapMiB, descriptors, namespaces, connections, kernelMiB } = all;
  return {
    processMiB: rounded(processMiB, 1),
    heapMiB: rounded(heapMiB, 1),
    descriptors,
    namespaces,
    connections,
    kernelMiB: rounded(kernelMiB, 1),
  };
}

await runMain(main);
