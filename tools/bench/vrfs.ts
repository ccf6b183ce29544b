/**
 * What many VRFs cost a host: to build them with their endpoints, to compare all of them with the kernel when nothing has
 * changed, to start again beside them, and to take them down.
 *
 *     npm run bench -- vrfs [--vrfs N] [--endpoints N] [--repetitions N] [--json]
 *
 * Endpoints are in workload namespaces of their own, which are there before. Exits with 1 when not every VRF is ready
 * and every endpoint attached, when looking again or a start writes anything, or when a name or a device is left.
 * "Longest" is the longest time that an apply in slices of 5 ms kept the process from anything else. Needs root; works in
 * namespaces of its own and removes them, also on Ctrl-C.
 */
import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { macFromVtep, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { Dataplane, type EndpointIntent, type VrfIntent } from "@selvedge/vxlan-dataplane";
import { count, runMain } from "./bench-arguments.ts";
import { inNamespaces } from "./bench-namespaces.ts";
import { type Figure, figure, figureText } from "./figures.ts";
import { kernelKiB, namespaceCount, namespacesLeft } from "./kernel-figures.ts";
import { memoryMiBOf } from "./process-figures.ts";

const SLICE = 5;
const prefix = `svt-vrfs-${process.pid}-${randomBytes(3).toString("hex")}`;
const underlayName = `${prefix}-underlay`;
const VTEP = parseIpAddress("192.0.2.1");

interface Size {
  readonly vrfs: number;
  readonly endpoints: number;
}

/** One run through everything. Times are in seconds. */
interface Sample {
  readonly build: Timing;
  readonly resync: Timing;
  readonly restart: Timing;
  readonly teardown: Timing;
  /** Resident memory of this process more than before, and of the kernel (slabs and per-CPU), in KiB a VRF. */
  readonly processKiB: number;
  readonly kernelKiB: number;
  /** The kernel's once all is down again, in MiB more than before. */
  readonly leftMiB: number;
  /** Network namespaces then, more than before, whoever has them. */
  readonly namespacesLeft: number;
  readonly faults: readonly string[];
}

interface Timing {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly longestMilliseconds: number;
  readonly operations: number;
}

function workloadName(vrf: number, endpoint: number): string {
  return `${prefix}-w${vrf}-${endpoint}`;
}

/** All VRFs have the same addresses. */
function vrfIntent(number: number): VrfIntent {
  return {
    name: `t${number}/main`,
    namespace: `${prefix}.t${number}.main`,
    l3vni: parseVni(10_000 + number),
    vtep: VTEP,
    routerMac: macFromVtep(VTEP),
    routerAddresses: [parseIpAddress("100.64.0.1")],
    gateways: [parseIpAddress("10.1.0.1")],
    aggregates: [parseIpPrefix("10.1.0.0/24")],
    mtu: 1450,
  };
}

function endpointIntent(vrf: number, number: number): EndpointIntent {
  return {
    name: `t${vrf}/web-${number}`,
    vrf: `t${vrf}/main`,
    addresses: [parseIpAddress(`10.1.0.${number + 10}`), parseIpAddress(`2001:db8::${number + 1}`)],
    workload: { namespace: workloadName(vrf, number), interface: "eth0" },
  };
}

function newDataplane(underlay: NetworkNamespace, { vrfs, endpoints }: Size): Dataplane {
  const log = { info: () => undefined, debug: () => undefined };
  const dataplane = new Dataplane({ underlay, namespacePrefix: prefix, log });
  for (let vrf = 0; vrf < vrfs; vrf++) {
    dataplane.setVrf(vrfIntent(vrf));
    for (let number = 0; number < endpoints; number++) {
      dataplane.setEndpoint(endpointIntent(vrf, number));
    }
  }
  dataplane.markSynced();
  return dataplane;
}

function removeAll(dataplane: Dataplane, { vrfs, endpoints }: Size): void {
  for (let vrf = 0; vrf < vrfs; vrf++) {
    for (let number = 0; number < endpoints; number++) {
      dataplane.removeEndpoint(endpointIntent(vrf, number).name);
    }
    dataplane.removeVrf(vrfIntent(vrf).name);
  }
}

/** Applies in slices, as an agent does. */
async function applyAll(dataplane: Dataplane): Promise<Timing> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let longest = 0;
  let operations = 0;
  for (let more = true; more; ) {
    const before = performance.now();
    const report = dataplane.apply({ milliseconds: SLICE });
    longest = Math.max(longest, performance.now() - before);
    operations += report.operations;
    more = report.more;
    await setImmediate();
  }
  return timing(start, cpu, longest, operations);
}

function timing(start: number, cpu: NodeJS.CpuUsage, longest: number, operations: number): Timing {
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
    longestMilliseconds: longest,
    operations,
  };
}

