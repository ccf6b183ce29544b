/** `selvedge describe`: resources for people, with what they refer to and what refers to them. */
import { KINDS, type Resource } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { withProgress } from "../progress.ts";
import { describeMetadata } from "../show/describe-metadata.ts";
import { describeSpec } from "../show/describe-resource.ts";
import { formatDescription } from "../show/description.ts";
import { readResources } from "./read-resources.ts";
import { SurroundingsReader } from "./read-surroundings.ts";
import { selectedBy, tenantFor } from "./resource-arguments.ts";
import type { TargetOptions } from "./select-resources.ts";

/** `describe`. */
export function describeCommand(io: CommandIo): Command {
  const command = new Command("describe")
    .description("describe resources, what they refer to, and what refers to them")
    .argument("<kind>", "tenants, hosts, vrfs, subnets or endpoints")
    .argument("[names...]", "only these; KIND/NAME names resources of several kinds")
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("-A, --all-namespaces", "of all tenants, as without -n")
    .option("-l, --selector <labels>", "instead of names, such as role=web");
  return addConnectionOptions(command).action(
    async (kind: string, names: string[], options: TargetOptions) => {
      const selected = selectedBy([kind, ...names], options.namespace);
      if (selected.kind === "named" && options.selector !== undefined) {
        throw new CommandError(EXIT.usage, "names and -l exclude each other; give one of them");
      }
      await withClient(connectionOf(command), "read", io, async (client) => {
        const surroundings = new SurroundingsReader(client);
        let count = 0;
        const describe = async (resource: Resource) => {
          const what = `reading what is around ${resource.metadata.name}`;
          const around = await withProgress(
            io,
            () => what,
            () => surroundings.around(resource),
          );
          const metadata = describeMetadata(resource, Date.now());
          const text = formatDescription([...metadata, ...describeSpec(resource, around)]);
          io.stdout(count === 0 ? text : `\n${text}`);
          count++;
        };
        if (selected.kind === "named") {
          await withEach(selected.resources, io, async (target) =>
            describe(await client.get(target.kind, target.at)),
          );
          return;
        }
        for (const one of selected.kinds) {
          const selection = { namespace: tenantFor(one, options), labelSelector: options.selector };
          const { items } = await readResources(client, one, selection, io);
          for (const resource of items) await describe(resource);
        }
        if (count > 0) return;
        const plurals = selected.kinds.map((one) => KINDS[one].plural).join(", ");
        throw new CommandError(EXIT.usage, `no such ${plurals} declared`);
      });
    },
  );
}
