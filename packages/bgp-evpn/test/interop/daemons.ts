/** FRR and GoBGP as peers: configuration files, start and questions. */

import { type ChildProcess, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { end, type Lab } from "./lab.ts";

const FRR = "/usr/lib/frr";

/** What FRR is configured with. */
export interface FrrConfig {
  readonly bgpd: string;
  /**
   * bgpd alone, zebra for the devices of the host's own namespace, or zebra with a tenant VRF, which is that network
   * namespace of the lab (`zebra -n`).
   */
  readonly zebra:
    | { readonly kind: "none" }
    | { readonly kind: "own-namespace" }
    | { readonly kind: "tenant"; readonly namespace: string; readonly config: string };
}

/** FRR. */
export class Frr {
  readonly #lab: Lab;
  readonly #host: string;
  readonly #zebra: FrrConfig["zebra"];
  readonly #directory: string;
  #bgpd: ChildProcess | undefined;

  constructor(lab: Lab, host: string, config: FrrConfig) {
    this.#lab = lab;
    this.#host = host;
    this.#zebra = config.zebra;
    this.#directory = join(lab.directory, host);
    mkdirSync(this.#directory);
    const { zebra } = config;
    const text = zebra.kind === "tenant" ? zebra.config : "";
    writeFileSync(join(this.#directory, "zebra.conf"), text);
    writeFileSync(join(this.#directory, "bgpd.conf"), config.bgpd);
    writeFileSync(join(this.#directory, "vtysh.conf"), "");
  }

  start(): void {
    // The daemons give up root and write their sockets and logs there.
    chmodSync(this.#lab.directory, 0o755);
    execFileSync("chown", ["-R", "frr:frr", this.#directory]);
    this.#startZebra();
    this.startBgpd();
  }

  #startZebra(): void {
    const zebra = this.#zebra;
    if (zebra.kind === "none") return;
    if (zebra.kind !== "tenant") {
      this.#lab.start(this.#host, `${FRR}/zebra`, this.#options("zebra"));
      return;
    }
    const tenant = zebra.namespace;
    // zebra takes every name in /run/netns for a VRF, so it gets a /run/netns with this one only.
    const script = `
      exec 9</run/netns/${this.#lab.name(tenant)}
      mount -t tmpfs tmpfs /run/netns
      touch /run/netns/${tenant}
      mount --bind /proc/self/fd/9 /run/netns/${tenant}
      exec 9<&-
      exec ${FRR}/zebra -n ${this.#options("zebra").join(" ")}`;
    const unshare = ["-m", "--propagation", "private", "sh", "-c", script];
    this.#lab.start(this.#host, "unshare", unshare);
  }

  startBgpd(): void {
    this.#bgpd = this.#lab.start(this.#host, `${FRR}/bgpd`, [
      ...this.#options("bgpd"),
      ...(this.#zebra.kind === "none" ? ["-Z"] : []),
    ]);
  }

  async killBgpd(): Promise<void> {
    if (this.#bgpd !== undefined) await end(this.#bgpd, "SIGKILL");
  }

  signalBgpd(signal: NodeJS.Signals): void {
    this.#bgpd?.kill(signal);
  }

  /** Types lines into the running configuration. */
  configure(lines: readonly string[]): void {
    this.show("configure terminal", ...lines);
  }

  /** What commands print, such as `show` ones; empty while the daemons are not ready. */
  show(...commands: readonly string[]): string {
    const args = ["--vty_socket", this.#directory, "--config_dir", this.#directory];
    for (const command of commands) args.push("-c", command);
    try {
      return this.#lab.run(this.#host, "vtysh", args);
    } catch {
      return "";
    }
  }

  #options(daemon: string): string[] {
    const at = (name: string): string => join(this.#directory, name);
    return [
      ...["-f", at(`${daemon}.conf`), "-i", at(`${daemon}.pid`), "-z", at("zserv.api")],
      ...["--vty_socket", this.#directory, "-P", "0"],
      ...["--log", `file:${at(`${daemon}.log`)}`],
    ];
  }
}

/** GoBGP. */
export class GoBgp {
  readonly #lab: Lab;
  readonly #host: string;
  readonly #config: string;
  #daemon: ChildProcess | undefined;

  constructor(lab: Lab, host: string, config: string) {
    this.#lab = lab;
    this.#host = host;
    this.#config = join(lab.directory, `${host}.toml`);
    writeFileSync(this.#config, config);
  }

  /** With `-r` it says that it has restarted and forwards as before. */
  start(...more: readonly "-r"[]): void {
    const args = ["-f", this.#config, "--api-hosts", "127.0.0.1:50051", "--pprof-disable"];
    this.#daemon = this.#lab.start(this.#host, "gobgpd", [...args, ...more]);
  }

  async kill(): Promise<void> {
    if (this.#daemon !== undefined) await end(this.#daemon, "SIGKILL");
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon?.kill(signal);
  }

  /** `gobgp ...`; empty while the daemon is not ready. */
  run(command: string): string {
    try {
      return this.#lab.run(this.#host, "gobgp", command.split(" "));
    } catch {
      return "";
    }
  }
}
