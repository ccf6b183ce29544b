/**
 * A route reflector over real sockets: this speaker, FRR's bgpd and, when asked for, GoBGP, each a process of its
 * own, in turn, with the same clients and the same octets.
 *
 *     npm run bench -- reflection-frr [--routes N] [--clients A:B] [--types type-5|type-2|mixed] [--tenants N]
 *                                     [--reflectors selvedge,frr] [--repetitions N] [--json]
 *                                     [--warm] [--profile DIRECTORY]
 *
 * A clients announce the routes together, B others only listen. Time runs from the first octet sent until every
 * client has been announced every route but its own; CPU time is the reflector's alone, until it is quiet again.
 * Clients are this process and need the second core; their CPU time stands beside, as they are the bottleneck
 * where it comes near the time. Exits with 1 when a client was not told exactly the routes of the others (count
 * and sum over the octets of all NLRI; its own may be among them, as FRR sends them back).
 *
 * With --warm the table is announced and withdrawn once before the measurement; without, the reflector is new.
 *
 * Does not: configure the others beyond what the task needs, or measure changes: see withdraw, flaps, stuck-client.
 */
import { parseArgs } from "node:util";
import { count, names, oneOf, pair, runMain } from "./bench-arguments.ts";
import type { BgpClient } from "./bgp-client.ts";
import { figure, figureText } from "./figures.ts";
import { announcements, type ClientLoad, ROUTE_TYPES, withdrawals } from "./reflection-load.ts";
import { isInstalled, REFLECTORS, type ReflectorName } from "./reflector-process.ts";
import { RouteSum } from "./route-sum.ts";
import { type Bench, quiet, within, withSessions } from "./sessions-with.ts";

/** GoBGP ends a session without a hold time. No KEEPALIVEs are needed for the time of a measurement. */
const HOLD_TIME = 240;
const TIMEOUT_SECONDS = 200;

/** One measurement. */
interface Sample {
  readonly seconds: number;
  /** User and system time of the reflector. */
  readonly cpuSeconds: number;
  /** The same of all clients together. */
  readonly clientCpuSeconds: number;
  readonly peakRssMiB: number;
  /** Announcements that clients were sent beyond the routes of the others: their own, or repetitions. */
  readonly superfluous: number;
  readonly isCorrect: boolean;
}

interface Load {
  readonly senders: number;
  readonly receivers: number;
  readonly inputs: readonly ClientLoad[];
  /** What takes the inputs back. */
  readonly ends: readonly ClientLoad[];
  readonly warm: boolean;
  /** All routes. */
  readonly sum: RouteSum;
}

/** What a client is to be told: senders do not get their own routes. */
function expected({ inputs, sum }: Load, client: number): RouteSum {
  const own = inputs[client];
  return own === undefined ? sum : sum.without(own.sum);
}

async function measure({ clients, reflector }: Bench, load: Load): Promise<Sample> {
  if (load.warm) await warmUp(clients, load, reflector);
  const cpuBefore = reflector.cpuSeconds;
  const clientCpuBefore = process.cpuUsage();
  const start = performance.now();
  const isComplete = await within(TIMEOUT_SECONDS, reflect(clients, load));
  const seconds = (performance.now() - start) / 1000;
  const { system, user } = process.cpuUsage(clientCpuBefore);
  await quiet(reflector);
  const superfluous = clients.map(
    ({ announced }, client) => announced.count - expected(load, client).count,
  );
  return {
    seconds,
    cpuSeconds: reflector.cpuSeconds - cpuBefore,
    clientCpuSeconds: (system + user) / 1e6,
    peakRssMiB: reflector.peakRssMiB,
    superfluous: superfluous.reduce((sum, routes) => sum + routes, 0),
    isCorrect: isComplete && clients.every((client, index) => isExact(load, client, index)),
  };
}

/** A table comes and goes before the measurement: what is compiled and allocated once is then not measured. */
async function warmUp(
  clients: readonly BgpClient[],
  load: Load,
  reflector: Bench["reflector"],
): Promise<void> {
  await reflect(clients, load);
  await quiet(reflector);
  await Promise.all(load.ends.map(({ pieces }, client) => clients[client]?.send(pieces)));
  await Promise.all(
    clients.map((client, index) =>
      client.until(() => client.withdrawn >= expected(load, index).count),
    ),
  );
  await quiet(reflector);
  for (const client of clients) client.announced.clear();
}

