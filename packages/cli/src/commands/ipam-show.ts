/** `selvedge ipam show`: how much of each pool is used, block by block, or who has an address. */
import { allocationsOf, DEFAULT_COOL_DOWN, usageReport } from "@selvedge/ipam";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import {
  addressDocument,
  blockDocument,
  formatAddresses,
  formatBlocks,
  formatPools,
  poolDocument,
} from "../show/ipam.ts";
import { datastoreOption, withStore } from "./datastore-option.ts";
import { type IpamState, isChosen, readIpamState, requireAddress } from "./ipam-state.ts";

interface ShowOptions {
  readonly namespace?: string;
  readonly subnet?: string;
  readonly blocks?: boolean;
  readonly datastore: string;
  readonly output: OutputFormat;
}

/** `ipam show`. */
export function ipamShowCommand(io: CommandIo): Command {
  return new Command("show")
    .description("print how much of each subnet is used, or who has an address")
    .argument("[address]", "who has this one, in each of the subnets")
    .option("-n, --namespace <tenant>", "only this tenant's")
    .option("--subnet <name>", "only of this subnet")
    .option("--blocks", "block by block")
    .addOption(outputOption())
    .addOption(datastoreOption())
    .action(async (text: string | undefined, options: ShowOptions) => {
      const address = text === undefined ? undefined : requireAddress(text);
      const state = await withStore(options.datastore, "read", readIpamState);
      io.stdout(
        address === undefined ? formatUsage(state, options) : formatUse(state, address, options),
      );
    });
}

function formatUsage({ stored, resources }: IpamState, options: ShowOptions): string {
  const report = usageReport(stored, resources, Date.now(), DEFAULT_COOL_DOWN);
  const pools = report.pools.filter(({ pool }) => isChosen(pool, options)).map(poolDocument);
  if (pools.length === 0) throw new CommandError(EXIT.usage, "no such subnet is declared");
  if (options.blocks !== true) return formatDocument({ pools }, options.output, formatPools);
  const blocks = report.blocks.filter(({ pool }) => isChosen(pool, options)).map(blockDocument);
  return formatDocument({ blocks }, options.output, formatBlocks);
}

function formatUse({ stored }: IpamState, address: string, options: ShowOptions): string {
  const addresses = [...stored.pools.values()]
    .filter(({ id }) => isChosen(id, options))
    .flatMap((pool) =>
      [...allocationsOf(pool)]
        .filter((allocation) => allocation.address === address)
        .map((allocation) =>
          addressDocument(pool.id, allocation, pool.blocks.get(allocation.block)?.value.host),
        ),
    );
  if (addresses.length === 0) throw new CommandError(EXIT.usage, `nobody has ${address}`);
  return formatDocument({ addresses }, options.output, formatAddresses);
}
