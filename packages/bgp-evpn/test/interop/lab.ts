/**
 * Network namespaces for one interop run: one for each speaker, joined by a bridge in a namespace of its own, so that
 * the machine's own network is not touched. Everything is removed by `dispose`, also after a failure.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NEEDED = {
  ip: "iproute2",
  "/usr/lib/frr/bgpd": "frr",
  "/usr/lib/frr/zebra": "frr",
  vtysh: "frr",
  gobgpd: "gobgpd",
  gobgp: "gobgpd",
  exabgp: "exabgp",
  tcpdump: "tcpdump",
} as const;

/** Fails, with what to do, when the machine lacks what these tests need. */
export function requireLab(): void {
  if (process.getuid?.() !== 0) {
    throw new Error("the interop tests make network namespaces: run them as root");
  }
  const path = (process.env["PATH"] ?? "").split(":").concat("/usr/sbin", "/sbin");
  for (const [program, debianPackage] of Object.entries(NEEDED)) {
    const found = program.startsWith("/")
      ? existsSync(program)
      : path.some((directory) => existsSync(join(directory, program)));
    if (!found) throw new Error(`${program} is missing: apt-get install ${debianPackage}`);
  }
}

/** The namespaces, the directory and the processes of one run. */
export class Lab {
  readonly directory: string = mkdtempSync(join(tmpdir(), "svt-bgp-"));
  readonly #prefix = `svt-bgp-${process.pid}-${Math.random().toString(36).slice(2, 6)}`;
  readonly #namespaces: string[] = [];
  readonly #processes: ChildProcess[] = [];

  /** The full name of a namespace of this run. */
  name(short: string): string {
    return `${this.#prefix}-${short}`;
  }

  addNamespace(short: string): void {
    execFileSync("ip", ["netns", "add", this.name(short)]);
    this.#namespaces.push(this.name(short));
    this.ip(short, "link set lo up");
  }

  /** `ip -n NAMESPACE ...` */
  ip(short: string, args: string): string {
    return execFileSync("ip", ["-n", this.name(short), ...args.split(" ")], { encoding: "utf8" });
  }

  /** A switch, and a namespace with an address on it for each host. */
  addHosts(hosts: Readonly<Record<string, string>>): void {
    this.addNamespace("switch");
    this.ip("switch", "link add br0 type bridge stp_state 0");
    this.ip("switch", "link set br0 up");
    for (const [host, address] of Object.entries(hosts)) {
      this.addNamespace(host);
      const peer = this.name(host);
      this.ip("switch", `link add ${host} type veth peer name eth0 netns ${peer}`);
      this.ip("switch", `link set ${host} master br0 up`);
      this.ip(host, `addr add ${address}/24 dev eth0`);
      this.ip(host, "link set eth0 up");
    }
  }

  /** Runs a program in a namespace to its end and returns what it printed. */
  run(short: string, program: string, args: readonly string[]): string {
    const command = [`--net=/run/netns/${this.name(short)}`, program, ...args];
    return execFileSync("nsenter", command, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Starts a program in a namespace. It is that process itself, so its pid can be signalled. */
  start(short: string, program: string, args: readonly string[]): ChildProcess {
    const command = [`--net=/run/netns/${this.name(short)}`, program, ...args];
    const child = spawn("nsenter", command, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdout.resume();
    child.stderr.resume();
    this.#processes.push(child);
    return child;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#processes.map((child) => end(child, "SIGKILL")));
    for (const namespace of this.#namespaces) {
      try {
        execFileSync("ip", ["netns", "delete", namespace], { stdio: "pipe" });
      } catch {
        // Already gone; the others must go too.
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Signals a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
