/**
 * One client reads nothing for a minute while routes change all the time: the reflector's memory, its CPU time, and
 * how long a route takes to the others. Afterwards the client reads again and must come to hold what it should.
 *
 *     npm run bench -- stuck-client [--routes N] [--seconds N] [--clients N] [--reflectors selvedge] [--json]
 *
 * Ten times a second a twentieth of the table is withdrawn, and announced again at the next turn.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { count, names, runMain } from "./bench-arguments.ts";
import { type Disturbance, reportDisturbance } from "./disturbance.ts";
import { HeldRoutes } from "./held-routes.ts";
import { announcements, withdrawals } from "./reflection-load.ts";
import { REFLECTORS } from "./reflector-process.ts";
import { within } from "./sessions-with.ts";

const PARTS = 20;
const TENANTS = 100;
const TURN_MS = 100;
const TIMEOUT_SECONDS = 30;

function stuckClient(routes: number, seconds: number, receivers: number): Disturbance {
  const shape = { types: "type-5", routes, tenants: TENANTS } as const;
  const up = announcements(0, shape).pieces;
  const down = withdrawals(0, shape).pieces;
  const part = (pieces: readonly Uint8Array[], turn: number): readonly Uint8Array[] =>
    pieces.filter((_, index) => index % PARTS === turn % PARTS);
  const held = Array.from({ length: receivers }, () => new HeldRoutes(0, routes));
  return {
    clients: 1 + receivers,
    onRoutes: (client) => held[client - 1]?.take,
    async prepare({ clients }) {
      await clients[0]?.send(up);
      await Promise.all(clients.slice(1).map((client) => client.received(routes)));
    },
    async disturb({ clients }) {
      const [sender, stuck] = clients;
      stuck?.pause();
      const end = performance.now() + seconds * 1000;
      for (let turn = 0; performance.now() < end; turn++) {
        await sender?.send(part(down, turn));
        await sleep(TURN_MS / 2);
        await sender?.send(part(up, turn));
        await sleep(TURN_MS / 2);
      }
      // The parts of both are not cut at the same routes: in the end all are announced.
      await sender?.send(up);
      stuck?.resume();
      const whole = clients
        .slice(1)
        .map((client, index) => client.until(() => held[index]?.count === routes));
      return await within(TIMEOUT_SECONDS, Promise.all(whole));
    },
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "100000" },
      seconds: { type: "string", default: "60" },
      clients: { type: "string", default: "10" },
      reflectors: { type: "string", default: "selvedge" },
    },
  });
  const routes = count("routes", values.routes);
  const seconds = count("seconds", values.seconds);
  const receivers = count("clients", values.clients);
  const reflectors = names("reflectors", values.reflectors, REFLECTORS);
  const make = (): Disturbance => stuckClient(routes, seconds, receivers);
  return await reportDisturbance(reflectors, make, values.json);
}

await runMain(main);
