/**
 * Runs one disturbance of a reflector beside a latency probe: what it costs the reflector, and how long the others
 * wait meanwhile. The first clients are the senders, all others listen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BgpClientOptions } from "./bgp-client.ts";
import { rounded } from "./figures.ts";
import { type Latency, LatencyProbe } from "./latency-probe.ts";
import type { ReflectorName } from "./reflector-process.ts";
import { type Bench, quiet, withSessions } from "./sessions-with.ts";

/** What happens to the reflector. */
export interface Disturbance {
  readonly clients: number;
  readonly onRoutes?: (client: number) => BgpClientOptions["onRoutes"];
  /** Brings the table about that is there before; not measured. */
  prepare(bench: Bench): Promise<void>;
  /** What is measured; gives false when the clients do not hold in the end what they should. */
  disturb(bench: Bench): Promise<boolean>;
}

/** What it cost. */
export interface DisturbanceFigures {
  readonly reflector: ReflectorName;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident before, and the most that ever was, in MiB. */
  readonly rssMiB: number;
  readonly peakRssMiB: number;
  /** Of the probe while nothing happens, and during the disturbance: milliseconds. */
  readonly idle: Latency;
  readonly busy: Latency;
  readonly isCorrect: boolean;
}

/** The probe's clients. */
const PROBE_CLIENTS = 2;
const IDLE_MS = 1000;
const HOLD_TIME = 240;

/** Measures one reflector. */
export async function runDisturbance(
  name: ReflectorName,
  disturbance: Disturbance,
): Promise<DisturbanceFigures> {
  const clients = disturbance.clients + PROBE_CLIENTS;
  return await withSessions(
    name,
    { clients, spare: PROBE_CLIENTS },
    async (bench) => {
      await disturbance.prepare(bench);
      await quiet(bench.reflector);
      const probe = await LatencyProbe.start(bench.reflector.port, disturbance.clients);
      try {
        return await measure(name, disturbance, bench, probe);
      } finally {
        await probe.stop();
      }
    },
    (client) => {
      const onRoutes = disturbance.onRoutes?.(client);
      return onRoutes === undefined ? { holdTime: HOLD_TIME } : { holdTime: HOLD_TIME, onRoutes };
    },
  );
}

async function measure(
  reflector: ReflectorName,
  disturbance: Disturbance,
  bench: Bench,
  probe: LatencyProbe,
): Promise<DisturbanceFigures> {
  // The probe's own code is compiled in its first second.
  await sleep(IDLE_MS);
  await probe.take();
  await sleep(IDLE_MS);
  const idle = await probe.take();
  const { cpuSeconds: cpuBefore, rssMiB } = bench.reflector;
  const start = performance.now();
  const isCorrect = await disturbance.disturb(bench);
  const seconds = (performance.now() - start) / 1000;
  const busy = await probe.take();
  return {
    reflector,
    seconds: rounded(seconds, 2),
    cpuSeconds: rounded(bench.reflector.cpuSeconds - cpuBefore, 2),
    rssMiB: rounded(rssMiB, 0),
    peakRssMiB: rounded(bench.reflector.peakRssMiB, 0),
    idle,
    busy,
    isCorrect,
  };
}

/** Measures the reflectors in turn and prints what it cost each; the exit code. */
export async function reportDisturbance(
  names: readonly ReflectorName[],
  make: () => Disturbance,
  json: boolean,
): Promise<number> {
  const figures: DisturbanceFigures[] = [];
  for (const name of names) figures.push(await runDisturbance(name, make()));
  const isCorrect = figures.every((figure) => figure.isCorrect);
  if (json) console.log(JSON.stringify({ isCorrect, figures }));
  else console.table(figures.map(row));
  if (!isCorrect) console.error("a client does not hold in the end what it should");
  return isCorrect ? 0 : 1;
}

function row({ idle, busy, isCorrect, ...rest }: DisturbanceFigures): object {
  return {
    ...rest,
    isCorrect,
    "idle p99 ms": idle.p99,
    "p50 ms": busy.median,
    "p99 ms": busy.p99,
    "max ms": busy.max,
  };
}
