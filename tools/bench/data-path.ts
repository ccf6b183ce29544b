/**
 * What the way of a packet costs: TCP throughput, rate of small packets and latency between two workloads on two hosts,
 * over the overlay with guards and without, beside plain routing between the same hosts (as Calico does without an
 * overlay) and beside a bare veth pair.
 *
 *     npm run bench -- data-path [--mtu N,N] [--seconds N] [--repetitions N] [--json]
 *
 * All in one run and taking turns. Hosts are namespaces of this machine, so that both ends share its cores: the figures
 * are good for comparing with each other. "cpu" is processor seconds of the whole machine, for a gigabit and for a million
 * packets. Needs root and iperf3; works in namespaces of its own and removes them, also on Ctrl-C.
 */
import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { count, runMain, seconds } from "./bench-arguments.ts";
import { inNamespaces, removeNamespaces } from "./bench-namespaces.ts";
import { bareVeth, overlay, type Path, routed } from "./data-path/paths.ts";
import { type Latency, latency, type Rate, smallPackets, throughput } from "./data-path/traffic.ts";
import { figure, figureText, rounded } from "./figures.ts";

const prefix = `svt-path-${process.pid}-${randomBytes(3).toString("hex")}`;

/** In the order in which they are measured. The ratios are to the second. */
const PATHS = {
  "bare veth pair": bareVeth,
  "routed, no overlay": routed,
  "overlay, guards off": (at: string, mtu: number) => overlay(at, mtu, false),
  overlay: (at: string, mtu: number) => overlay(at, mtu, true),
} as const satisfies Record<string, (prefix: string, mtu: number) => Path>;

type PathName = keyof typeof PATHS;

const names = Object.keys(PATHS).filter((name): name is PathName => name in PATHS);
const REFERENCE: PathName = "routed, no overlay";

interface Sample {
  readonly tcp: Rate;
  readonly packets: Rate;
  readonly rtt: Latency;
}

async function measure(path: Path, duration: number): Promise<Sample> {
  return {
    tcp: await throughput(path, duration),
    packets: await smallPackets(path, duration),
    rtt: latency(path),
  };
}

async function measureAll(mtu: number, duration: number, repetitions: number) {
  const samples = new Map<PathName, Sample[]>(names.map((name) => [name, []]));
  for (let run = 0; run < repetitions; run++) {
    for (const name of names) {
      using path = PATHS[name](`${prefix}-${mtu}`, mtu);
      samples.get(name)?.push(await measure(path, duration));
      removeNamespaces(prefix);
      // Lets a signal in.
      await setImmediate();
    }
  }
  return samples;
}

function row(name: PathName, all: ReadonlyMap<PathName, readonly Sample[]>) {
  const [samples, reference] = [all.get(name) ?? [], all.get(REFERENCE) ?? []];
  const median = (of: readonly Sample[], pick: (sample: Sample) => number): number =>
    figure(of.map(pick), 6).median;
  const ratio = (pick: (sample: Sample) => number): number =>
    rounded(median(samples, pick) / median(reference, pick), 2);
  const text = (pick: (sample: Sample) => number, digits: number): string =>
    figureText(figure(samples.map(pick), digits));
  return {
    path: name,
    "TCP Gbit/s": text(({ tcp }) => tcp.rate / 1e9, 1),
    "to routed": ratio(({ tcp }) => tcp.rate),
    "cpu s/Gbit": text(({ tcp }) => tcp.cpuSeconds * 1e9, 3),
    "64-octet kpps": text(({ packets }) => packets.rate / 1000, 0),
    "pps to routed": ratio(({ packets }) => packets.rate),
    "cpu s/Mpacket": text(({ packets }) => packets.cpuSeconds * 1e6, 1),
    "RTT us": text(({ rtt }) => rtt.averageMicroseconds, 0),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      mtu: { type: "string", default: "1500,9000" },
      seconds: { type: "string", default: "5" },
      repetitions: { type: "string", default: "3" },
    },
  });
  const mtus = values.mtu.split(",").map((text) => count("mtu", text, 1280));
  const duration = seconds("seconds", values.seconds);
  const repetitions = count("repetitions", values.repetitions);
  return inNamespaces(prefix, async () => {
    for (const mtu of mtus) {
      const samples = await measureAll(mtu, duration, repetitions);
      const rows = names.map((name) => row(name, samples));
      if (values.json) {
        console.log(JSON.stringify({ mtu, rows }));
      } else {
        console.log(`Underlay MTU ${mtu}, median (least-greatest) of ${repetitions}`);
        console.table(rows);
      }
    }
    return 0;
  });
}

await runMain(main);
