/** `selvedge ipam show`: how much of each pool is used, block by block, or who has an address. */
import { Command } from "commander";
import { addConnectionOptions } from "../connection/connection-options.ts";
import type { CommandIo } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatAddresses, formatBlocks, formatPools } from "../show/ipam.ts";
import { askIpam, requireAddress, type SelectionOptions, selectionOf } from "./ipam-client.ts";

interface ShowOptions extends SelectionOptions {
  readonly blocks?: boolean;
  readonly output: OutputFormat;
}

const WHAT = "reading addresses";

/** `ipam show`. */
export function ipamShowCommand(io: CommandIo): Command {
  const command = new Command("show")
    .description("print how much of each subnet is used, or who has an address")
    .argument("[address]", "who has this one, in each of the subnets")
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("--subnet <name>", "only of this subnet")
    .option("--blocks", "block by block")
    .addOption(outputOption());
  return addConnectionOptions(command).action(
    async (text: string | undefined, { blocks = false, output, ...options }: ShowOptions) => {
      const address = text === undefined ? undefined : requireAddress(text);
      const of = selectionOf(options);
      const shown = await askIpam(command, io, WHAT, async (client) => {
        if (address !== undefined) {
          return formatDocument(await client.holdersOf(address, of), output, formatAddresses);
        }
        if (blocks) return formatDocument(await client.blocks(of), output, formatBlocks);
        return formatDocument(await client.pools(of), output, formatPools);
      });
      io.stdout(shown);
    },
  );
}
