/**
 * What a lab has made, written down before it is made, so that whoever cleans up after a lab that
 * was killed knows what is the lab's and what is not. One JSON value a line, only ever appended.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const entrySchema = z.discriminatedUnion("kind", [
  /** A network namespace is about to be made under this name. */
  z.object({ kind: z.literal("namespace"), name: z.string() }),
  /** It was made and is this one. */
  z.object({ kind: z.literal("namespace-made"), name: z.string(), id: z.string() }),
  /** It was not made: somebody else has the name. */
  z.object({ kind: z.literal("namespace-refused"), name: z.string() }),
  /** An agent is about to run that makes namespaces whose names start so. */
  z.object({ kind: z.literal("agent-namespaces"), prefix: z.string() }),
  /** A process that waits for our word before it does anything. */
  z.object({
    kind: z.literal("process"),
    role: z.string(),
    pid: z.number(),
    startTime: z.number(),
  }),
  /** The lab is meant to outlive the process that made it. */
  z.object({ kind: z.literal("kept") }),
]);

export type JournalEntry = z.infer<typeof entrySchema>;
export type ProcessEntry = Extract<JournalEntry, { kind: "process" }>;

/** Everything that a lab has made, or may have. */
export interface Remains {
  /** `id` is absent when the lab ended between the announcement and the making. */
  readonly namespaces: readonly { readonly name: string; readonly id: string | undefined }[];
  readonly agentPrefixes: readonly string[];
  readonly processes: readonly ProcessEntry[];
  readonly kept: boolean;
}

export class Journal {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get exists(): boolean {
    return existsSync(this.#path);
  }

  append(entry: JournalEntry): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }

  remains(): Remains {
    return remainsOf(this.exists ? parseJournal(readFileSync(this.#path, "utf8")) : []);
  }
}

/** Reads the lines of a journal; a last line that was cut off says nothing was done yet. */
export function parseJournal(text: string): JournalEntry[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => entrySchema.parse(JSON.parse(line)));
}

/** What the entries add up to. */
export function remainsOf(entries: readonly JournalEntry[]): Remains {
  const namespaces = new Map<string, string | undefined>();
  const agentPrefixes = new Set<string>();
  const processes: ProcessEntry[] = [];
  let kept = false;
  for (const entry of entries) {
    switch (entry.kind) {
      case "namespace":
        namespaces.set(entry.name, undefined);
        break;
      case "namespace-made":
        namespaces.set(entry.name, entry.id);
        break;
      case "namespace-refused":
        namespaces.delete(entry.name);
        break;
      case "agent-namespaces":
        agentPrefixes.add(entry.prefix);
        break;
      case "process":
        processes.push(entry);
        break;
      case "kept":
        kept = true;
        break;
      default:
        entry satisfies never;
    }
  }
  return {
    namespaces: [...namespaces].map(([name, id]) => ({ name, id })),
    agentPrefixes: [...agentPrefixes],
    processes,
    kept,
  };
}
