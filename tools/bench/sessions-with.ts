/** A reflector and its clients for the time of one measurement. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseAsn } from "@selvedge/net";
import { BgpClient, type BgpClientOptions, clientSource } from "./bgp-client.ts";
import {
  type ReflectorName,
  type ReflectorOptions,
  ReflectorProcess,
} from "./reflector-process.ts";

/** The AS of all sessions. */
export const ASN: ReturnType<typeof parseAsn> = parseAsn(65000);

/** Sessions have come up and everybody has said End-of-RIB. */
const SETTLE_MS = 2000;
/** A reflector that has had nothing to do for so long is done. */
const QUIET_MS = 500;
/** Sessions that are brought up at once: more would overrun the reflector's queue of connections. */
const AT_ONCE = 100;

/** A reflector that runs, with its clients connected. */
export interface Bench {
  readonly reflector: ReflectorProcess;
  readonly clients: readonly BgpClient[];
}

/** What the clients of a measurement are told beyond port, AS and address. */
export type ClientHooks = (client: number) => Pick<BgpClientOptions, "holdTime" | "onRoutes">;

/** A reflector to be started, and how many of its clients are left for others to connect. */
export interface BenchOptions extends Omit<ReflectorOptions, "asn"> {
  readonly spare?: number;
}

/** Starts a reflector, connects its clients, runs `measure`, and ends both. */
export async function withSessions<Result>(
  name: ReflectorName,
  options: BenchOptions,
  measure: (bench: Bench) => Promise<Result>,
  hooks: ClientHooks = () => ({}),
  onOpen: (client: BgpClient) => void = () => {},
): Promise<Result> {
  await using reflector = await ReflectorProcess.start(name, { ...options, asn: ASN });
  const clients: BgpClient[] = [];
  try {
    const wanted = options.clients - (options.spare ?? 0);
    for (let first = 0; first < wanted; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, wanted - first);
      const opening = Array.from({ length: count }, (_, i) =>
        BgpClient.open({
          port: reflector.port,
          asn: ASN,
          address: clientSource(first + i),
          ...hooks(first + i),
        }),
      );
      const opened = await Promise.all(opening);
      clients.push(...opened);
      for (const client of opened) onOpen(client);
    }
    await sleep(SETTLE_MS);
    return await measure({ reflector, clients });
  } finally {
    for (const client of clients) client.close();
  }
}

/** Waits until the reflector uses less than a share of a core, so that all of its work is counted. */
export async function quiet(reflector: ReflectorProcess, share = 0.04): Promise<void> {
  for (let before = -1; ; ) {
    const now = reflector.cpuSeconds;
    if (now - before < (share * QUIET_MS) / 1000) return;
    before = now;
    await sleep(QUIET_MS);
  }
}

/** Waits for `work`; false when it takes longer than `seconds`. */
export async function within(seconds: number, work: Promise<unknown>): Promise<boolean> {
  const abort = new AbortController();
  const timeout = sleep(seconds * 1000, false, { signal: abort.signal }).catch(() => false);
  const isDone = await Promise.race([work.then(() => true), timeout]);
  abort.abort();
  return isDone;
}
