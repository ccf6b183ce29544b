/** `selvedge diff`: what applying files would change, as the server says in a dry run. Changes nothing. */
import type { AppliedResource, ResourceClient } from "@selvedge/api";
import { type Resource, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { isRefusedAs } from "../connection/failures.ts";
import { withClient } from "../connection/with-client.ts";
import { describeError } from "../error-report.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { resourceDiff } from "../show/resource-diff.ts";
import { applyManifests } from "./apply-manifests.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
} from "./manifest-files.ts";
import { nameOf } from "./resource-arguments.ts";

const DIFF_HELP = `
Exit codes: 0 nothing would change, 1 something would, 2 and above it cannot be said.`;

/** `diff`. */
export function diffCommand(io: CommandIo): Command {
  const command = new Command("diff")
    .description("show what applying files would change; changes nothing")
    .addOption(fileOption("what would be applied").makeOptionMandatory())
    .addOption(recursiveOption())
    .addHelpText("after", DIFF_HELP);
  return addConnectionOptions(command).action(async (options: ManifestFiles) => {
    const connection = connectionOf(command);
    const differs = await neverAsDifference(async () => {
      const manifests = await readManifests(options, io);
      return withClient(connection, "read", io, async (client) => {
        const applied = await applyManifests(client, manifests, { dryRun: true }, io);
        return printDifferences(client, applied, io);
      });
    });
    // There is nothing to be said: the differences are.
    if (differs) throw new CommandError(EXIT.failure, "");
  });
}

async function printDifferences(
  client: ResourceClient,
  applied: readonly AppliedResource[],
  io: CommandIo,
): Promise<boolean> {
  let differs = false;
  for (const { result, resource } of applied) {
    if (result === "unchanged") continue;
    const before = result === "created" ? undefined : await present(client, resource);
    const text = resourceDiff(resourceKey(resource), before, resource);
    if (text === "") continue;
    io.stdout(text);
    differs = true;
  }
  return differs;
}

/** Undefined for one that somebody has deleted since. */
async function present(client: ResourceClient, resource: Resource): Promise<Resource | undefined> {
  try {
    return await client.get(resource.kind, nameOf(resource));
  } catch (error) {
    if (isRefusedAs(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Exit code 1 says that there are differences, and nothing else. */
async function neverAsDifference<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const report = describeError(error);
    if (report?.exitCode !== EXIT.failure) throw error;
    throw new CommandError(EXIT.usage, report.message, { cause: error });
  }
}
