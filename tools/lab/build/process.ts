/**
 * Long-running processes of a lab. Each waits for a word from the lab before it becomes the wanted
 * program, and that word comes after the journal has its pid: a lab that is killed at any instant
 * leaves no process that the journal does not name. If the lab ends before the word, so does it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type Readable, Writable } from "node:stream";
import type { NetworkNamespace } from "@selvedge/netlink";
import { identityOf, isAlive, signalProcess } from "../../setup/process-identity.mjs";
import type { Journal, ProcessEntry } from "../state/journal.ts";

/** Keeps its pid and start time through exec. */
const WAIT_FOR_WORD = 'read -r word <&3 && exec "$@" 3<&-';

/** Where the output goes: an open file, or to us. */
export type Output = number | "pipe" | "ignore";

export interface ProcessOptions {
  /** For messages and the journal, such as "agent h1". */
  readonly role: string;
  readonly namespace: NetworkNamespace;
  readonly command: readonly [string, ...string[]];
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class LabProcess {
  readonly role: string;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when the process has ended and its output is read. */
  readonly ended: Promise<ProcessEnd>;
  readonly #entry: ProcessEntry;

  private constructor(role: string, child: ChildProcess, entry: ProcessEntry) {
    this.role = role;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
    this.#entry = entry;
  }

  static start(options: ProcessOptions, journal: Journal): LabProcess {
    const { role, namespace, command, stdout, stderr } = options;
    // A session of its own: a Ctrl-C in the terminal is for the lab, which ends its processes.
    const child = namespace.run(() =>
      spawn("/bin/sh", ["-c", WAIT_FOR_WORD, "sh", ...command], {
        stdio: ["ignore", stdout, stderr, "pipe"],
        detached: true,
      }),
    );
    const identity = child.pid === undefined ? undefined : identityOf(child.pid);
    if (identity === undefined) throw new Error(`cannot start a process for ${role}`);
    const entry: ProcessEntry = { kind: "process", role, ...identity };
    journal.append(entry);
    giveWord(child);
    return new LabProcess(role, child, entry);
  }

  get pid(): number {
    return this.#entry.pid;
  }

  get isRunning(): boolean {
    return isAlive(this.#entry);
  }

  signal(signal: NodeJS.Signals): void {
    signalProcess(this.#entry, signal);
  }
}

function giveWord(child: ChildProcess): void {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Writable)) throw new Error("a lab process was started without its pipe");
  pipe.on("error", () => {});
  pipe.end("go\n");
}
