/** `selvedge ipam check`: compares allocations, endpoints and what hosts say of their kernels, and repairs on request. */
import { Command } from "commander";
import { addConnectionOptions } from "../connection/connection-options.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatFindings } from "../show/ipam.ts";
import { askIpam, type SelectionOptions, selectionOf } from "./ipam-client.ts";

interface CheckOptions extends SelectionOptions {
  readonly repair?: boolean;
  readonly output: OutputFormat;
}

/** `ipam check`. */
export function ipamCheckCommand(io: CommandIo): Command {
  const command = new Command("check")
    .description(
      "compare given addresses, endpoints and hosts; exit code 1 when something is wrong",
    )
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("--subnet <name>", "only of this subnet")
    .option("--repair", "repair what has one right answer, as long as it has not changed since")
    .addOption(outputOption());
  return addConnectionOptions(command).action(
    async ({ repair = false, output, ...options }: CheckOptions) => {
      const of = selectionOf(options);
      const what = `comparing addresses${repair ? ", and repairing them" : ""}`;
      const { findings, silentHosts } = await askIpam(command, io, what, (client) =>
        repair ? client.repair(of) : client.check(of),
      );
      for (const host of silentHosts) {
        io.stderr(
          `selvedge: ${host} does not say what it has: its agent does not count as alive\n`,
        );
      }
      io.stdout(formatDocument({ findings }, output, formatFindings));
      const wrong = findings.filter(({ outcome }) => outcome !== "repaired").length;
      if (wrong === 0) return;
      const advice = repair ? "see above" : "--repair repairs what it can";
      throw new CommandError(EXIT.failure, `${wrong} of the addresses are wrong; ${advice}`);
    },
  );
}
