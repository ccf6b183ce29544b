/** `selvedge ipam check`: compares allocations, endpoints and what hosts say of their kernels, and repairs on request. */
import { check, type Finding, readObservations, repair } from "@selvedge/ipam";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { findingDocument, formatFindings } from "../show/ipam.ts";
import { datastoreOption, withStore } from "./datastore-option.ts";
import { isChosenFinding, readIpamState, silentHosts } from "./ipam-state.ts";

interface CheckOptions {
  readonly namespace?: string;
  readonly subnet?: string;
  readonly repair?: boolean;
  readonly datastore: string;
  readonly output: OutputFormat;
}

/** `ipam check`. */
export function ipamCheckCommand(io: CommandIo): Command {
  return new Command("check")
    .description(
      "compare given addresses, endpoints and hosts; exit code 1 when something is wrong",
    )
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("--subnet <name>", "only of this subnet")
    .option("--repair", "repair what has one right answer, as long as it has not changed since")
    .addOption(outputOption())
    .addOption(datastoreOption())
    .action(async (options: CheckOptions) => {
      const findings = await withStore(options.datastore, "read", async (store) => {
        const state = await readIpamState(store);
        const { wired, unwired, hosts, unreadable } = await readObservations(store);
        for (const host of silentHosts(state.resources, hosts)) {
          io.stderr(
            `selvedge: ${host} does not say what it has: its agent does not count as alive\n`,
          );
        }
        const compared = check({ ...state, hostAddresses: wired, unwiredAddresses: unwired });
        const damaged = unreadable.map((entry): Finding => ({ kind: "unreadable", ...entry }));
        const found = [...compared, ...damaged].filter((one) => isChosenFinding(one, options));
        if (options.repair !== true) return found.map((finding) => findingDocument(finding));
        const repairs = await repair(store, state.stored, found);
        return repairs.map(({ finding, outcome }) => findingDocument(finding, outcome));
      });
      io.stdout(formatDocument({ findings }, options.output, formatFindings));
      const wrong = findings.filter(({ outcome }) => outcome !== "repaired").length;
      if (wrong === 0) return;
      const advice = options.repair === true ? "see above" : "--repair repairs what it can";
      throw new CommandError(EXIT.failure, `${wrong} of the addresses are wrong; ${advice}`);
    });
}
