/** Traffic from one workload to another, and what became of it: iperf3 and ping in their namespaces. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Path } from "./paths.ts";

/** How much went through in a second, and what it cost. */
export interface Rate {
  /** Bits or packets a second, as received. */
  readonly rate: number;
  /** Processor seconds of the whole machine a bit or packet. */
  readonly cpuSeconds: number;
}

/** Round-trip times of echo requests, each sent when the one before was answered. */
export interface Latency {
  readonly averageMicroseconds: number;
}

const ECHOES = 2000;
/** Octets of a UDP payload that makes a small packet. */
const SMALL = 64;
const SERVER_END_MS = 2000;
/** Clock ticks a second, USER_HZ of proc_stat(5), which is 100 on all of Linux. */
const TICKS = 100;

/** One TCP connection. */
export async function throughput(path: Path, seconds: number): Promise<Rate> {
  const { report, cpuSeconds } = await iperf(path, seconds, []);
  const bits = numberAt(report, "end", "sum_received", "bytes") * 8;
  const rate = numberAt(report, "end", "sum_received", "bits_per_second");
  return { rate, cpuSeconds: cpuSeconds / bits };
}

/** One UDP sender that sends as fast as it can; what arrived counts. */
export async function smallPackets(path: Path, seconds: number): Promise<Rate> {
  const options = ["--udp", "--length", String(SMALL), "--bitrate", "0"];
  const { report, cpuSeconds } = await iperf(path, seconds, options);
  const lost = numberAt(report, "end", "sum", "lost_packets");
  const received = numberAt(report, "end", "sum", "packets") - lost;
  const rate = received / numberAt(report, "end", "sum", "seconds");
  return { rate, cpuSeconds: cpuSeconds / received };
}

/** Echo requests without a pause. */
export function latency({ near, address }: Path): Latency {
  const args = [
    "netns",
    "exec",
    near,
    "ping",
    "-q",
    "-A",
    "-c",
    String(ECHOES),
    "-w",
    "30",
    address,
  ];
  const { stdout } = spawnSync("ip", args, { encoding: "utf8" });
  const average = /= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1];
  if (average === undefined) throw new Error(`ping ${address}: ${stdout}`);
  return { averageMicroseconds: Number(average) * 1000 };
}

async function iperf(
  { near, far, address }: Path,
  seconds: number,
  options: readonly string[],
): Promise<{ readonly report: unknown; readonly cpuSeconds: number }> {
  const server = start(far, ["--server", "--one-off", "--forceflush"]);
  try {
    await listening(server);
    const before = busySeconds();
    const client = start(near, [
      ...["--client", address, "--json", "--time", String(seconds)],
      ...options,
    ]);
    const text = await output(client);
    const cpuSeconds = busySeconds() - before;
    const report: unknown = JSON.parse(text);
    return { report, cpuSeconds };
  } finally {
    await end(server);
  }
}

function start(namespace: string, args: readonly string[]): ChildProcess {
  // What goes wrong is in the client's report; the server's complaints repeat it.
  return spawn("ip", ["netns", "exec", namespace, "iperf3", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** A server ends by itself soon after its one client. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, "exit");
  const timer = setTimeout(() => server.kill(), SERVER_END_MS);
  await exit;
  clearTimeout(timer);
}

async function listening({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null) throw new Error("iperf3 has no output");
  for await (const line of createInterface({ input: stdout })) {
    if (line.includes("listening")) {
      stdout.resume();
      return;
    }
  }
  throw new Error("iperf3 ended before it listened");
}

async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await once(child, "close");
  return text;
}

/** What all processors have done since the machine started (proc_stat(5)): all but idle and iowait. */
function busySeconds(): number {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS;
}

/** A number in iperf3's report. Throws what iperf3 says went wrong. */
function numberAt(report: unknown, ...path: readonly string[]): number {
  let value: unknown = report;
  for (const name of path) {
    value = isRecord(value) ? value[name] : undefined;
  }
  if (typeof value === "number") return value;
  const reason = isRecord(report) ? report["error"] : undefined;
  throw new Error(`iperf3: ${typeof reason === "string" ? reason : `no ${path.join(".")}`}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
