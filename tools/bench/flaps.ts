/**
 * One client withdraws and announces the same routes again and again, as fast as it is read; what that costs, and how
 * long a route of somebody else takes meanwhile. What the others are told on the way is the reflector's choice: in the
 * end they must hold exactly these routes.
 *
 *     npm run bench -- flaps [--routes N] [--times N] [--clients N] [--reflectors selvedge,frr] [--json]
 */
import { parseArgs } from "node:util";
import { count, names, runMain } from "./bench-arguments.ts";
import { type Disturbance, reportDisturbance } from "./disturbance.ts";
import { HeldRoutes } from "./held-routes.ts";
import { announcements, withdrawals } from "./reflection-load.ts";
import { REFLECTORS } from "./reflector-process.ts";
import { quiet } from "./sessions-with.ts";

const TENANTS = 10;

function flaps(routes: number, times: number, receivers: number): Disturbance {
  const shape = { types: "type-5", routes, tenants: TENANTS } as const;
  const up = announcements(0, shape).pieces;
  const down = withdrawals(0, shape).pieces;
  const held = Array.from({ length: receivers }, () => new HeldRoutes(0, routes));
  return {
    clients: 1 + receivers,
    onRoutes: (client) => held[client - 1]?.take,
    async prepare({ clients }) {
      await clients[0]?.send(up);
      await Promise.all(clients.slice(1).map((client) => client.received(routes)));
    },
    async disturb({ clients, reflector }) {
      for (let n = 0; n < times; n++) {
        await clients[0]?.send(down);
        await clients[0]?.send(up);
      }
      // What waits in sockets when the last octet has been written is part of the storm.
      await quiet(reflector, QUIET_SHARE);
      return held.every(({ count: routesHeld }) => routesHeld === routes);
    },
  };
}

/** The probe keeps the reflector at some CPU time, so quiet is a share of a core. */
const QUIET_SHARE = 0.3;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "1000" },
      times: { type: "string", default: "1000" },
      clients: { type: "string", default: "10" },
      reflectors: { type: "string", default: "selvedge,frr" },
    },
  });
  const routes = count("routes", values.routes);
  const times = count("times", values.times);
  const receivers = count("clients", values.clients);
  const reflectors = names("reflectors", values.reflectors, REFLECTORS);
  return await reportDisturbance(reflectors, () => flaps(routes, times, receivers), values.json);
}

await runMain(main);
