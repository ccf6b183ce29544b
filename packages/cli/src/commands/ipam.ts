/** `selvedge ipam`: who has which address, whether that is right, and taking one back. */
import { Command } from "commander";
import type { CommandIo } from "../io.ts";
import { ipamCheckCommand } from "./ipam-check.ts";
import { ipamReleaseCommand } from "./ipam-release.ts";
import { ipamShowCommand } from "./ipam-show.ts";

/** `ipam` and its subcommands. */
export function ipamCommand(io: CommandIo): Command {
  return new Command("ipam")
    .description("look at addresses of subnets, check them, take one back")
    .addCommand(ipamShowCommand(io))
    .addCommand(ipamCheckCommand(io))
    .addCommand(ipamReleaseCommand(io));
}
