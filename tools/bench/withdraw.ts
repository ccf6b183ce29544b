/**
 * Every sender withdraws all of its routes at once; how long until every other client knows, at what cost, and how
 * long a route of somebody else takes meanwhile.
 *
 *     npm run bench -- withdraw [--routes N] [--clients A:B] [--reflectors selvedge,frr] [--json]
 */
import { parseArgs } from "node:util";
import { count, names, pair, runMain } from "./bench-arguments.ts";
import { type Disturbance, reportDisturbance } from "./disturbance.ts";
import { announcements, withdrawals } from "./reflection-load.ts";
import { REFLECTORS } from "./reflector-process.ts";
import { within } from "./sessions-with.ts";

const TENANTS = 1000;
const TIMEOUT_SECONDS = 120;

function withdraw(routes: number, senders: number, receivers: number): Disturbance {
  const shape = { types: "mixed", routes: Math.ceil(routes / senders), tenants: TENANTS } as const;
  const inputs = Array.from({ length: senders }, (_, client) => announcements(client, shape));
  const ends = Array.from({ length: senders }, (_, client) => withdrawals(client, shape));
  const total = shape.routes * senders;
  return {
    clients: senders + receivers,
    async prepare({ clients }) {
      await Promise.all(inputs.map(({ pieces }, client) => clients[client]?.send(pieces)));
      await Promise.all(clients.slice(senders).map((client) => client.received(total)));
    },
    async disturb({ clients }) {
      await Promise.all(ends.map(({ pieces }, client) => clients[client]?.send(pieces)));
      const told = clients
        .slice(senders)
        .map((client) => client.until(() => client.withdrawn >= total));
      return await within(TIMEOUT_SECONDS, Promise.all(told));
    },
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "500000" },
      clients: { type: "string", default: "10:10" },
      reflectors: { type: "string", default: "selvedge,frr" },
    },
  });
  const routes = count("routes", values.routes);
  const [senders, receivers] = pair("clients", values.clients);
  const reflectors = names("reflectors", values.reflectors, REFLECTORS);
  return await reportDisturbance(
    reflectors,
    () => withdraw(routes, senders, receivers),
    values.json,
  );
}

await runMain(main);
