/** `selvedge ipam release`: takes an address back from an owner that does not need it any more. */
import { Command } from "commander";
import { addConnectionOptions } from "../connection/connection-options.ts";
import type { CommandIo } from "../io.ts";
import { askIpam, requireAddress } from "./ipam-client.ts";

interface ReleaseOptions {
  readonly namespace: string;
  readonly subnet: string;
}

/** `ipam release`. */
export function ipamReleaseCommand(io: CommandIo): Command {
  const command = new Command("release")
    .description("take an address back; not that of an endpoint that has it")
    .argument("<address>", "the address")
    .requiredOption("-n, --namespace <tenant>", "the tenant")
    .requiredOption("--subnet <name>", "the subnet");
  return addConnectionOptions(command).action(
    async (text: string, { namespace: tenant, subnet }: ReleaseOptions) => {
      const address = requireAddress(text);
      const { owner } = await askIpam(command, io, `taking ${address} back`, (client) =>
        client.release({ tenant, subnet }, address),
      );
      io.stdout(`${address} of ${tenant}/${subnet} released, which ${owner} had\n`);
    },
  );
}
