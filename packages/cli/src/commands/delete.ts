/** `selvedge delete`: takes declared resources back, all that are named or none. */
import { type Change, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatApplied } from "./apply.ts";
import { datastoreOption, withResources } from "./datastore-option.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
  refusal,
} from "./manifest-files.ts";
import { requireKey, requireKind } from "./resource-arguments.ts";

interface DeleteOptions extends Partial<ManifestFiles> {
  readonly namespace?: string;
  readonly datastore: string;
}

/** `delete`. */
export function deleteCommand(io: CommandIo): Command {
  return new Command("delete")
    .description("take declared resources back, all that are named or none")
    .argument("[kind]", "tenants, hosts, vrfs, subnets or endpoints")
    .argument("[names...]", "which ones")
    .addOption(fileOption("instead of kind and names, the resources of files"))
    .addOption(recursiveOption())
    .option("-n, --namespace <tenant>", "the tenant")
    .addOption(datastoreOption())
    .action(async (kind: string | undefined, names: string[], options: DeleteOptions) => {
      const { filename, recursive } = options;
      const changes =
        filename === undefined
          ? changesOfNames(kind, names, options.namespace)
          : await changesOfFiles(
              recursive === undefined ? { filename } : { filename, recursive },
              io,
            );
      const outcome = await withResources(options.datastore, "read", (resources) =>
        resources.apply(changes),
      );
      if (outcome.kind === "refused") throw refusal(outcome.issues);
      if (outcome.kind === "conflict") throw new Error(`${outcome.key} was compared with nothing`);
      io.stdout(formatApplied(outcome));
    });
}

function changesOfNames(
  kindText: string | undefined,
  names: readonly string[],
  tenant: string | undefined,
): Change[] {
  if (kindText === undefined || names.length === 0) {
    throw new CommandError(EXIT.usage, "name a kind and what to delete, or a file with -f");
  }
  const kind = requireKind(kindText);
  return names.map((name) => ({ kind: "delete", key: requireKey(kind, name, tenant) }));
}

async function changesOfFiles(files: ManifestFiles, io: CommandIo): Promise<Change[]> {
  const manifests = await readManifests(files, io);
  return manifests.map(({ resource }) => ({ kind: "delete", key: resourceKey(resource) }));
}
