/** `selvedge ipam release`: takes an address back from an owner that does not need it any more. */
import { allocationsOf, poolName, repair } from "@selvedge/ipam";
import { parseResourceKey, resourceKey } from "@selvedge/resources";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { datastoreOption, withStore } from "./datastore-option.ts";
import { readIpamState, requireAddress } from "./ipam-state.ts";

interface ReleaseOptions {
  readonly namespace: string;
  readonly subnet: string;
  readonly datastore: string;
}

/** `ipam release`. */
export function ipamReleaseCommand(io: CommandIo): Command {
  return new Command("release")
    .description("take an address back; not that of an endpoint that has it")
    .argument("<address>", "the address")
    .requiredOption("-n, --namespace <tenant>", "the tenant")
    .requiredOption("--subnet <name>", "the subnet")
    .addOption(datastoreOption())
    .action(async (text: string, options: ReleaseOptions) => {
      const address = requireAddress(text);
      const pool = { tenant: options.namespace, subnet: options.subnet };
      const owner = await withStore(options.datastore, "read", async (store) => {
        const { stored, resources } = await readIpamState(store);
        const known = stored.pools.get(poolName(pool));
        const use = [...(known === undefined ? [] : allocationsOf(known))].find(
          (allocation) => allocation.address === address,
        );
        if (use === undefined) {
          throw new CommandError(EXIT.usage, `nobody has ${address} of ${poolName(pool)}`);
        }
        const endpoint = resources.find(
          (resource) => resource.kind === "Endpoint" && resourceKey(resource) === use.owner,
        );
        if (endpoint?.kind === "Endpoint" && endpoint.spec.addresses.includes(address)) {
          const name = parseResourceKey(use.owner)?.name;
          throw new CommandError(
            EXIT.failure,
            `${address} is an address of ${use.owner}; change that, or delete it: selvedge delete endpoint ${name} -n ${pool.tenant}`,
          );
        }
        const { block, owner, time: since } = use;
        const leak = { kind: "leaked", pool, address, block, owner, since } as const;
        const [done] = await repair(store, stored, [leak]);
        if (done?.outcome !== "repaired") {
          throw new CommandError(EXIT.failure, `${address} has changed meanwhile; try again`);
        }
        return owner;
      });
      io.stdout(`${address} of ${poolName(pool)} released, which ${owner} had\n`);
    });
}
