/** `selvedge apply`: declares the resources of files, all of them or none. */
import { resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import type { CommandIo } from "../io.ts";
import {
  type DocumentFormat,
  formatResource,
  formatResourceList,
} from "../show/resource-documents.ts";
import { applyManifests } from "./apply-manifests.ts";
import { documentOption, dryRunOption } from "./change-options.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
} from "./manifest-files.ts";

interface ApplyOptions extends ManifestFiles {
  readonly dryRun: "none" | "server";
  readonly output?: DocumentFormat;
}

/** `apply`. */
export function applyCommand(io: CommandIo): Command {
  const command = new Command("apply")
    .description("declare the resources of files, all of them or none")
    .addOption(fileOption("what to declare").makeOptionMandatory())
    .addOption(recursiveOption())
    .addOption(dryRunOption())
    .addOption(documentOption());
  return addConnectionOptions(command).action(async (options: ApplyOptions) => {
    const manifests = await readManifests(options, io);
    const isDry = options.dryRun === "server";
    const applied = await withClient(
      connectionOf(command),
      isDry ? "read" : "create",
      io,
      (client) => applyManifests(client, manifests, { dryRun: isDry }, io),
    );
    const { output } = options;
    if (output === undefined) {
      const suffix = isDry ? " (server dry run)" : "";
      for (const { result, resource } of applied) {
        io.stdout(`${resourceKey(resource)} ${result}${suffix}\n`);
      }
      return;
    }
    const resources = applied.map(({ resource }) => resource);
    const [only, second] = resources;
    const isOne = only !== undefined && second === undefined;
    io.stdout(isOne ? formatResource(only, output) : formatResourceList(resources, output));
  });
}
