/** `selvedge show ...`: what an agent knows, in FRR's words. */
import { Command, InvalidArgumentError } from "commander";
import type { CommandIo } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatAgentStatus } from "../show/agent-status.ts";
import { formatBgpSummary } from "../show/bgp-summary.ts";
import { formatEndpoints } from "../show/endpoints.ts";
import { formatEvpnRoutes } from "../show/evpn-routes.ts";
import { formatVrfs } from "../show/vrf.ts";
import { agentClient, socketOption } from "./agent-client.ts";

interface ShowOptions {
  readonly socket: string;
  readonly output: OutputFormat;
}

interface RouteOptions extends ShowOptions {
  readonly rd?: string;
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

  const bgp = show.command("bgp").description("BGP sessions");
  leaf(bgp, "summary", "state of each BGP session").action(async (options: ShowOptions) => {
    const document = await agentClient(options).bgpSummary();
    io.stdout(formatDocument(document, options.output, formatBgpSummary));
  });

  const evpn = show.command("evpn").description("EVPN tables");
  leaf(evpn, "routes", "EVPN routes by route distinguisher, all paths")
    .option("--rd <rd>", "only this route distinguisher")
    .option("--type <number>", "only this EVPN route type", parseRouteType)
    .action(async (options: RouteOptions) => {
      const document = await agentClient(options).evpnRoutes({
        ...(options.rd === undefined ? {} : { rd: options.rd }),
        ...(options.type === undefined ? {} : { routeType: options.type }),
      });
      io.stdout(formatDocument(document, options.output, formatEvpnRoutes));
    });

  leaf(show, "vrf", "VRFs that this host carries").action(async (options: ShowOptions) => {
    const document = await agentClient(options).vrfs();
    io.stdout(formatDocument(document, options.output, formatVrfs));
  });

  leaf(show, "endpoints", "endpoints of this host").action(async (options: ShowOptions) => {
    const document = await agentClient(options).endpoints();
    io.stdout(formatDocument(document, options.output, formatEndpoints));
  });
  return show;
}

function parseRouteType(text: string): number {
  const type = Number(text);
  if (Number.isInteger(type) && type >= 1 && type <= 255) return type;
  throw new InvalidArgumentError("EVPN route types are numbers such as 2, 3 or 5.");
}
