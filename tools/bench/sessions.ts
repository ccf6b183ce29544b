/**
 * Many sessions at once, the reflector on one core: does any hold timer expire, on either side, while each client
 * sends KEEPALIVEs and a table changes all the time?
 *
 *     npm run bench -- sessions [--sessions N] [--seconds N] [--routes N] [--reflectors selvedge] [--json]
 *
 * The hold time is 9 s. Each client sends a KEEPALIVE every 3 s; the first also withdraws and announces a table once
 * a second, which the reflector tells all others. Exits with 1 when a session has ended or a client heard nothing
 * for the hold time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { count, names, runMain } from "./bench-arguments.ts";
import type { BgpClient } from "./bgp-client.ts";
import { rounded } from "./figures.ts";
import { announcements, withdrawals } from "./reflection-load.ts";
import { REFLECTORS } from "./reflector-process.ts";
import { type Bench, withSessions } from "./sessions-with.ts";

const HOLD_TIME = 9;
/** KEEPALIVEs are spread over their interval. */
const BATCHES = 30;
const TENANTS = 10;

/** Sends the KEEPALIVEs of all clients for ever, each client's every third of the hold time. */
function keepAlive(clients: readonly BgpClient[]): NodeJS.Timeout {
  let batch = 0;
  return setInterval(
    () => {
      for (let n = batch % BATCHES; n < clients.length; n += BATCHES) clients[n]?.sendKeepalive();
      batch++;
    },
    (HOLD_TIME * 1000) / 3 / BATCHES,
  );
}

async function measure({ clients, reflector }: Bench, seconds: number, routes: number) {
  const shape = { types: "type-5", routes, tenants: TENANTS } as const;
  const up = announcements(0, shape).pieces;
  const down = withdrawals(0, shape).pieces;
  const cpuBefore = reflector.cpuSeconds;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    await clients[0]?.send(up);
    await sleep(500);
    await clients[0]?.send(down);
    await sleep(500);
  }
  const elapsed = (performance.now() - start) / 1000;
  return {
    sessions: clients.length,
    ended: clients.filter(({ isClosed }) => isClosed).length,
    longestSilenceSeconds: rounded(Math.max(...clients.map((c) => c.longestSilenceMs)) / 1000, 2),
    routesToldASecond: Math.round(
      clients.reduce((sum, { announced, withdrawn }) => sum + announced.count + withdrawn, 0) /
        elapsed,
    ),
    cpuShare: rounded((reflector.cpuSeconds - cpuBefore) / elapsed, 3),
    peakRssMiB: rounded(reflector.peakRssMiB, 0),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      sessions: { type: "string", default: "1000" },
      seconds: { type: "string", default: "60" },
      routes: { type: "string", default: "100" },
      reflectors: { type: "string", default: "selvedge" },
    },
  });
  const sessions = count("sessions", values.sessions);
  const seconds = count("seconds", values.seconds);
  const routes = count("routes", values.routes);
  const rows = [];
  for (const reflector of names("reflectors", values.reflectors, REFLECTORS)) {
    const options = { clients: sessions, holdTime: HOLD_TIME, oneCore: true };
    const opened: BgpClient[] = [];
    const timer = keepAlive(opened);
    const figures = await withSessions(
      reflector,
      options,
      (bench) => measure(bench, seconds, routes),
      () => ({ holdTime: HOLD_TIME }),
      (client) => opened.push(client),
    ).finally(() => clearInterval(timer));
    rows.push({ reflector, ...figures });
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows);
  const isCorrect = rows.every((row) => row.ended === 0 && row.longestSilenceSeconds < HOLD_TIME);
  if (!isCorrect) console.error("a session has ended, or heard nothing for its hold time");
  return isCorrect ? 0 : 1;
}

await runMain(main);
