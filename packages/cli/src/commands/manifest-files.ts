/** `-f FILE|DIRECTORY|-`: the manifests that a command line names, or every issue of all of them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  formatIssue,
  type Issue,
  type Manifest,
  type ParsedManifests,
  parseManifests,
} from "@selvedge/resources";
import { Option } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";

/** The option itself; `description` says what the files are for. */
export function fileOption(description: string): Option {
  return new Option(
    "-f, --filename <file...>",
    `${description}: YAML or JSON, a directory, - for standard input`,
  );
}

/** `-R`, which goes with `-f`. */
export function recursiveOption(): Option {
  return new Option("-R, --recursive", "with a directory, those below it as well");
}

/** What `-f` and `-R` said. */
export interface ManifestFiles {
  readonly filename: readonly string[];
  readonly recursive?: boolean;
}

/** Every manifest of the files, or every issue of all of them; what cannot be read is thrown as wrong usage. */
export async function parseFiles(files: ManifestFiles, io: CommandIo): Promise<ParsedManifests> {
  const names = files.filename;
  const isRecursive = files.recursive === true;
  const manifests: Manifest[] = [];
  const issues: Issue[] = [];
  for (const name of names.flatMap((named) => expandDirectory(named, isRecursive))) {
    const text = name === "-" ? await readStandardInput(io) : readFile(name);
    const parsed = parseManifests(text, { file: name === "-" ? "<stdin>" : name });
    if (parsed.kind === "refused") issues.push(...parsed.issues);
    else manifests.push(...parsed.manifests);
  }
  if (issues.length > 0) return { kind: "refused", issues };
  if (manifests.length === 0) {
    throw new CommandError(EXIT.usage, `no resources in ${names.join(", ")}`);
  }
  return { kind: "parsed", manifests };
}

/** @throws CommandError with a line for each issue; nothing has been applied then. */
export async function readManifests(
  files: ManifestFiles,
  io: CommandIo,
): Promise<readonly Manifest[]> {
  const parsed = await parseFiles(files, io);
  if (parsed.kind === "refused") throw refusal(parsed.issues);
  return parsed.manifests;
}

/** The error that lists issues, one a line, after `what` became of the command. */
export function refusal(issues: readonly Issue[], what = "nothing was changed"): CommandError {
  const lines = issues.map((issue) => `  ${formatIssue(issue)}`);
  const count = issues.length === 1 ? "1 fault" : `${issues.length} faults`;
  return new CommandError(EXIT.failure, `${what}, ${count}:\n${lines.join("\n")}`);
}

/** The manifests of a directory, in the order of their paths; anything else is a file by itself. */
function expandDirectory(name: string, isRecursive: boolean): readonly string[] {
  if (name === "-" || !isDirectory(name)) return [name];
  return listDirectory(name, isRecursive)
    .filter((entry) => /\.(ya?ml|json)$/.test(entry))
    .sort()
    .map((entry) => join(name, entry))
    .filter((path) => !isDirectory(path));
}

function listDirectory(name: string, isRecursive: boolean): readonly string[] {
  try {
    return readdirSync(name, { encoding: "utf8", recursive: isRecursive });
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

/** False for what cannot be looked at either: reading it says why. */
function isDirectory(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
}

function readFile(name: string): string {
  try {
    return readFileSync(name, "utf8");
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): CommandError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CommandError(EXIT.usage, `${name} cannot be read: ${reason}`, { cause });
}

async function readStandardInput(io: CommandIo): Promise<string> {
  return new TextDecoder().decode(await io.readStdin());
}
