/** tcpdump on every interface of a namespace. */
import { buffer, text } from "node:stream/consumers";
import type { NetworkNamespace } from "@selvedge/netlink";
import { LabProcess } from "../build/process.ts";
import { LabError } from "../lab-error.ts";
import type { Journal } from "../state/journal.ts";

/**
 * Immediate mode: a packet is in the file when its answer is seen. The kernel's buffer is divided
 * into slots of the snapshot length, so the default of 256 KiB leaves room for eight packets only.
 */
const OPTIONS = ["-i", "any", "-nn", "-U", "--immediate-mode", "-s", "512", "-w", "-"];
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

  /**
   * Ends the capture.
   *
   * @returns the savefile.
   * @throws LabError when packets were lost: what was not seen proves nothing then.
   */
  async stop(): Promise<Buffer> {
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
