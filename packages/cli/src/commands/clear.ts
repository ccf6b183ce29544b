/** `selvedge clear bgp`: ends sessions or exchanges their routes again, in FRR's words. */
import type { BgpClearRequest } from "@selvedge/api";
import { parseIpAddress, ValueError } from "@selvedge/net";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { agentClient, socketOption } from "./agent-client.ts";

type Mode = BgpClearRequest["mode"];

interface ClearCommandOptions {
  readonly socket: string;
  readonly message?: string;
}

const MODES: ReadonlyMap<string, Mode> = new Map([
  ["", "hard"],
  ["hard", "hard"],
  ["soft", "soft"],
  ["soft in", "soft-in"],
  ["in", "soft-in"],
  ["soft out", "soft-out"],
  ["out", "soft-out"],
]);

const DONE: Readonly<Record<Mode, string>> = {
  hard: "session reset",
  soft: "asked for its routes again, and being told all routes again",
  "soft-in": "asked for its routes again",
  "soft-out": "being told all routes again",
};

const CLEAR_HELP = `
Neighbour: an address, or all (FRR's * too).
How, as in FRR:
  hard      ends the session, its routes go, a new session begins; the default
  soft in   asks for its routes again (ROUTE-REFRESH)
  soft out  tells it all routes again
  soft      both
Exit codes: 0 done, 1 refused (of all: at least one was), 2 wrong usage or no such neighbour, 3 no agent.`;

/** `clear` and what is below it. */
export function clearCommand(io: CommandIo): Command {
  const clear = new Command("clear").description("clear what an agent holds");
  clear
    .command("bgp")
    .description("end BGP sessions, or exchange their routes again")
    .argument("<neighbour>", "address of a neighbour, or all")
    .argument("[how...]", "hard, soft, soft in or soft out")
    .option("--message <text>", "why, for the operator of the other end (hard only, RFC 9003)")
    .addOption(socketOption())
    .addHelpText("after", CLEAR_HELP)
    .action(async (neighbor: string, how: string[], options: ClearCommandOptions) => {
      const request = requireRequest(neighbor, how.join(" "), options.message);
      const { neighbors } = await agentClient(options).clearBgp(request);
      const refused: string[] = [];
      for (const outcome of neighbors) {
        if (outcome.kind === "cleared") io.stdout(`${outcome.address}: ${DONE[request.mode]}\n`);
        else refused.push(`\n  ${outcome.reason}`);
      }
      if (refused.length > 0) {
        const count = `${refused.length} of ${neighbors.length}`;
        throw new CommandError(EXIT.failure, `${count} neighbours not cleared:${refused.join("")}`);
      }
    });
  return clear;
}

function requireRequest(text: string, how: string, message: string | undefined): BgpClearRequest {
  const mode = MODES.get(how);
  if (mode === undefined) {
    throw new CommandError(EXIT.usage, `"${how}" is none of hard, soft, soft in, soft out`);
  }
  const neighbor = requireNeighbor(text);
  if (mode === "hard") return { mode, neighbor, message: message ?? "" };
  if (message !== undefined) {
    throw new CommandError(EXIT.usage, "--message goes with the end of a session: use hard");
  }
  return { mode, neighbor };
}

function requireNeighbor(text: string): BgpClearRequest["neighbor"] {
  if (text === "all" || text === "*") return "all";
  try {
    return parseIpAddress(text);
  } catch (error) {
    if (error instanceof ValueError) throw new CommandError(EXIT.usage, error.message);
    throw error;
  }
}
