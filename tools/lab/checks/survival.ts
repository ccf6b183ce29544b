/**
 * Kills the agent of a host with SIGKILL while probes run between two endpoints, starts it again, and
 * counts what was lost: the kernel forwards on, and neither the death nor the return of the agent
 * may disturb it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { LabAgent } from "../build/agents.ts";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import type { ProbePort } from "../probe/probe-port.ts";
import { ProbeStream, type StreamResult } from "../probe/probe-stream.ts";
import { type CheckOutcome, judged } from "./outcome.ts";

const PROBE_INTERVAL_MS = 10;
const SETTLE_MS = 500;
/** How long the host is without an agent: less than a hold time, more than any retry. */
const DEAD_MS = 2000;

export interface SurvivalSubject {
  readonly agent: LabAgent;
  readonly from: PlannedWorkload;
  readonly to: PlannedWorkload;
  /** Of `from`. */
  readonly port: ProbePort;
}

export async function checkSurvival(
  { agent, from, to, port }: SurvivalSubject,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const streams = to.addresses.map((address) => new ProbeStream(port, address, PROBE_INTERVAL_MS));
  let results: readonly StreamResult[] = [];
  try {
    await sleep(SETTLE_MS, undefined, { signal });
    await agent.kill();
    await sleep(DEAD_MS, undefined, { signal });
    agent.start();
    await agent.ready(signal);
    await agent.bgpEstablished(signal);
    await sleep(SETTLE_MS, undefined, { signal });
  } finally {
    results = await Promise.all(streams.map((stream) => stream.stop()));
  }
  return judged(
    `packets from ${from.endpoint} to ${to.endpoint} and back survive the death and return of the agent of ${agent.plan.host}`,
    results.flatMap(lossOf),
    `killed with SIGKILL, dead for ${DEAD_MS / 1000} s; one packet each ${PROBE_INTERVAL_MS} ms, ` +
      `${results.map(({ address, sent }) => `${sent} to ${address}`).join(", ")}, none lost`,
  );
}

/** What one stream lost, as a fault; nothing when it lost nothing. */
export function lossOf({ address, sent, lost }: StreamResult): string[] {
  const [first, last] = [lost[0], lost.at(-1)];
  if (first === undefined || last === undefined) return [];
  const when = `between ${(first / 1000).toFixed(2)} s and ${(last / 1000).toFixed(2)} s`;
  return [`${lost.length} of ${sent} to ${address} lost, ${when}; killed at ${SETTLE_MS / 1000} s`];
}
