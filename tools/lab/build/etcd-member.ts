/** An etcd member of a lab: a real process in a namespace of its own, with its data in the lab's directory. */
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { LabError } from "../lab-error.ts";
import type { PlannedMember } from "../plan/datastore-plan.ts";
import type { LabDirectory } from "../state/lab-directory.ts";
import type { Fabric } from "./fabric.ts";
import { until } from "./poll.ts";
import { LabProcess } from "./process.ts";

export const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
const READY_TIMEOUT_MS = 20_000;
const LOG_TAIL_LINES = 8;
/** What a member logs once it is part of a cluster that has a leader. */
const READY = "serving client traffic";

export class EtcdMember {
  readonly plan: PlannedMember;
  readonly #all: readonly PlannedMember[];
  readonly #directory: LabDirectory;
  readonly #fabric: Fabric;
  #process: LabProcess | undefined;
  /** Length of the log when the present process started. */
  #logStart = 0;

  /** `all`: the members of the cluster, this one among them. */
  constructor(
    plan: PlannedMember,
    all: readonly PlannedMember[],
    directory: LabDirectory,
    fabric: Fabric,
  ) {
    this.plan = plan;
    this.#all = all;
    this.#directory = directory;
    this.#fabric = fabric;
  }

  start(): void {
    this.#logStart = this.#log().length;
    const { name, namespace } = this.plan;
    const log = openSync(this.#logPath, "a");
    try {
      this.#process = LabProcess.start(
        {
          role: `etcd ${name}`,
          namespace: this.#fabric.namespace(namespace),
          command: ["etcd", ...this.#arguments()],
          stdout: log,
          stderr: log,
        },
        this.#directory.journal,
      );
    } finally {
      closeSync(log);
    }
  }

  /** Ends the member as a power cut would; what it had committed is on its disk. */
  async kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    await this.#process?.ended;
  }

  /** Waits until the member serves clients. @throws LabError when it ends, or after the time limit. */
  async ready(signal: AbortSignal): Promise<void> {
    const reason = await until(
      async () =>
        this.#log().slice(this.#logStart).includes(READY) ? undefined : "it waits for a leader",
      {
        signal,
        timeout: READY_TIMEOUT_MS,
        giveUp: () => (this.#process?.isRunning === true ? undefined : "it has ended"),
      },
    );
    if (reason === undefined) return;
    throw new LabError(
      `etcd member ${this.plan.name} is not ready: ${reason}. The end of its log (${this.#logPath}):\n${this.#logTail()}`,
    );
  }

  #arguments(): string[] {
    const { name, address } = this.plan;
    const client = `http://${address}:${CLIENT_PORT}`;
    const peer = peerUrl(this.plan);
    return [
      ...["--name", name, "--data-dir", this.#directory.file(name)],
      ...["--listen-client-urls", client, "--advertise-client-urls", client],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", this.#all.map((one) => `${one.name}=${peerUrl(one)}`).join(",")],
      ...["--initial-cluster-state", "new", "--initial-cluster-token", this.#directory.lab],
      ...["--logger", "zap"],
    ];
  }

  get #logPath(): string {
    return this.#directory.file(`${this.plan.name}.log`);
  }

  #log(): string {
    return existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8") : "";
  }

  #logTail(): string {
    const lines = this.#log().trimEnd().split("\n").slice(-LOG_TAIL_LINES);
    return lines.map((line) => `    ${line}`).join("\n");
  }
}

function peerUrl({ address }: PlannedMember): string {
  return `http://${address}:${PEER_PORT}`;
}
