/** `selvedge apply`: declares the resources of files, all of them or none. */
import type { ApplyOutcome } from "@selvedge/datastore";
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import { datastoreOption, withResources } from "./datastore-option.ts";
import {
  fileOption,
  type ManifestFiles,
  readManifests,
  recursiveOption,
  refusal,
} from "./manifest-files.ts";

interface ApplyOptions extends ManifestFiles {
  readonly datastore: string;
}

/** `apply`. */
export function applyCommand(io: CommandIo): Command {
  return new Command("apply")
    .description("declare the resources of files, all of them or none")
    .addOption(fileOption("what to declare").makeOptionMandatory())
    .addOption(recursiveOption())
    .addOption(datastoreOption())
    .action(async (options: ApplyOptions) => {
      const manifests = await readManifests(options, io);
      const changes = manifests.map((manifest) => ({ kind: "put" as const, ...manifest }));
      const outcome = await withResources(options.datastore, "create", (resources) =>
        resources.apply(changes),
      );
      if (outcome.kind === "refused") throw refusal(outcome.issues);
      if (outcome.kind === "conflict") throw new Error(`${outcome.key} was compared with nothing`);
      io.stdout(formatApplied(outcome));
    });
}

/** One line a resource: what became of it. */
export function formatApplied({
  writes,
  unchanged,
}: Extract<ApplyOutcome, { kind: "applied" }>): string {
  const lines = [
    ...writes.map((write) => {
      if (write.kind === "delete") return `${write.key} deleted`;
      return `${write.key} ${write.isNew ? "created" : "configured"}`;
    }),
    ...unchanged.map((key) => `${key} unchanged`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