async function reflect(clients: readonly BgpClient[], load: Load): Promise<void> {
  await Promise.all([
    ...load.inputs.map(({ pieces }, client) => clients[client]?.send(pieces)),
    ...clients.map((client, index) => client.received(expected(load, index).count)),
  ]);
}

function isExact(load: Load, { announced }: BgpClient, index: number): boolean {
  return announced.equals(expected(load, index)) || announced.equals(load.sum);
}

interface Row {
  readonly reflector: ReflectorName;
  readonly seconds: string;
  readonly cpuSeconds: string;
  readonly clientCpuSeconds: string;
  readonly peakRssMiB: string;
  readonly superfluous: number;
  /** CPU time and memory in multiples of this speaker's. */
  readonly cpuRatio: string;
  readonly memoryRatio: string;
}

function summarise(
  name: ReflectorName,
  samples: readonly Sample[],
  ours: readonly Sample[] | undefined,
): Row {
  const of = (key: Exclude<keyof Sample, "isCorrect">, digits: number, from = samples) =>
    figure(
      from.map((sample) => sample[key]),
      digits,
    );
  const ratio = (key: "cpuSeconds" | "peakRssMiB"): string =>
    (of(key, 3).median / of(key, 3, ours ?? []).median).toFixed(2);
  return {
    reflector: name,
    seconds: figureText(of("seconds", 2)),
    cpuSeconds: figureText(of("cpuSeconds", 2)),
    clientCpuSeconds: figureText(of("clientCpuSeconds", 2)),
    peakRssMiB: figureText(of("peakRssMiB", 0)),
    superfluous: of("superfluous", 0).median,
    cpuRatio: ratio("cpuSeconds"),
    memoryRatio: ratio("peakRssMiB"),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "100000" },
      clients: { type: "string", default: "4:4" },
      types: { type: "string", default: "type-5" },
      tenants: { type: "string", default: "1000" },
      reflectors: { type: "string", default: "selvedge,frr" },
      warm: { type: "boolean", default: false },
      profile: { type: "string" },
      repetitions: { type: "string", default: "3" },
    },
  });
  const routes = count("routes", values.routes);
  const [senders, receivers] = pair("clients", values.clients);
  const types = oneOf("types", values.types, ROUTE_TYPES);
  const tenants = count("tenants", values.tenants);
  const repetitions = count("repetitions", values.repetitions);
  const reflectors = names("reflectors", values.reflectors, REFLECTORS);
  const missing = reflectors.find((name) => !isInstalled(name));
  if (missing !== undefined) {
    console.error(`${missing} is not installed (Debian: apt-get install frr gobgpd)`);
    return 1;
  }
  const shape = { types, tenants, routes: Math.ceil(routes / senders) };
  const inputs = Array.from({ length: senders }, (_, client) => announcements(client, shape));
  const sum = new RouteSum();
  for (const input of inputs) sum.add(input.sum);
  const ends = inputs.map((_, client) => withdrawals(client, shape));
  const load: Load = { senders, receivers, inputs, ends, warm: values.warm, sum };
  const samples = new Map<ReflectorName, Sample[]>(reflectors.map((name) => [name, []]));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of reflectors) {
      const clients = senders + receivers;
      const sample = await withSessions(
        name,
        { clients, profile: values.profile },
        (bench) => measure(bench, load),
        () => ({ holdTime: HOLD_TIME }),
      );
      samples.get(name)?.push(sample);
    }
  }
  const rows = reflectors.map((name) =>
    summarise(name, samples.get(name) ?? [], samples.get("selvedge")),
  );
  const isCorrect = [...samples.values()].flat().every((sample) => sample.isCorrect);
  if (values.json) {
    const setup = { routes: sum.count, senders, receivers, types, tenants };
    console.log(
      JSON.stringify({ ...setup, isCorrect, rows, samples: Object.fromEntries(samples) }),
    );
  } else {
    console.log(
      `${sum.count} routes (${types}), ${senders} clients to ${receivers}, ${tenants} tenants, ` +
        `median (least-greatest) of ${repetitions}`,
    );
    console.table(rows);
  }
  if (!isCorrect) console.error("a client was not told exactly the routes of the others");
  return isCorrect ? 0 : 1;
}

await runMain(main);
