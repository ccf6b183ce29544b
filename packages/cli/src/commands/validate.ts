/**
 * `selvedge validate`: are the resources of files right, by themselves and among each other? Offline: it reads neither
 * a datastore nor an agent, so it cannot tell what conflicts with resources that are declared elsewhere.
 */
import { admit, type Issue } from "@selvedge/resources";
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import {
  fileOption,
  type ManifestFiles,
  parseFiles,
  recursiveOption,
  refusal,
} from "./manifest-files.ts";

interface ValidateOptions extends ManifestFiles {
  readonly schemaOnly?: boolean;
}

const VALIDATE_HELP = `
The files are taken together as all there is, so what they refer to must be among them.
Exit codes: 0 all is right, 1 there are faults, 2 wrong usage or no resources found.`;

/** `validate`. */
export function validateCommand(io: CommandIo): Command {
  return new Command("validate")
    .description("check the resources of files and the references among them, offline")
    .addOption(fileOption("what to check").makeOptionMandatory())
    .addOption(recursiveOption())
    .option("--schema-only", "each resource by itself: for files that refer to what is elsewhere")
    .addHelpText("after", VALIDATE_HELP)
    .action(async (options: ValidateOptions) => {
      const parsed = await parseFiles(options, io);
      if (parsed.kind === "refused") throw invalid(parsed.issues);
      const { manifests } = parsed;
      if (options.schemaOnly !== true) {
        const changes = manifests.map((manifest) => ({ kind: "put" as const, ...manifest }));
        const admission = admit(new Map(), changes);
        if (admission.kind === "refused") throw invalid(admission.issues);
      }
      const count = manifests.length === 1 ? "1 resource" : `${manifests.length} resources`;
      io.stdout(`${count}, no faults\n`);
    });
}

function invalid(issues: readonly Issue[]): Error {
  return refusal(issues, "not valid");
}
