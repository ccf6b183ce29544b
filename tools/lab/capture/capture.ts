/** tcpdump on every interface of a namespace. */
import { readFileSync } from "node:fs";
import { buffer, text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { NetworkNamespace } from "@selvedge/netlink";
import { LabProcess } from "../build/process.ts";
import { LabError } from "../lab-error.ts";
import type { Journal } from "../state/journal.ts";

/**
 * Immediate mode: a packet is in the file when its answer is seen. The kernel's buffer is divided
 * into slots of the snapshot length, so the default of 256 KiB leaves room for eight packets only.
 */
const OPTIONS = ["-i", "any", "-nn", "-U", "--immediate-mode", "-s", "512", "-w", "-"];
/** Milliseconds that tcpdump is given to read what it has been handed, and between looks. */
const READING = 10_000;
const LOOK = 5;
const DROPPED = /^(\d+) packets? dropped by kernel$/m;

export class Capture {
  readonly #process: LabProcess;
  readonly #file: Promise<Buffer>;

  private constructor(process: LabProcess, file: Promise<Buffer>) {
    this.#process = process;
    this.#file = file;
  }

  /**
   * Settles when packets are being captured. `filter` is in the words of pcap-filter(7).
   *
   * @throws LabError when tcpdump does not start.
   */
  static async start(
    namespace: NetworkNamespace,
    filter: string,
    journal: Journal,
  ): Promise<Capture> {
    const process = LabProcess.start(
      {
        role: "tcpdump",
        namespace,
        command: ["tcpdump", ...OPTIONS, filter],
        stdout: "pipe",
        stderr: "pipe",
      },
      journal,
    );
    if (process.stdout === null || process.stderr === null) throw new Error("no pipe to tcpdump");
    const file = buffer(process.stdout);
    let words = "";
    for await (const part of process.stderr.iterator({ destroyOnReturn: false })) {
      words += part;
      if (words.includes("listening on")) return new Capture(process, file);
    }
    throw new LabError(`tcpdump does not start:\n${words.trim()}`);
  }

  /** Resolves when it sleeps until there is a packet, so that it has read all before. */
  async #waitsForPackets(): Promise<void> {
    const { pid } = this.#process;
    for (let waited = 0; waited < READING && this.#process.isRunning; waited += LOOK) {
      if (isInPoll(pid)) return;
      await pause(LOOK);
    }
    if (!this.#process.isRunning) return;
    throw new LabError("tcpdump does not come to the end of what it has to read");
  }

  /**
   * Ends the capture.
   *
   * @returns the savefile.
   * @throws LabError when packets were lost: what was not seen proves nothing then.
   */
  async stop(): Promise<Buffer> {
    // At once it would leave unread what it has not had the time for, and not say so.
    await this.#waitsForPackets();
    this.#process.signal("SIGINT");
    const [file, words] = await Promise.all([
      this.#file,
      this.#process.stderr === null ? "" : text(this.#process.stderr),
    ]);
    const dropped = DROPPED.exec(words)?.[1];
    if (dropped !== "0") {
      throw new LabError(`tcpdump lost packets (${dropped ?? "it does not say how many"})`);
    }
    return file;
  }
}

/** proc(5): asleep, and where in the kernel; some kernels say 0 of that. */
function isInPoll(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const isAsleep = stat.slice(stat.lastIndexOf(")") + 2).startsWith("S");
  const where = readFileSync(`/proc/${pid}/wchan`, "latin1");
  return isAsleep && (where === "0" || where.includes("poll"));
}
