/** `selvedge show bgp ...`: sessions and routes, asked for in FRR's words. */
import type { ApiClient, EvpnRoutesDocument, RouteDirection } from "@selvedge/api";
import { type IpAddress, parseIpAddress, parseVni, ValueError } from "@selvedge/net";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatBgpMemberships } from "../show/bgp-memberships.ts";
import { formatBgpNeighbors } from "../show/bgp-neighbors.ts";
import { formatBgpSummary } from "../show/bgp-summary.ts";
import { formatEvpnRouteDetail } from "../show/evpn-route-detail.ts";
import { formatEvpnRoutes } from "../show/evpn-routes.ts";
import { formatEvpnVni, formatEvpnVnis } from "../show/evpn-vnis.ts";
import { parseRouteWords, type RouteWords } from "../show/route-words.ts";
import { formatVrfs } from "../show/vrf.ts";
import { agentClient, socketOption } from "./agent-client.ts";

/** What every command that shows something has. */
export interface ShowOptions {
  readonly socket: string;
  readonly output: OutputFormat;
}

const DIRECTIONS: Readonly<Record<string, RouteDirection>> = {
  "received-routes": "received",
  // FRR's word for what was received and accepted, which is all that is kept.
  routes: "received",
  "advertised-routes": "advertised",
};

const EVPN_HELP = `
Words, as in FRR; those that pick routes can be combined:
  [route]                               all routes, with all their paths
  [route] type ead|macip|multicast|es|prefix|NUMBER
  [route] rd RD
  route vni VNI                         in a label of the route
  mac MAC, ip IP, prefix PREFIX         single routes, in detail
  rt RT                                 routes with this route target
  detail                                in detail, whatever is asked for
  summary                               as show bgp summary
  neighbors [ADDRESS [received-routes|advertised-routes [...]]]
                                        as show bgp neighbors
  vni [VNI]                             VNIs of this host, with RD and route targets
  vrf                                   VRFs of this host, with what they import`;

/** `bgp` and what is below it. */
export function showBgpCommand(io: CommandIo): Command {
  const bgp = new Command("bgp").description("BGP sessions and routes");
  const leaf = (parent: Command, name: string, description: string): Command =>
    parent
      .command(name)
      .description(description)
      .addOption(outputOption())
      .addOption(socketOption());

  leaf(bgp, "summary", "state of each BGP session").action((options: ShowOptions) =>
    showSummary(io, options),
  );
  leaf(
    bgp,
    "neighbors [address] [routes] [words...]",
    "sessions in detail, or a neighbour's routes",
  )
    .addHelpText(
      "after",
      "\nroutes is received-routes or advertised-routes; words pick some, as for l2vpn evpn",
    )
    .action((address: string | undefined, routes: string | undefined, words: string[], options) =>
      showNeighbors(io, [address, routes, ...words], options),
    );
  leaf(bgp, "rtc", "route target memberships: who wants which routes (RFC 4684)").action(
    (options: ShowOptions) => showMemberships(io, options),
  );
  leaf(bgp.command("l2vpn").description("the L2VPN family"), "evpn [words...]", "EVPN routes")
    .addHelpText("after", EVPN_HELP)
    .action((words: string[], options: ShowOptions) => showEvpn(io, words, options));
  return bgp;
}

/** Prints routes; a query that nothing matches ends with the exit code of "nothing found". */
export function printRoutes(
  io: CommandIo,
  document: EvpnRoutesDocument,
  { detail, query }: RouteWords,
  output: OutputFormat,
): void {
  if (document.numPrefix === 0 && Object.keys(query).length > 0) {
    throw new CommandError(EXIT.usage, "no EVPN route matches");
  }
  const isDetailed = detail && document.numPrefix > 0;
  const format = isDetailed ? formatEvpnRouteDetail : formatEvpnRoutes;
  io.stdout(formatDocument(document, output, format));
}

async function showEvpn(io: CommandIo, words: string[], options: ShowOptions): Promise<void> {
  const [first, ...rest] = words;
  switch (first) {
    case "summary":
      requireEnd(rest);
      return showSummary(io, options);
    case "neighbors":
      return showNeighbors(io, rest, options);
    case "vni":
      return showVnis(io, rest, options);
    case "vrf": {
      requireEnd(rest);
      const document = await agentClient(options).vrfs();
      return io.stdout(formatDocument(document, options.output, formatVrfs));
    }
    default: {
      const asked = parseRouteWords(words);
      const document = await agentClient(options).evpnRoutes(asked.query);
      return printRoutes(io, document, asked, options.output);
    }
  }
}

async function showSummary(io: CommandIo, options: ShowOptions): Promise<void> {
  const document = await agentClient(options).bgpSummary();
  io.stdout(formatDocument(document, options.output, formatBgpSummary));
}

async function showMemberships(io: CommandIo, options: ShowOptions): Promise<void> {
  const document = await agentClient(options).bgpMemberships();
  io.stdout(formatDocument(document, options.output, formatBgpMemberships));
}

async function showNeighbors(
  io: CommandIo,
  words: readonly (string | undefined)[],
  options: ShowOptions,
): Promise<void> {
  const [addressText, directionText, ...filter] = words.filter((word) => word !== undefined);
  const address = addressText === undefined ? undefined : requireAddress(addressText);
  const client = agentClient(options);
  if (address === undefined || directionText === undefined) {
    const document = await client.bgpNeighbors(address);
    return io.stdout(formatDocument(document, options.output, formatBgpNeighbors));
  }
  return showNeighborRoutes(io, client, address, directionText, filter, options.output);
}

async function showNeighborRoutes(
  io: CommandIo,
  client: ApiClient,
  address: IpAddress,
  directionText: string,
  filter: readonly string[],
  output: OutputFormat,
): Promise<void> {
  const direction = Object.hasOwn(DIRECTIONS, directionText)
    ? DIRECTIONS[directionText]
    : undefined;
  if (direction === undefined) {
    const known = Object.keys(DIRECTIONS).join(", ");
    throw new CommandError(EXIT.usage, `"${directionText}" is none of ${known}`);
  }
  const asked = parseRouteWords(filter);
  const document = await client.neighborRoutes(address, direction, asked.query);
  printRoutes(io, document, asked, output);
}

async function showVnis(
  io: CommandIo,
  [text, ...rest]: readonly string[],
  options: ShowOptions,
): Promise<void> {
  requireEnd(rest);
  const vni = text === undefined ? undefined : fieldValue(() => parseVni(text));
  const { vrfs } = await agentClient(options).vrfs();
  if (vni === undefined) {
    return io.stdout(formatDocument({ vrfs }, options.output, formatEvpnVnis));
  }
  const found = vrfs.find((vrf) => vrf.vni === vni);
  if (found === undefined) throw new CommandError(EXIT.usage, `no VRF of this host has VNI ${vni}`);
  io.stdout(formatDocument(found, options.output, formatEvpnVni));
}

function requireAddress(text: string): IpAddress {
  return fieldValue(() => parseIpAddress(text));
}

function requireEnd([word]: readonly string[]): void {
  if (word !== undefined) throw new CommandError(EXIT.usage, `"${word}" is a word too many`);
}

/** A value that the user has typed; its fault is wrong usage. */
function fieldValue<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ValueError) throw new CommandError(EXIT.usage, error.message);
    throw error;
  }
}
