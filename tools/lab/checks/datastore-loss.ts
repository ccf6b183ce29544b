/**
 * Kills an etcd member with SIGKILL while probes run, starts it again, and looks at three things: no packet is lost;
 * the other members, if there are enough of them, still take a change that every agent hears of; and in the end every
 * agent follows the datastore, with what was written meanwhile, without having been restarted.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabAgent } from "../build/agents.ts";
import type { EtcdMember } from "../build/etcd-member.ts";
import type { LabDatastore } from "../build/lab-datastore.ts";
import { until } from "../build/poll.ts";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import type { ProbePort } from "../probe/probe-port.ts";
import { ProbeStream, type StreamResult } from "../probe/probe-stream.ts";
import { type CheckOutcome, judged } from "./outcome.ts";
import { lossOf } from "./survival.ts";

const PROBE_INTERVAL_MS = 10;
/** How long the member is dead at least: longer than any agent takes to notice. */
const DEAD_MS = 5000;
const CATCH_UP_MS = 20_000;
/** A resource that concerns no host: only the datastore's revision tells of it. */
const TENANT = "lab-datastore-check";

export interface DatastoreLossSubject {
  readonly datastore: LabDatastore;
  readonly agents: readonly LabAgent[];
  readonly from: PlannedWorkload;
  readonly to: PlannedWorkload;
  /** Of `from`. */
  readonly port: ProbePort;
  /** A file of the lab's that the check may write. */
  readonly manifest: string;
}

export async function checkDatastoreLoss(
  subject: DatastoreLossSubject,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const { datastore, to, port } = subject;
  const { members } = datastore;
  const [member] = members;
  if (member === undefined) throw new Error("a lab on SQLite has no member to kill");
  const hasQuorum = members.length - 1 > members.length / 2;
  const streams = to.addresses.map((address) => new ProbeStream(port, address, PROBE_INTERVAL_MS));
  const faults: string[] = [];
  let results: readonly StreamResult[] = [];
  try {
    await member.kill();
    if (hasQuorum) faults.push(...(await writeAndFollow(subject, "without it", signal)));
    await sleep(DEAD_MS, undefined, { signal });
    if (!hasQuorum) faults.push(...(await allReport(subject.agents, signal)));
    await bringBack(member, signal);
    faults.push(...(await writeAndFollow(subject, "after its return", signal)));
  } finally {
    results = await Promise.all(streams.map((stream) => stream.stop()));
  }
  const { name } = member.plan;
  const what = hasQuorum ? `one of ${members.length} etcd members` : "the only etcd member";
  return judged(
    `forwarding goes on and agents catch up when ${what} dies and returns`,
    [...faults, ...results.flatMap(lossOf)],
    `${name} killed with SIGKILL, dead for ${DEAD_MS / 1000} s; ` +
      `${results.map(({ address, sent }) => `${sent} to ${address}`).join(", ")}, none lost; ` +
      `${hasQuorum ? "changes arrive without it and after its return" : "every agent said so, and followed again"}`,
  );
}

async function bringBack(member: EtcdMember, signal: AbortSignal): Promise<void> {
  member.start();
  await member.ready(signal);
}

/** Writes a change and waits until every agent has followed to a revision beyond what it had. */
async function writeAndFollow(
  { datastore, agents, manifest }: DatastoreLossSubject,
  when: string,
  signal: AbortSignal,
): Promise<string[]> {
  const before = await Promise.all(agents.map(revisionOf));
  writeFileSync(manifest, TENANT_MANIFEST);
  await datastore.selvedge(["apply", "-f", manifest], signal);
  await datastore.selvedge(["delete", "tenants", TENANT], signal);
  const faults = await Promise.all(
    agents.map(async (agent, index) => {
      const reason = await until(
        async () => {
          const revision = await revisionOf(agent);
          if (revision !== undefined && revision > (before[index] ?? 0)) return undefined;
          return `agent ${agent.plan.host} has not heard of a change made ${when}: ${await datastorePart(agent)}`;
        },
        { signal, timeout: CATCH_UP_MS },
      );
      return reason === undefined ? [] : [reason];
    }),
  );
  return faults.flat();
}

/** Faults of agents that do not say that they have lost the datastore. */
async function allReport(agents: readonly LabAgent[], signal: AbortSignal): Promise<string[]> {
  const faults = await Promise.all(
    agents.map(async (agent) => {
      const reason = await until(
        async () => {
          const revision = await revisionOf(agent);
          return revision === undefined
            ? undefined
            : `agent ${agent.plan.host} says that it follows the dead datastore: ${await datastorePart(agent)}`;
        },
        { signal, timeout: CATCH_UP_MS },
      );
      return reason === undefined ? [] : [reason];
    }),
  );
  return faults.flat();
}

const TENANT_MANIFEST = `apiVersion: selvedge.dev/v1alpha1
kind: Tenant
metadata: { name: ${TENANT} }
`;

async function datastorePart(agent: LabAgent): Promise<string> {
  const { parts } = await agent.client.status();
  return parts.find(({ part }) => part === "datastore")?.message ?? "it says nothing of it";
}

/** The revision to which the agent follows the datastore; undefined when it does not follow. */
async function revisionOf(agent: LabAgent): Promise<number | undefined> {
  const found = /^following, revision (\d+)$/.exec(await datastorePart(agent))?.[1];
  return found === undefined ? undefined : Number(found);
}
