/** Everybody asks every address: who answers whom. */
import type { IpAddress } from "@selvedge/net";
import type { PlannedWorkload } from "../plan/lab-plan.ts";
import { sortedAddresses } from "../plan/topology-rules.ts";
import type { ProbePort } from "./probe-port.ts";

export interface ReachabilityMatrix {
  readonly sources: readonly PlannedWorkload[];
  /** Every address that any of them has, each once, in order. */
  readonly addresses: readonly IpAddress[];
  /** By source and address: `tenant/endpoint` of who answered; undefined for silence. */
  readonly answers: readonly (readonly (string | undefined)[])[];
}

/** An answer takes a millisecond; silence has to be waited for. */
const TIMEOUT_MS = 1000;
const INTERVAL_MS = 200;

export async function probeMatrix(
  sources: readonly PlannedWorkload[],
  portOf: (endpoint: string) => ProbePort,
  signal: AbortSignal,
): Promise<ReachabilityMatrix> {
  const addresses = sortedAddresses(sources.flatMap((source) => source.addresses));
  const answers = await Promise.all(
    sources.map((source) => {
      const port = portOf(source.endpoint);
      return Promise.all(
        addresses.map(async (address) => {
          const options = { timeout: TIMEOUT_MS, interval: INTERVAL_MS, signal };
          return (await port.ask(address, options))?.answerer;
        }),
      );
    }),
  );
  return { sources, addresses, answers };
}
