/**
 * How long a reflector takes to pass on one route while it is busy with others: a sender and a receiver of their
 * own, in a thread of their own, so that the load's clients do not delay them.
 *
 * The sender announces one route with changing attributes every 10 ms; while an announcement is under way the next
 * ones wait, and each is counted with the time that it would have had to wait (no omission of what a stall hides).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { BgpClient, clientSource } from "./bgp-client.ts";
import { quantile, rounded } from "./figures.ts";
import { announcements, isFrom } from "./reflection-load.ts";
import { ASN } from "./sessions-with.ts";

const INTERVAL_MS = 10;

/** Milliseconds. */
export interface Latency {
  readonly samples: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

interface ProbeData {
  readonly port: number;
  /** Number of the sender; the receiver is the next one. */
  readonly client: number;
}

/** A probe that runs. */
export class LatencyProbe {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Connects clients `client` and `client + 1`, and begins. */
  static async start(port: number, client: number): Promise<LatencyProbe> {
    const data: ProbeData = { port, client };
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    await answer(worker);
    return new LatencyProbe(worker);
  }

  /** What was measured since the last call. */
  async take(): Promise<Latency> {
    this.#worker.postMessage("take");
    const latencies = await answer(this.#worker);
    const at = (share: number): number => rounded(quantile(latencies, share), 1);
    return { samples: latencies.length, median: at(0.5), p99: at(0.99), max: at(1) };
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

function answer(worker: Worker): Promise<number[]> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function probe({ client, port }: ProbeData): Promise<void> {
  let told = 0;
  const sender = await BgpClient.open({ port, asn: ASN, address: clientSource(client) });
  const receiver = await BgpClient.open({
    port,
    asn: ASN,
    address: clientSource(client + 1),
    onRoutes: (kind, { view, start, end }) => {
      if (kind === "withdrawn") return;
      for (let at = start; at < end; at += 2 + view.getUint8(at + 1)) {
        if (isFrom(view, at, client)) told++;
      }
    },
  });
  const updates = [100, 101].map((localPreference) =>
    announcements(client, { types: "type-5", routes: 1, tenants: 1, localPreference }),
  );
  let latencies: number[] = [];
  let start: number | undefined;
  const note = (took: number): void => {
    for (let left = took; left > 0; left -= INTERVAL_MS) latencies.push(left);
  };
  parentPort?.on("message", () => {
    // An announcement under way counts with its age so far.
    if (start !== undefined) note(performance.now() - start);
    parentPort?.postMessage(latencies);
    latencies = [];
  });
  parentPort?.postMessage([]);
  for (let n = 0; ; n++) {
    const before = told;
    start = performance.now();
    await sender.send(updates[n & 1]?.pieces ?? []);
    await receiver.until(() => told > before);
    const took = performance.now() - start;
    start = undefined;
    note(took);
    await sleep(Math.max(0, INTERVAL_MS - took));
  }
}

if (!isMainThread) await probe(workerData);
