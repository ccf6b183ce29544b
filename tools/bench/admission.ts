/**
 * What one apply costs beside what is there: an endpoint put into clusters of growing size, and 10,000 at once.
 *
 *     npm run bench -- admission [--endpoints 1000,10000,100000] [--bulk N] [--repetitions N] [--json]
 *
 * "index" is admission as the API has it, beside the part of the resources that the change may meet; "whole" the same
 * rules beside everything, as in a test of both; "apply" is the whole of an apply through a cache, whose datastore takes
 * the commit at once, so that nothing but our work is measured. In CPU milliseconds of one apply; exits with 1 when the
 * two admissions do not say the same.
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { openStore, ResourceCache, type Store } from "@selvedge/datastore";
import { type IpAddress, parseIpAddress } from "@selvedge/net";
import { admit, type Change, type Resource, ResourceIndex, resourceKey } from "@selvedge/resources";
import { count, runMain } from "./bench-arguments.ts";
import { withDatastore } from "./bench-datastore.ts";
import { clusterEndpoint, clusterResources, populate } from "./cluster-load.ts";
import { type Figure, figure, figureText } from "./figures.ts";

const WARM_UP = 50;

interface Row {
  readonly endpoints: number;
  readonly changes: number;
  readonly index: Figure;
  readonly whole: Figure;
  readonly apply: Figure;
}

/** Puts of new endpoints, in the subnets of the first tenants, on addresses that are free there. */
function changesOf(endpoints: number, number: number, round: number): Change[] {
  return Array.from({ length: number }, (_, index): Change => {
    const present = clusterEndpoint(index % endpoints, endpoints);
    const name = `new-${round}-${index}`;
    const resource: Resource = {
      ...present,
      metadata: { name, namespace: present.metadata.namespace },
      spec: { ...present.spec, addresses: [addressOf(index)] },
    };
    return { kind: "put", resource };
  });
}

/** Above those of the cluster. */
function addressOf(index: number): IpAddress {
  return parseIpAddress(`2001:db8:1::${(0x1000 + index).toString(16)}`);
}

function cpuMilliseconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** CPU milliseconds of each of `repetitions` calls. */
async function timed(
  repetitions: number,
  work: (round: number) => unknown,
): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let round = 0; round < repetitions; round++) {
    const before = process.cpuUsage();
    await work(round);
    samples.push(cpuMilliseconds(before));
  }
  return samples;
}

async function measure(endpoints: number, number: number, repetitions: number): Promise<Row> {
  const resources = [...clusterResources(endpoints)];
  const index = new ResourceIndex();
  for (const resource of resources) index.put(resourceKey(resource), resource);
  const admitted = (round: number) => {
    const changes = changesOf(endpoints, number, round);
    return admit(index.around(changes), changes);
  };
  const whole = (round: number) => admit(index.resources, changesOf(endpoints, number, round));
  if (!isDeepStrictEqual(admitted(0), whole(0)) || admitted(0).kind !== "admitted") {
    throw new Error("the part of the resources leads to another admission than the whole");
  }
  const warmUp = number === 1 ? WARM_UP : 1;
  await timed(warmUp, admitted);
  await timed(2, whole);
  return {
    endpoints,
    changes: number,
    index: figure(await timed(repetitions, admitted), 2),
    whole: figure(await timed(Math.min(repetitions, 5), whole), 1),
    apply: figure(await applies(resources, endpoints, number, repetitions, warmUp), 2),
  };
}

async function applies(
  resources: readonly Resource[],
  endpoints: number,
  number: number,
  repetitions: number,
  warmUp: number,
): Promise<readonly number[]> {
  return withDatastore("sqlite", async ({ location }) => {
    await using store = openStore({ kind: "sqlite", path: location });
    await populate(store, resources);
    await using cache = new ResourceCache(dryStore(store));
    await cache.state();
    const apply = async (round: number): Promise<void> => {
      const outcome = await cache.apply(changesOf(endpoints, number, round));
      if (outcome.kind !== "applied") throw new Error(JSON.stringify(outcome));
    };
    await timed(warmUp, apply);
    return await timed(repetitions, apply);
  });
}

/** Takes every commit and writes nothing. */
function dryStore(store: Store): Store {
  return {
    get: (key) => store.get(key),
    list: (prefix, options) => store.list(prefix, options),
    commit: async () => ({ kind: "committed", revision: 1 }),
    watch: (prefix, fromRevision, signal) => store.watch(prefix, fromRevision, signal),
    grantLease: (seconds) => store.grantLease(seconds),
    revision: () => store.revision(),
    compact: (revision) => store.compact(revision),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function sizes(text: string): readonly number[] {
  return text.split(",").map((size) => count("endpoints", size));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      endpoints: { type: "string", default: "1000,10000,100000" },
      bulk: { type: "string", default: "10000" },
      repetitions: { type: "string", default: "200" },
    },
  });
  const bulk = count("bulk", values.bulk);
  const repetitions = count("repetitions", values.repetitions);
  const rows: Row[] = [];
  for (const endpoints of sizes(values.endpoints)) {
    rows.push(await measure(endpoints, 1, repetitions));
    rows.push(await measure(endpoints, bulk, Math.min(repetitions, 3)));
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows.map(shown));
  return 0;
}

function shown({ endpoints, changes, index, whole, apply }: Row): object {
  return {
    ...{ endpoints, changes, "index, ms": figureText(index) },
    ...{ "whole, ms": figureText(whole), "apply, ms": figureText(apply) },
  };
}

await runMain(main);
