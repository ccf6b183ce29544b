/** `selvedge delete`: takes declared resources back, what uses others before what it uses. */
import type { ResourceClient } from "@selvedge/api";
import { KIND_NAMES, type Resource } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { isRefusedAs } from "../connection/failures.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { awaitResource, type Wanted } from "./await-resource.ts";
import { dryRunOption } from "./change-options.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
} from "./manifest-files.ts";
import {
  requireSome,
  type Target,
  type TargetOptions,
  targetOf,
  targetsOf,
} from "./select-resources.ts";
import { timeLimit, timeoutOption } from "./time-span.ts";

interface DeleteOptions extends Partial<ManifestFiles>, TargetOptions {
  readonly dryRun: "none" | "server";
  readonly ignoreNotFound?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

/** `delete`. */
export function deleteCommand(io: CommandIo): Command {
  const command = new Command("delete")
    .description("take declared resources back; refused while others refer to them")
    .argument("[kinds]", "tenants, hosts, vrfs, subnets, endpoints, several with commas, or all")
    .argument("[names...]", "which ones; KIND/NAME names resources of several kinds")
    .addOption(fileOption("instead of kinds and names, the resources of files"))
    .addOption(recursiveOption())
    .option("-n, --namespace <tenant>", "the tenant")
    .option("-A, --all-namespaces", "with -l, --field-selector or --all: of all tenants")
    .option("-l, --selector <labels>", "instead of names, such as role=web")
    .option("--field-selector <fields>", "instead of names, such as spec.host=h1")
    .option("--all", "instead of names, all of the kinds")
    .option("--ignore-not-found", "what is not there is no failure")
    .addOption(dryRunOption())
    .option("--wait", "until those are gone that a finalizer holds")
    .addOption(timeoutOption("with --wait, how long at most"));
  return addConnectionOptions(command).action(
    async (kinds: string | undefined, names: string[], options: DeleteOptions) => {
      const words = kinds === undefined ? [] : [kinds, ...names];
      await withClient(connectionOf(command), "read", io, async (client) => {
        const doomed = await doomedBy(client, words, options, io);
        const signal = timeLimit(options.timeout);
        await withEach(inOrder(doomed), io, async (one) => {
          const held = await deleteOne(client, one, options, io);
          if (held === undefined || options.wait !== true || options.dryRun === "server") return;
          await awaitResource(client, one, goneOf(held), signal, io);
          io.stdout(`${one.key} deleted\n`);
        });
      });
    },
  );
}

async function doomedBy(
  client: ResourceClient,
  words: readonly string[],
  options: DeleteOptions,
  io: CommandIo,
): Promise<readonly Target[]> {
  const { filename, recursive, ignoreNotFound } = options;
  if (filename !== undefined) {
    if (words.length === 0) {
      return doomedByFiles(recursive === undefined ? { filename } : { filename, recursive }, io);
    }
    const message = "-f and names exclude each other; give one of them";
    throw new CommandError(EXIT.usage, message);
  }
  if (words.length === 0) {
    const message = "name a kind and what to delete, or a file with -f";
    throw new CommandError(EXIT.usage, message);
  }
  const doomed = await targetsOf(client, words, options, io);
  return ignoreNotFound === true ? doomed : requireSome(doomed);
}

async function doomedByFiles(files: ManifestFiles, io: CommandIo): Promise<Target[]> {
  const manifests = await readManifests(files, io);
  // A uid in a file is of the time when it was written.
  return manifests.map(({ resource }) => ({ ...targetOf(resource), uid: undefined }));
}

/** Endpoints first and tenants last: nothing is deleted that others refer to. */
function inOrder(doomed: readonly Target[]): readonly Target[] {
  const rank = ({ kind }: Target) => KIND_NAMES.indexOf(kind);
  return doomed.toSorted((a, b) => rank(b) - rank(a));
}

/** The resource while a finalizer holds it. */
async function deleteOne(
  client: ResourceClient,
  { kind, at, key, uid }: Target,
  { dryRun, ignoreNotFound }: DeleteOptions,
  io: CommandIo,
): Promise<Resource | undefined> {
  const isDry = dryRun === "server";
  try {
    const preconditions = uid === undefined ? undefined : { uid };
    const left = await client.delete(kind, at, { dryRun: isDry, preconditions });
    const holders = left?.metadata.finalizers?.join(", ");
    const became = left === undefined ? "deleted" : `is being deleted, held by ${holders}`;
    io.stdout(`${key} ${became}${isDry ? " (server dry run)" : ""}\n`);
    return left;
  } catch (error) {
    if (ignoreNotFound === true && isRefusedAs(error, "NotFound")) return undefined;
    throw error;
  }
}

/** One of the same name that comes after it is another one. */
function goneOf({ metadata: { uid } }: Resource): Wanted {
  return {
    isMet: (resource) => resource?.metadata.uid !== uid,
    mayBeMissing: true,
    words: "to be deleted",
  };
}
