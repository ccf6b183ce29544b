/** `selvedge delete`: takes declared resources back, what uses others before what it uses. */
import type { ResourceClient } from "@selvedge/api";
import { KIND_NAMES, KINDS, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { dryRunOption } from "./change-options.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
} from "./manifest-files.ts";
import { readResources } from "./read-resources.ts";
import { type NamedResource, nameOf, selectedBy, tenantFor } from "./resource-arguments.ts";

interface DeleteOptions extends Partial<ManifestFiles> {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly dryRun: "none" | "server";
  readonly ignoreNotFound?: boolean;
}

/** What is to be deleted; with `uid`, only that very one. */
interface Doomed extends NamedResource {
  readonly uid?: string | undefined;
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
    .addOption(dryRunOption());
  return addConnectionOptions(command).action(
    async (kinds: string | undefined, names: string[], options: DeleteOptions) => {
      const words = kinds === undefined ? [] : [kinds, ...names];
      await withClient(connectionOf(command), "read", io, async (client) => {
        const doomed = await doomedBy(client, words, options, io);
        await withEach(inOrder(doomed), io, (one) => deleteOne(client, one, options, io));
      });
    },
  );
}

async function doomedBy(
  client: ResourceClient,
  words: readonly string[],
  options: DeleteOptions,
  io: CommandIo,
): Promise<Doomed[]> {
  const { filename, recursive, namespace, selector, fieldSelector, all } = options;
  if (filename !== undefined) {
    if (words.length > 0) throw usage("-f and names exclude each other; give one of them");
    return doomedByFiles(recursive === undefined ? { filename } : { filename, recursive }, io);
  }
  const selects = (selector ?? fieldSelector) !== undefined || all === true;
  if (words.length === 0) throw usage("name a kind and what to delete, or a file with -f");
  const selected = selectedBy(words, namespace);
  if (selected.kind === "named") {
    if (selects) throw usage("names and selectors exclude each other; give one of them");
    return [...selected.resources];
  }
  if (!selects) throw usage("name what to delete, or select it with -l, --field-selector or --all");
  const doomed: Doomed[] = [];
  for (const kind of selected.kinds) {
    const tenant = tenantFor(kind, options);
    if (KINDS[kind].isNamespaced && tenant === undefined && options.allNamespaces !== true) {
      throw usage("whose? name a tenant with -n TENANT, or all of them with -A");
    }
    const selection = { namespace: tenant, labelSelector: selector, fieldSelector };
    const { items } = await readResources(client, kind, selection, io);
    doomed.push(...items.map(doomedOf));
  }
  if (doomed.length === 0 && options.ignoreNotFound !== true)
    throw usage("nothing to delete found");
  return doomed;
}

async function doomedByFiles(files: ManifestFiles, io: CommandIo): Promise<Doomed[]> {
  const manifests = await readManifests(files, io);
  // A uid in a file is of the time when it was written.
  return manifests.map(({ resource }) => ({ ...doomedOf(resource), uid: undefined }));
}

function doomedOf(resource: Parameters<typeof resourceKey>[0]): Doomed {
  const { kind, metadata } = resource;
  return { kind, at: nameOf(resource), key: resourceKey(resource), uid: metadata.uid };
}

/** Endpoints first and tenants last: nothing is deleted that others refer to. */
function inOrder(doomed: readonly Doomed[]): readonly Doomed[] {
  const rank = ({ kind }: Doomed) => KIND_NAMES.indexOf(kind);
  return doomed.toSorted((a, b) => rank(b) - rank(a));
}

async function deleteOne(
  client: ResourceClient,
  { kind, at, key, uid }: Doomed,
  { dryRun, ignoreNotFound }: DeleteOptions,
  io: CommandIo,
): Promise<void> {
  const isDry = dryRun === "server";
  try {
    const preconditions = uid === undefined ? undefined : { uid };
    const left = await client.delete(kind, at, { dryRun: isDry, preconditions });
    const holders = left?.metadata.finalizers?.join(", ");
    const became = left === undefined ? "deleted" : `is being deleted, held by ${holders}`;
    io.stdout(`${key} ${became}${isDry ? " (server dry run)" : ""}\n`);
  } catch (error) {
    if (ignoreNotFound === true && isNotFound(error)) return;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.reason === "NotFound";
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
