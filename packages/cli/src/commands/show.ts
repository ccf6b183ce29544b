/** `selvedge show ...`: what an agent knows, in FRR's words. */
import { parseRouteDistinguisher, type RouteDistinguisher, ValueError } from "@selvedge/net";
import { Command, InvalidArgumentError } from "commander";
import type { CommandIo } from "../io.ts";
import { formatDocument, outputOption } from "../output.ts";
import { formatAgentStatus } from "../show/agent-status.ts";
import { formatEndpoints } from "../show/endpoints.ts";
import { formatMacs } from "../show/macs.ts";
import { parseRouteType } from "../show/route-words.ts";
import { formatVrfs } from "../show/vrf.ts";
import { formatVteps } from "../show/vteps.ts";
import { agentClient, socketOption } from "./agent-client.ts";
import { printRoutes, type ShowOptions, showBgpCommand } from "./show-bgp.ts";

interface RouteOptions extends ShowOptions {
  readonly rd?: RouteDistinguisher;
  readonly type?: number;
}

/** `show` and what is below it. */
export function showCommand(io: CommandIo): Command {
  const show = new Command("show").description("show what an agent knows");
  const leaf = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .addOption(outputOption())
      .addOption(socketOption());

  leaf(show, "status", "health of the agent and its parts").action(async (options: ShowOptions) => {
    const document = await agentClient(options).status();
    io.stdout(formatDocument(document, options.output, formatAgentStatus));
  });

  show.addCommand(showBgpCommand(io));

  const evpn = show.command("evpn").description("EVPN tables");
  leaf(evpn, "routes", "the same as: show bgp l2vpn evpn route")
    .option("--rd <rd>", "only this route distinguisher", parseRd)
    .option("--type <type>", "only this EVPN route type", parseRouteType)
    .action(async ({ output, rd, socket, type }: RouteOptions) => {
      const query = {
        ...(rd === undefined ? {} : { rd }),
        ...(type === undefined ? {} : { routeType: type }),
      };
      const document = await agentClient({ socket }).evpnRoutes(query);
      printRoutes(io, document, { query, detail: false }, output);
    });

  leaf(show, "vrf", "VRFs that this host carries").action(async (options: ShowOptions) => {
    const document = await agentClient(options).vrfs();
    io.stdout(formatDocument(document, options.output, formatVrfs));
  });

  leaf(show, "vteps", "VTEPs that routes lead to, and what the paths there carry").action(
    async (options: ShowOptions) => {
      const document = await agentClient(options).vteps();
      io.stdout(formatDocument(document, options.output, formatVteps));
    },
  );

  leaf(show, "macs", "where the MACs of bridged subnets are").action(
    async (options: ShowOptions) => {
      const document = await agentClient(options).macs();
      io.stdout(formatDocument(document, options.output, formatMacs));
    },
  );

  leaf(show, "endpoints", "endpoints of this host").action(async (options: ShowOptions) => {
    const document = await agentClient(options).endpoints();
    io.stdout(formatDocument(document, options.output, formatEndpoints));
  });
  return show;
}

function parseRd(text: string): RouteDistinguisher {
  try {
    return parseRouteDistinguisher(text);
  } catch (error) {
    if (error instanceof ValueError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
