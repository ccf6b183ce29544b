/** `selvedge get`: what is declared. */
import { KINDS, type Resource, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatResources } from "../show/resources.ts";
import { datastoreOption, withResources } from "./datastore-option.ts";
import { requireKey, requireKind } from "./resource-arguments.ts";

interface GetOptions {
  readonly namespace?: string;
  readonly datastore: string;
  readonly output: OutputFormat;
}

/** `get`. */
export function getCommand(io: CommandIo): Command {
  return new Command("get")
    .description("print declared resources; the YAML and JSON can be applied again")
    .argument("<kind>", "tenants, hosts, vrfs, subnets or endpoints")
    .argument("[name]", "only this one")
    .option("-n, --namespace <tenant>", "only this tenant's")
    .addOption(outputOption())
    .addOption(datastoreOption())
    .action(async (kindText: string, name: string | undefined, options: GetOptions) => {
      const kind = requireKind(kindText);
      const tenant = options.namespace;
      const { resources } = await withResources(options.datastore, "read", (store) =>
        store.snapshot(),
      );
      const key = name === undefined ? undefined : requireKey(kind, name, tenant);
      const found = resources.filter(
        (resource) =>
          resource.kind === kind &&
          (key === undefined || resourceKey(resource) === key) &&
          (tenant === undefined || tenantOf(resource) === tenant),
      );
      if (found.length === 0) {
        const what = key ?? KINDS[kind].plural;
        const where = tenant === undefined || key !== undefined ? "" : ` of tenant ${tenant}`;
        throw new CommandError(EXIT.usage, `no ${what}${where} declared`);
      }
      const only = key === undefined ? undefined : found[0];
      const document = only ?? { apiVersion: "v1", kind: "List", items: found };
      io.stdout(formatDocument(document, options.output, () => formatResources(kind, found)));
    });
}

function tenantOf(resource: Resource): string | undefined {
  return "namespace" in resource.metadata ? resource.metadata.namespace : undefined;
}
