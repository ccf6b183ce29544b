/**
 * The workloads of a lab: attached by the agents of their hosts, each with a probe port that answers
 * for it. For each it is measured how long after the attach call it answers somebody on another host.
 */
import { RefusedError, UnreachableError } from "@selvedge/api";
import { orInterrupted } from "../interruption.ts";
import { LabError } from "../lab-error.ts";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import { ProbePort } from "../probe/probe-port.ts";
import type { LabAgent } from "./agents.ts";
import type { Fabric } from "./fabric.ts";

/** Fine enough to tell milliseconds; one packet each. */
const PROBE_INTERVAL_MS = 2;
const FIRST_REPLY_TIMEOUT_MS = 10_000;
export const WORKLOAD_INTERFACE = "eth0";

export interface FirstReply {
  /** `tenant/endpoint`. */
  readonly endpoint: string;
  /** Who asked. */
  readonly from: string;
  /** Milliseconds from the attach call; undefined when it did not answer in time. */
  readonly elapsed: number | undefined;
}

export class Workloads implements Disposable {
  readonly #ports: ReadonlyMap<string, ProbePort>;

  private constructor(ports: ReadonlyMap<string, ProbePort>) {
    this.#ports = ports;
  }

  /** Opens the probe ports; `token` marks the probes of this run. */
  static open(planned: readonly PlannedWorkload[], fabric: Fabric, token: string): Workloads {
    const open = ({ endpoint, namespace }: PlannedWorkload): [string, ProbePort] => [
      endpoint,
      new ProbePort(endpoint, token, fabric.namespace(namespace)),
    ];
    return new Workloads(new Map(planned.map(open)));
  }

  port(endpoint: string): ProbePort {
    const port = this.#ports.get(endpoint);
    if (port === undefined) throw new Error(`the lab has no workload ${endpoint}`);
    return port;
  }

  /** Attaches all, one after the other. Nobody is there to ask for the first of a tenant. */
  async attach(
    planned: readonly PlannedWorkload[],
    agentOf: (host: string) => LabAgent,
    signal: AbortSignal,
  ): Promise<FirstReply[]> {
    const replies: FirstReply[] = [];
    const attached: PlannedWorkload[] = [];
    for (const workload of planned) {
      const witness = chooseWitness(workload, attached);
      const attaching = attachOne(workload, agentOf(workload.host));
      if (witness === undefined) await orInterrupted(attaching, signal);
      else replies.push(await this.#timeFirstReply(workload, witness, attaching, signal));
      attached.push(workload);
    }
    return replies;
  }

  async #timeFirstReply(
    workload: PlannedWorkload,
    witness: PlannedWorkload,
    attaching: Promise<void>,
    signal: AbortSignal,
  ): Promise<FirstReply> {
    const { endpoint, addresses } = workload;
    const { endpoint: from } = witness;
    const [address] = addresses;
    if (address === undefined) throw new Error(`${endpoint} has no address`);
    const failed = new AbortController();
    const asking = this.port(from).ask(address, {
      timeout: FIRST_REPLY_TIMEOUT_MS,
      interval: PROBE_INTERVAL_MS,
      signal: AbortSignal.any([signal, failed.signal]),
    });
    asking.catch(() => {});
    try {
      await orInterrupted(attaching, signal);
    } catch (error) {
      failed.abort();
      throw error;
    }
    const answer = await asking;
    return { endpoint, from, elapsed: answer?.elapsed };
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports.values()) port.close();
  }
}

/** Somebody of the same VRF who is attached already, if possible on another host. */
function chooseWitness(
  workload: PlannedWorkload,
  attached: readonly PlannedWorkload[],
): PlannedWorkload | undefined {
  const { tenant, vrf, host } = workload;
  const others = attached.filter((other) => other.tenant === tenant && other.vrf === vrf);
  return others.find((other) => other.host !== host) ?? others[0];
}

async function attachOne(workload: PlannedWorkload, agent: LabAgent): Promise<void> {
  const { endpoint, namespace } = workload;
  try {
    await agent.client.attach({ endpoint, namespace, interface: WORKLOAD_INTERFACE });
  } catch (cause) {
    if (!(cause instanceof RefusedError || cause instanceof UnreachableError)) throw cause;
    throw new LabError(`cannot attach ${endpoint}: ${cause.message}`, { cause });
  }
}