function statusFaults(dataplane: Dataplane, { vrfs, endpoints }: Size): string[] {
  const ready = dataplane.vrfs().filter(({ state }) => state === "ready").length;
  const attached = dataplane.endpoints().filter(({ state }) => state.kind === "attached").length;
  return [
    ...(ready === vrfs ? [] : [`${ready} of ${vrfs} VRFs are ready`]),
    ...(attached === vrfs * endpoints
      ? []
      : [`${attached} of ${vrfs * endpoints} endpoints are attached`]),
  ];
}

async function measure(underlay: NetworkNamespace, size: Size): Promise<Sample> {
  const namespaces = namespaceCount();
  const [processBefore, kernelBefore] = [memoryMiBOf(process.pid, "VmRSS") * 1024, kernelKiB()];
  const faults: string[] = [];
  let dataplane = newDataplane(underlay, size);
  const build = await applyAll(dataplane);
  faults.push(...statusFaults(dataplane, size));
  const [processAfter, kernelAfter] = [memoryMiBOf(process.pid, "VmRSS") * 1024, kernelKiB()];
  dataplane.resync();
  const resync = await applyAll(dataplane);
  dataplane.close();
  dataplane = newDataplane(underlay, size);
  const restart = await applyAll(dataplane);
  faults.push(...statusFaults(dataplane, size));
  if (resync.operations > 0) faults.push(`looking again made ${resync.operations} writes`);
  if (restart.operations > 0) faults.push(`a start made ${restart.operations} writes`);
  removeAll(dataplane, size);
  const teardown = await applyAll(dataplane);
  dataplane.close();
  faults.push(...leftOvers(size));
  return {
    ...{ build, resync, restart, teardown, faults },
    namespacesLeft: await namespacesLeft(namespaces, 10),
    processKiB: (processAfter - processBefore) / size.vrfs,
    kernelKiB: (kernelAfter - kernelBefore) / size.vrfs,
    leftMiB: (kernelKiB() - kernelBefore) / 1024,
  };
}

function leftOvers({ vrfs, endpoints }: Size): string[] {
  const names = NetworkNamespace.list().filter((name) => name.startsWith(`${prefix}.`));
  const devices: string[] = [];
  for (let vrf = 0; vrf < vrfs; vrf++) {
    for (let number = 0; number < endpoints; number++) {
      using namespace = NetworkNamespace.open(workloadName(vrf, number));
      using socket = RouteSocket.open(namespace);
      if (socket.links().length > 1) devices.push(workloadName(vrf, number));
    }
  }
  return [
    ...(names.length === 0 ? [] : [`namespaces are left: ${names.length}`]),
    ...(devices.length === 0 ? [] : [`workloads that still have an interface: ${devices.length}`]),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      vrfs: { type: "string", default: "200" },
      endpoints: { type: "string", default: "5" },
      repetitions: { type: "string", default: "3" },
    },
  });
  const size = {
    vrfs: count("vrfs", values.vrfs),
    endpoints: count("endpoints", values.endpoints),
  };
  const repetitions = count("repetitions", values.repetitions);
  return inNamespaces(prefix, async () => {
    const samples: Sample[] = [];
    using underlay = NetworkNamespace.create(underlayName);
    for (let vrf = 0; vrf < size.vrfs; vrf++) {
      for (let number = 0; number < size.endpoints; number++) {
        NetworkNamespace.create(workloadName(vrf, number)).close();
      }
      // Lets a signal in.
      await setImmediate();
    }
    for (let run = 0; run < repetitions; run++) samples.push(await measure(underlay, size));
    return report(samples, size, values.json);
  });
}

const STAGES = ["build", "resync", "restart", "teardown"] as const;

function report(samples: readonly Sample[], { vrfs, endpoints }: Size, json: boolean): number {
  const of = (pick: (sample: Sample) => number, digits: number): Figure =>
    figure(samples.map(pick), digits);
  const rows = STAGES.map((stage) => ({
    stage,
    seconds: of((sample) => sample[stage].seconds, 2),
    cpuSeconds: of((sample) => sample[stage].cpuSeconds, 2),
    longestMilliseconds: of((sample) => sample[stage].longestMilliseconds, 1),
    operations: of((sample) => sample[stage].operations, 0),
  }));
  const memory = {
    processKiBPerVrf: of(({ processKiB }) => processKiB, 0),
    kernelKiBPerVrf: of(({ kernelKiB: kib }) => kib, 0),
    namespacesLeft: of((sample) => sample.namespacesLeft, 0),
    kernelMiBLeft: of(({ leftMiB }) => leftMiB, 1),
  };
  const faults = samples.flatMap((sample) => sample.faults);
  if (json) {
    console.log(JSON.stringify({ vrfs, endpoints, rows, memory, faults }));
  } else {
    console.log(
      `${vrfs} VRFs with ${endpoints} endpoints each, median (least-greatest) of ${samples.length}`,
    );
    console.table(
      rows.map(({ stage, ...figures }) => ({
        stage,
        ...Object.fromEntries(
          Object.entries(figures).map(([name, value]) => [name, figureText(value)]),
        ),
      })),
    );
    for (const [name, value] of Object.entries(memory)) console.log(name, figureText(value));
  }
  for (const fault of new Set(faults)) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

await runMain(main);
