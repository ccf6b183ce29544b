/** `selvedge wait`: ends when resources are as they are wanted, or with exit code 3 when the time is over. */
import { Command } from "commander";
import { addConnectionOptions, connectionOf } from "../connection/connection-options.ts";
import { withClient } from "../connection/with-client.ts";
import { withEach } from "../error-report.ts";
import type { CommandIo } from "../io.ts";
import { awaitResource, type Wanted } from "./await-resource.ts";
import { requireSome, type TargetOptions, targetsOf } from "./select-resources.ts";
import { timeLimit, timeoutOption } from "./time-span.ts";
import { isMet, parseWaitCondition, type WaitCondition } from "./wait-condition.ts";

interface WaitOptions extends TargetOptions {
  readonly for: string;
  readonly timeout: number;
}

/** `wait`. */
export function waitCommand(io: CommandIo): Command {
  const command = new Command("wait")
    .description("wait until resources are as they are wanted; exit code 3 when the time is over")
    .argument("<resource...>", "KIND/NAME, KIND NAME..., or a kind with -l")
    .option("-n, --namespace <tenant>", "the tenant")
    .option("-A, --all-namespaces", "with -l: of all tenants")
    .option("-l, --selector <labels>", "instead of names, such as role=web")
    .requiredOption(
      "--for <condition>",
      "delete, create, condition=TYPE[=STATUS], or jsonpath={.spec.host}=h2",
    )
    .addOption(timeoutOption("how long at most; 0: look once"));
  return addConnectionOptions(command).action(async (words: string[], options: WaitOptions) => {
    const condition = parseWaitCondition(options.for);
    const wanted: Wanted = {
      isMet: (resource) => isMet(condition, resource),
      mayBeMissing: condition.kind === "create",
      words: wordsOf(condition, options.for),
    };
    const became = condition.kind === "delete" ? "deleted" : "condition met";
    await withClient(connectionOf(command), "read", io, async (client) => {
      const signal = timeLimit(options.timeout);
      const targets = requireSome(await targetsOf(client, words, options, io));
      await withEach(targets, io, async (target) => {
        await awaitResource(client, target, wanted, signal, io);
        io.stdout(`${target.key} ${became}\n`);
      });
    });
  });
}

function wordsOf({ kind }: WaitCondition, text: string): string {
  if (kind === "delete") return "to be deleted";
  if (kind === "create") return "to be there";
  return `to be ${text}`;
}
