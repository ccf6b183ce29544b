/** Runs labs as a user does, for tests, and looks for whatever they leave behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NetworkNamespace } from "@selvedge/netlink";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const MARK = "SELVEDGE_TEST_LAB";

export interface LabEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** A lab that runs in a process of its own, and can be waited for. */
export class TestLab {
  readonly name: string;
  readonly ended: Promise<LabEnd>;
  readonly #child: ChildProcess;
  readonly #waiting: Set<() => void> = new Set();
  #output = "";
  #hasEnded = false;

  constructor(name: string, ...args: readonly string[]) {
    this.name = name;
    const child = spawn(process.execPath, [...NODE_FLAGS, MAIN, "--name", name, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, [MARK]: name },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#wake();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        this.#hasEnded = true;
        this.#wake();
        resolve({ code, signal, output: this.#output });
      });
    });
  }

  /** Settles when the output holds `text`; rejects when the lab ends without it. */
  async says(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#hasEnded) throw new Error(`the lab never said "${text}":\n${this.#output}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Everything in the machine that still belongs to the lab: namespaces, processes, files. */
export function leftOvers(name: string): string[] {
  const namespaces = NetworkNamespace.list().filter((other) => other.startsWith(`${name}-`));
  const directory = `/run/selvedge-lab/${name}`;
  return [
    ...namespaces.map((namespace) => `namespace ${namespace}`),
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
    ...processesOf(name).map((pid) => `process ${pid}`),
  ];
}

/** Process ids of what the lab has started; with `command`, of that program's only. */
export function processesOf(name: string, command?: string): number[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && isProcessOf(pid, name))
    .filter((pid) => command === undefined || commandOf(pid) === command)
    .map(Number);
}

/** As the kernel names the program; undefined when it has ended. */
function commandOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

/** Whatever a lab starts has the environment that the lab was given. */
function isProcessOf(pid: string, name: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${MARK}=${name}`);
  } catch {
    return false;
  }
}
