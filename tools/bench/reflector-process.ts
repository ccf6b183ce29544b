/** Route reflectors as processes of their own, on a port of the loopback interface: this one, and FRR's bgpd. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clientSource, REFLECTOR_ADDRESS } from "./bgp-client.ts";

const BGPD = "/usr/lib/frr/bgpd";
const HUNDREDTHS = 100;

/** The reflectors that can be compared. */
export const REFLECTORS = ["selvedge", "frr"] as const;
export type ReflectorName = (typeof REFLECTORS)[number];

/** A reflector that runs. */
export class ReflectorProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, port: number, directory: string) {
    this.#child = child;
    this.port = port;
    this.#directory = directory;
  }

  /** Starts a reflector with so many clients, in AS `asn`. It may not listen yet. */
  static async start(name: ReflectorName, clients: number, asn: number): Promise<ReflectorProcess> {
    const directory = mkdtempSync(join(tmpdir(), "selvedge-bench-"));
    const port = await freePort();
    const [command, args] =
      name === "frr"
        ? frrCommand(directory, port, clients, asn)
        : selvedgeCommand(port, clients, asn);
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    await once(child, "spawn");
    return new ReflectorProcess(child, port, directory);
  }

  /** User and system time so far: proc(5), fields 14 and 15, in hundredths of a second. */
  get cpuSeconds(): number {
    const stat = this.#proc("stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / HUNDREDTHS;
  }

  /** Most memory it has had resident, in MiB. */
  get peakRssMiB(): number {
    return Number(/VmHWM:\s+(\d+) kB/.exec(this.#proc("status"))?.[1] ?? 0) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isRunning = this.#child.exitCode === null && this.#child.signalCode === null;
    if (isRunning && this.#child.kill("SIGKILL")) await once(this.#child, "exit");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, "utf8");
  }
}

/** Whether a reflector can be started on this machine. */
export function isInstalled(name: ReflectorName): boolean {
  if (name === "selvedge") return true;
  try {
    accessSync(BGPD, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Command = readonly [command: string, args: string[]];

function selvedgeCommand(port: number, clients: number, asn: number): Command {
  const file = fileURLToPath(new URL("./selvedge-reflector.ts", import.meta.url));
  const numbers = [port, clients, asn].map(String);
  return [process.execPath, [...process.execArgv, file, ...numbers]];
}

/** bgpd alone: without zebra, privileges and vty, and with nothing of the machine's configuration. */
function frrCommand(directory: string, port: number, clients: number, asn: number): Command {
  const sources = Array.from({ length: clients }, (_, client) => clientSource(client));
  const file = join(directory, "bgpd.conf");
  writeFileSync(
    file,
    `router bgp ${asn}
 bgp router-id 10.0.0.1
 no bgp default ipv4-unicast
 neighbor clients peer-group
 neighbor clients remote-as ${asn}
 neighbor clients passive
 ${sources.map((source) => `neighbor ${source} peer-group clients`).join("\n ")}
 address-family l2vpn evpn
  neighbor clients activate
  neighbor clients route-reflector-client
 exit-address-family
`,
  );
  const args = ["--skip_runas", "--no_zebra", "--config_file", file];
  args.push("--bgp_port", `${port}`, "--listenon", REFLECTOR_ADDRESS, "--vty_port", "0");
  args.push("--pid_file", join(directory, "bgpd.pid"), "--vty_socket", directory);
  return [BGPD, args];
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
