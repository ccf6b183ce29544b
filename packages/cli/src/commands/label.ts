/** `selvedge label` and `selvedge annotate`: sets and removes single labels or annotations of resources. */
import type { ResourceClient } from "@selvedge/api";
import { type Resource, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { isRefusedAs } from "../connection/failures.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { type DocumentFormat, formatResource } from "../show/resource-documents.ts";
import { documentOption, dryRunOption } from "./change-options.ts";
import { type PairChanges, readPairs } from "./label-arguments.ts";
import type { NamedResource } from "./resource-arguments.ts";
import { requireSome, type TargetOptions, targetsOf } from "./select-resources.ts";

/** Attempts while others change the same resource. */
const ATTEMPTS = 8;

interface LabelOptions extends TargetOptions {
  readonly overwrite?: boolean;
  readonly dryRun: "none" | "server";
  readonly output?: DocumentFormat;
}

type Field = "labels" | "annotations";

/** `label`. */
export function labelCommand(io: CommandIo): Command {
  return pairsCommand("label", "labels", io);
}

/** `annotate`. */
export function annotateCommand(io: CommandIo): Command {
  return pairsCommand("annotate", "annotations", io);
}

function pairsCommand(name: string, field: Field, io: CommandIo): Command {
  const command = new Command(name)
    .description(`set ${field} of resources (NAME=VALUE) and remove them (NAME-)`)
    .argument("<words...>", "KIND NAME... or KIND/NAME..., then NAME=VALUE and NAME-")
    .option("-n, --namespace <tenant>", "the tenant")
    .option("-A, --all-namespaces", "with -l or --all: of all tenants")
    .option("-l, --selector <labels>", "instead of names, such as role=web")
    .option("--all", "instead of names, all of the kinds")
    .option("--overwrite", `${field} that are there may get other values`)
    .addOption(dryRunOption())
    .addOption(documentOption());
  return addConnectionOptions(command).action(async (words: string[], options: LabelOptions) => {
    const { rest, changes } = readPairs(words, field);
    await withClient(connectionOf(command), "read", io, async (client) => {
      const targets = requireSome(await targetsOf(client, rest, options, io));
      await withEach(targets, io, (target) => change(client, target, field, changes, options, io));
    });
  });
}

async function change(
  client: ResourceClient,
  { kind, at, key }: NamedResource,
  field: Field,
  changes: PairChanges,
  { overwrite, dryRun, output }: LabelOptions,
  io: CommandIo,
): Promise<void> {
  const isDry = dryRun === "server";
  for (let attempt = 1; ; attempt++) {
    const before = await client.get(kind, at);
    const present = before.metadata[field] ?? {};
    if (overwrite !== true) refuseOthers(key, present, changes);
    const differs = [...changes].some(([name, value]) => valueIn(present, name) !== value);
    if (!differs) return report(before, "unchanged", isDry, output, io);
    // Null removes it, and the version makes sure that nobody has changed what was looked at (RFC 7396).
    const pairs = Object.fromEntries([...changes].map(([name, value]) => [name, value ?? null]));
    const { resourceVersion } = before.metadata;
    const patch = { metadata: { resourceVersion, [field]: pairs } };
    try {
      const after = await client.patch(kind, at, "merge", patch, { dryRun: isDry });
      const became = field === "labels" ? "labeled" : "annotated";
      return report(after, became, isDry, output, io);
    } catch (error) {
      if (!isRefusedAs(error, "Conflict") || attempt === ATTEMPTS) throw error;
    }
  }
}

function refuseOthers(
  key: string,
  present: Readonly<Record<string, string>>,
  changes: PairChanges,
): void {
  for (const [name, value] of changes) {
    const is = valueIn(present, name);
    if (value === undefined || is === undefined || is === value) continue;
    const message = `${key} has ${name}=${is} already; --overwrite makes it ${name}=${value}`;
    throw new CommandError(EXIT.failure, message);
  }
}

function valueIn(pairs: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(pairs, name) ? pairs[name] : undefined;
}

function report(
  resource: Resource,
  became: string,
  isDry: boolean,
  output: DocumentFormat | undefined,
  io: CommandIo,
): void {
  const line = `${resourceKey(resource)} ${became}${isDry ? " (server dry run)" : ""}\n`;
  io.stdout(output === undefined ? line : formatResource(resource, output));
}
