/**
 * The directory of a running lab, /run/selvedge-lab/NAME: who owns the lab, what it made, its
 * datastore, configurations, logs and sockets.
 */
import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { claim } from "../../setup/owner-file.mjs";
import { LabError } from "../lab-error.ts";
import { type CleanUpSummary, cleanUp } from "./clean-up.ts";
import { Journal } from "./journal.ts";

const LABS = "/run/selvedge-lab";
const OWNER = "owner";

/** What was there under the name of a lab: a lab that was killed, or one that was built to stay. */
export type Found = "nothing" | "crashed" | "kept";

export class LabDirectory {
  readonly lab: string;
  readonly path: string;
  readonly journal: Journal;
  readonly found: Found;
  readonly #release: () => void;

  private constructor(lab: string, path: string, release: () => void) {
    this.lab = lab;
    this.path = path;
    this.journal = new Journal(join(path, "journal.jsonl"));
    this.found = foundIn(this.journal);
    this.#release = release;
  }

  /**
   * Makes this process the owner of the lab of that name.
   *
   * @throws LabError when a living process is.
   */
  static claim(lab: string): LabDirectory {
    const path = join(LABS, lab);
    const outcome = claimIn(path);
    if (outcome.kind === "held") {
      throw new LabError(
        `a lab named ${lab} is running (pid ${outcome.holder.pid}). ` +
          `Stop it with Ctrl-C where it runs, or give this one another name: --name NAME`,
      );
    }
    return new LabDirectory(lab, path, outcome.release);
  }

  /** Path of a file of the lab. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Takes away everything that the journal names, then the files. The lab stays claimed. */
  async clear(): Promise<CleanUpSummary> {
    const summary = await cleanUp(this.journal.remains());
    for (const name of readdirSync(this.path)) {
      if (name !== OWNER) rmSync(join(this.path, name), { recursive: true, force: true });
    }
    return summary;
  }

  /** Lets go of the name; an empty directory goes with it. */
  release(): void {
    this.#release();
    for (const directory of [this.path, LABS]) removeIfEmpty(directory);
  }
}

function foundIn(journal: Journal): Found {
  if (!journal.exists) return "nothing";
  return journal.remains().kept ? "kept" : "crashed";
}

/** A lab of the same name that ends at this moment may take the directory away in between. */
function claimIn(path: string): ReturnType<typeof claim> {
  for (;;) {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    try {
      return claim(join(path, OWNER));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** The next lab of the name may have claimed the directory already, or others may still run. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOTEMPTY" && code !== "ENOENT") throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
