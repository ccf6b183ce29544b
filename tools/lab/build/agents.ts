/**
 * The agents of a lab: real processes in their hosts' namespaces, each with a configuration file,
 * a log and an API socket in the lab's directory.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ApiClient, type BgpSummaryDocument } from "@selvedge/api";
import { stringify } from "yaml";
import { NODE_FLAGS } from "../../../bin/node-runtime.mjs";
import { LabError } from "../lab-error.ts";
import type { PlannedAgent } from "../plan/lab-plan.ts";
import type { LabDirectory } from "../state/lab-directory.ts";
import type { Fabric } from "./fabric.ts";
import type { LabDatastore } from "./lab-datastore.ts";
import { until } from "./poll.ts";
import { LabProcess } from "./process.ts";

const LAUNCHER = fileURLToPath(new URL("../../../bin/selvedge.mjs", import.meta.url));
/** Seconds. Short, so that a lab shows quickly what a broken session does, and how it comes back. */
const HOLD_TIME = 9;
const CONNECT_RETRY = 1;
const READY_TIMEOUT_MS = 20_000;
const LOG_TAIL_LINES = 8;

export class LabAgent {
  readonly plan: PlannedAgent;
  readonly client: ApiClient;
  readonly socketPath: string;
  readonly #directory: LabDirectory;
  readonly #fabric: Fabric;
  readonly #datastore: LabDatastore;
  #process: LabProcess | undefined;

  constructor(
    plan: PlannedAgent,
    directory: LabDirectory,
    fabric: Fabric,
    datastore: LabDatastore,
  ) {
    this.plan = plan;
    this.#directory = directory;
    this.#fabric = fabric;
    this.#datastore = datastore;
    this.socketPath = directory.file(`${plan.host}/api.sock`);
    this.client = new ApiClient({ socketPath: this.socketPath });
  }

  start(): void {
    const { host, namespace, namespacePrefix } = this.plan;
    const runtimeDirectory = this.#directory.file(host);
    mkdirSync(runtimeDirectory, { recursive: true });
    const config = this.#directory.file(`${host}.yaml`);
    writeFileSync(
      config,
      stringify({
        host,
        datastore: this.#datastore.configuration,
        runtimeDirectory,
        namespacePrefix,
        api: { audit: { file: this.#directory.file(`${host}/audit.jsonl`) } },
        bgp: { holdTime: HOLD_TIME, connectRetry: CONNECT_RETRY },
      }),
    );
    const { journal } = this.#directory;
    journal.append({ kind: "agent-namespaces", prefix: `${namespacePrefix}.` });
    const log = openSync(this.#logPath, "a");
    try {
      this.#process = LabProcess.start(
        {
          role: `agent ${host}`,
          namespace: this.#fabric.namespace(namespace),
          command: [process.execPath, ...NODE_FLAGS, LAUNCHER, "agent", "--config", config],
          stdout: log,
          stderr: log,
        },
        journal,
      );
    } finally {
      closeSync(log);
    }
  }

  /** Ends the agent as a crash would, at once and without a word. */
  async kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    await this.#process?.ended;
  }

  /** Waits until the agent answers that all its parts are ready. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#until("ready", signal, async () => {
      const status = await this.client.status();
      const lagging = status.parts.filter((part) => !part.ready);
      return status.ready
        ? undefined
        : lagging.map((part) => `${part.part}: ${part.message}`).join("; ");
    });
  }

  /** Waits until the agent takes BGP connections. */
  async listening(signal: AbortSignal): Promise<void> {
    await this.#until("listening", signal, async () => {
      await this.client.bgpSummary();
      return undefined;
    });
  }

  /** Waits until every BGP session is there and established. */
  async bgpEstablished(signal: AbortSignal): Promise<void> {
    await this.#until("established", signal, async () => {
      const { peers } = (await this.client.bgpSummary()).l2VpnEvpn;
      const known = Object.keys(peers).length;
      const { sessions } = this.plan;
      return known < sessions ? `knows ${known} of ${sessions} neighbours` : notEstablished(peers);
    });
  }

  /**
   * Polls until `lacking` returns undefined; what it returned last is the reason in the message.
   *
   * @throws LabError when the agent ends, or after the time limit.
   */
  async #until(
    state: string,
    signal: AbortSignal,
    lacking: () => Promise<string | undefined>,
  ): Promise<void> {
    const { host } = this.plan;
    const reason = await until(lacking, {
      signal,
      timeout: READY_TIMEOUT_MS,
      giveUp: () => (this.#process?.isRunning === true ? undefined : "it has ended"),
    });
    if (reason === undefined) return;
    throw new LabError(
      `agent ${host} is not ${state}: ${reason}. The end of its log (${this.#logPath}):\n${this.#logTail()}`,
    );
  }

  get #logPath(): string {
    return this.#directory.file(`${this.plan.host}.log`);
  }

  #logTail(): string {
    const lines = readFileSync(this.#logPath, "utf8").trimEnd().split("\n");
    return lines
      .slice(-LOG_TAIL_LINES)
      .map((line) => `    ${line}`)
      .join("\n");
  }
}

function notEstablished(peers: BgpSummaryDocument["l2VpnEvpn"]["peers"]): string | undefined {
  const others = Object.entries(peers).filter(([, peer]) => peer.state !== "Established");
  if (others.length === 0) return undefined;
  return others
    .map(([address, peer]) => `neighbour ${address} is ${peer.state}${reasonOf(peer.lastError)}`)
    .join("; ");
}

function reasonOf(lastError: string | undefined): string {
  return lastError === undefined ? "" : ` (${lastError})`;
}
