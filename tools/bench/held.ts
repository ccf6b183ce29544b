/**
 * What a reflector takes to hold routes: memory when it has told them all, and the most on the way.
 *
 *     npm run bench -- held [--routes N] [--clients A:B] [--reflectors selvedge,frr] [--json]
 */
import { parseArgs } from "node:util";
import { count, names, pair, runMain } from "./bench-arguments.ts";
import { rounded } from "./figures.ts";
import { announcements, type ClientLoad } from "./reflection-load.ts";
import { REFLECTORS } from "./reflector-process.ts";
import { type Bench, quiet, withSessions } from "./sessions-with.ts";

const TENANTS = 1000;

async function measure(
  { clients, reflector }: Bench,
  inputs: readonly ClientLoad[],
  total: number,
) {
  const emptyMiB = reflector.rssMiB;
  await Promise.all(inputs.map(({ pieces }, client) => clients[client]?.send(pieces)));
  await Promise.all(clients.slice(inputs.length).map((client) => client.received(total)));
  await quiet(reflector);
  const { peakRssMiB, rssMiB } = reflector;
  return {
    emptyMiB: rounded(emptyMiB, 0),
    heldMiB: rounded(rssMiB, 0),
    peakMiB: rounded(peakRssMiB, 0),
    octetsARoute: rounded(((rssMiB - emptyMiB) * 2 ** 20) / total, 0),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "1000000" },
      clients: { type: "string", default: "10:1" },
      reflectors: { type: "string", default: "selvedge,frr" },
    },
  });
  const routes = count("routes", values.routes);
  const [senders, receivers] = pair("clients", values.clients);
  const reflectors = names("reflectors", values.reflectors, REFLECTORS);
  const shape = { types: "mixed", routes: Math.ceil(routes / senders), tenants: TENANTS } as const;
  const inputs = Array.from({ length: senders }, (_, client) => announcements(client, shape));
  const rows = [];
  for (const reflector of reflectors) {
    const figures = await withSessions(reflector, { clients: senders + receivers }, (bench) =>
      measure(bench, inputs, shape.routes * senders),
    );
    rows.push({ reflector, ...figures });
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows);
  return 0;
}

await runMain(main);
