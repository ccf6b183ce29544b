/** `-f FILE|DIRECTORY|-`: the manifests that a command line names, or every issue of all of them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatIssue, type Issue, type Manifest, parseManifests } from "@selvedge/resources";
import { Option } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";

/** The option itself; `description` says what the files are for. */
export function fileOption(description: string): Option {
  return new Option(
    "-f, --filename <file...>",
    `${description}: YAML or JSON, a directory, - for standard input`,
  );
}

/** @throws CommandError with a line for each issue; nothing has been applied then. */
export async function readManifests(
  names: readonly string[],
  io: CommandIo,
): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  const issues: Issue[] = [];
  for (const name of names.flatMap(expandDirectory)) {
    const text = name === "-" ? await readStandardInput(io) : readFile(name);
    const parsed = parseManifests(text, { file: name === "-" ? "<stdin>" : name });
    if (parsed.kind === "refused") issues.push(...parsed.issues);
    else manifests.push(...parsed.manifests);
  }
  if (issues.length > 0) throw refusal(issues);
  if (manifests.length === 0) {
    throw new CommandError(EXIT.usage, `no resources in ${names.join(", ")}`);
  }
  return manifests;
}

/** The error that lists issues, one a line. */
export function refusal(issues: readonly Issue[]): CommandError {
  const lines = issues.map((issue) => `  ${formatIssue(issue)}`);
  const count = issues.length === 1 ? "1 fault" : `${issues.length} faults`;
  return new CommandError(EXIT.failure, `nothing was changed, ${count}:\n${lines.join("\n")}`);
}

function expandDirectory(name: string): readonly string[] {
  if (name === "-" || !isDirectory(name)) return [name];
  return readdirSync(name)
    .filter((entry) => /\.(ya?ml|json)$/.test(entry))
    .sort()
    .map((entry) => join(name, entry));
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(EXIT.usage, `${name} cannot be read: ${reason}`, { cause });
  }
}

async function readStandardInput(io: CommandIo): Promise<string> {
  return new TextDecoder().decode(await io.readStdin());
}
