/** `selvedge explain KIND[.PATH]`: what the fields of a kind are. Offline. */
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { explainField } from "../show/explain.ts";
import { requireKind } from "./resource-arguments.ts";

/** `explain`. */
export function explainCommand(io: CommandIo): Command {
  return new Command("explain")
    .description("say what a kind or a field of it is, and what is below it, offline")
    .argument("<kind.path>", "such as subnets or vrf.spec.routeTargets")
    .action((text: string) => {
      const [kindText = "", ...path] = text.split(".");
      const explained = explainField(requireKind(kindText), path);
      if (explained.kind === "explained") return io.stdout(explained.text);
      const { field, known } = explained;
      const there = known.length === 0 ? "there are none here" : `there are ${known.join(", ")}`;
      throw new CommandError(EXIT.usage, `no field "${field}" in ${text}; ${there}`);
    });
}
