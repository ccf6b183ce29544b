/** Route reflectors as processes of their own, on a port of the loopback interface: this one, FRR's bgpd, GoBGP. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientSource, REFLECTOR_ADDRESS } from "./bgp-client.ts";
import { cpuSecondsOf, memoryMiBOf } from "./process-figures.ts";

const BGPD = "/usr/lib/frr/bgpd";
const GOBGPD = "/usr/bin/gobgpd";
const DEFAULT_HOLD_TIME = 240;

/** The reflectors that can be compared. */
export const REFLECTORS = ["selvedge", "frr", "gobgp"] as const;
export type ReflectorName = (typeof REFLECTORS)[number];

/** What a reflector is started with. */
export interface ReflectorOptions {
  readonly clients: number;
  readonly asn: number;
  /** Seconds that it proposes; the clients of this directory propose 0 unless told otherwise. */
  readonly holdTime?: number;
  /** Run on the first core alone (taskset). */
  readonly oneCore?: boolean;
  /** Directory for a CPU profile of this speaker (*.cpuprofile, for the developer tools of a browser). */
  readonly profile?: string | undefined;
}

/** A reflector that runs. */
export class ReflectorProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #signal: NodeJS.Signals;

  private constructor(
    child: ChildProcess,
    port: number,
    directory: string,
    signal: NodeJS.Signals,
  ) {
    this.#child = child;
    this.port = port;
    this.#directory = directory;
    this.#signal = signal;
  }

  /** Starts a reflector. It may not listen yet. */
  static async start(name: ReflectorName, options: ReflectorOptions): Promise<ReflectorProcess> {
    const directory = mkdtempSync(join(tmpdir(), "selvedge-bench-"));
    const port = await freePort();
    const command = commandOf(name, { ...options, directory, port });
    const [program = "", ...args] = options.oneCore ? ["taskset", "1", ...command] : command;
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    await once(child, "spawn");
    // A profile is written when the process ends of itself; all else need not end well.
    const signal = options.profile === undefined ? "SIGKILL" : "SIGTERM";
    return new ReflectorProcess(child, port, directory, signal);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** User and system time so far. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.#pid);
  }

  /** Most memory it has had resident, in MiB. */
  get peakRssMiB(): number {
    return memoryMiBOf(this.#pid, "VmHWM");
  }

  /** Memory resident now, in MiB. */
  get rssMiB(): number {
    return memoryMiBOf(this.#pid, "VmRSS");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning && this.#child.kill(this.#signal)) await once(this.#child, "exit");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the reflector has not been started");
    return pid;
  }
}

/** Whether a reflector can be started on this machine. */
export function isInstalled(name: ReflectorName): boolean {
  if (name === "selvedge") return true;
  try {
    accessSync(name === "frr" ? BGPD : GOBGPD, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Start extends ReflectorOptions {
  readonly directory: string;
  readonly port: number;
}

function commandOf(name: ReflectorName, start: Start): readonly string[] {
  if (name === "frr") return frrCommand(start);
  return name === "gobgp" ? gobgpCommand(start) : selvedgeCommand(start);
}

function selvedgeCommand(start: Start): readonly string[] {
  const { port, clients, asn, holdTime = DEFAULT_HOLD_TIME, profile } = start;
  const file = fileURLToPath(new URL("./selvedge-reflector.ts", import.meta.url));
  const numbers = [port, clients, asn, holdTime].map(String);
  const profiled = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  return [process.execPath, ...process.execArgv, ...profiled, file, ...numbers];
}

function sources(clients: number): readonly string[] {
  return Array.from({ length: clients }, (_, client) => clientSource(client));
}

/** bgpd alone: without zebra, privileges and vty, and with nothing of the machine's configuration. */
function frrCommand({
  directory,
  port,
  clients,
  asn,
  holdTime = DEFAULT_HOLD_TIME,
}: Start): readonly string[] {
  const file = join(directory, "bgpd.conf");
  writeFileSync(
    file,
    `router bgp ${asn}
 bgp router-id 10.0.0.1
 no bgp default ipv4-unicast
 neighbor clients peer-group
 neighbor clients remote-as ${asn}
 neighbor clients passive
 neighbor clients timers ${Math.floor(holdTime / 3)} ${holdTime}
 ${sources(clients)
   .map((source) => `neighbor ${source} peer-group clients`)
   .join("\n ")}
 address-family l2vpn evpn
  neighbor clients activate
  neighbor clients route-reflector-client
 exit-address-family
`,
  );
  return [
    ...[BGPD, "--skip_runas", "--no_zebra", "--config_file", file],
    ...["--bgp_port", `${port}`, "--listenon", REFLECTOR_ADDRESS, "--vty_port", "0"],
    ...["--pid_file", join(directory, "bgpd.pid"), "--vty_socket", directory],
  ];
}

/** gobgpd without its API. */
function gobgpCommand({
  directory,
  port,
  clients,
  asn,
  holdTime = DEFAULT_HOLD_TIME,
}: Start): readonly string[] {
  const file = join(directory, "gobgpd.toml");
  const neighbors = sources(clients).map(
    (source) => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${source}"
    peer-as = ${asn}
  [neighbors.transport.config]
    passive-mode = true
  [neighbors.timers.config]
    hold-time = ${holdTime}
  [neighbors.route-reflector.config]
    route-reflector-client = true
    route-reflector-cluster-id = "10.0.0.1"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
`,
  );
  writeFileSync(
    file,
    `[global.config]
  as = ${asn}
  router-id = "10.0.0.1"
  port = ${port}
  local-address-list = ["${REFLECTOR_ADDRESS}"]
${neighbors.join("")}`,
  );
  return [GOBGPD, "--config-file", file, "--api-hosts", `unix://${join(directory, "api")}`];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, REFLECTOR_ADDRESS);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
