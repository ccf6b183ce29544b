/** BIRD in a network namespace, with static routes that its kernel protocol exports. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A protocol of static routes: its name, its preference, and lines such as `route 10.0.0.1/32 via 192.0.2.1;`. */
export interface StaticProtocol {
  readonly name: string;
  readonly preference: number;
  readonly routes: readonly string[];
}

const GIVE_UP_MS = 20_000;

/** A running daemon; ends with its disposal. */
export class Bird implements AsyncDisposable {
  readonly #directory: string;
  readonly #daemon: ChildProcess;

  private constructor(directory: string, daemon: ChildProcess) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  /** Resolves when it answers commands. */
  static async start(namespace: string, protocols: readonly StaticProtocol[]): Promise<Bird> {
    const directory = mkdtempSync(join(tmpdir(), "selvedge-bird-"));
    const config = join(directory, "bird.conf");
    writeFileSync(config, configOf(protocols));
    const args = ["-f", "-c", config, "-s", join(directory, "ctl"), "-P", join(directory, "pid")];
    const daemon = spawn("ip", ["netns", "exec", namespace, "bird", ...args], { stdio: "ignore" });
    const bird = new Bird(directory, daemon);
    for (let waited = 0; waited < GIVE_UP_MS; waited += 50) {
      if (bird.#ask("show status").includes("Daemon is up")) return bird;
      await pause(50);
    }
    await bird[Symbol.asyncDispose]();
    throw new Error(`BIRD does not start: ${bird.#ask("show status")}`);
  }

  /** `ip netns exec` becomes the daemon. */
  get pid(): number {
    return this.#daemon.pid ?? 0;
  }

  /** Runs a command of birdc. Throws when the daemon refuses it. */
  command(words: string): void {
    const answer = this.#ask(words);
    if (/syntax error|Unknown|Unable/i.test(answer)) throw new Error(`birdc ${words}: ${answer}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.kill("SIGTERM")) {
      await once(this.#daemon, "exit");
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #ask(words: string): string {
    const args = ["-s", join(this.#directory, "ctl"), ...words.split(" ")];
    const { stdout, stderr } = spawnSync("birdc", args, { encoding: "utf8" });
    return `${stdout}${stderr}`;
  }
}

function configOf(protocols: readonly StaticProtocol[]): string {
  return [
    "router id 192.0.2.254;",
    "protocol device { scan time 3600; }",
    "protocol kernel { scan time 3600; ipv4 { export all; }; }",
    ...protocols.flatMap(({ name, preference, routes }) => [
      `protocol static ${name} {`,
      `  ipv4 { preference ${preference}; };`,
      ...routes,
      "}",
    ]),
    "",
  ].join("\n");
}
