/**
 * Where a command finds the resources: `--server`, `--socket` or `--datastore`, each with an environment variable. Options
 * come before the environment, and within it the server before the socket before the datastore.
 */
import { type Command, Option } from "commander";
import { CommandError, EXIT } from "../io.ts";

/** Where the resources are. */
export type Connection =
  | { readonly kind: "server"; readonly url: string; readonly credentials: CredentialFiles }
  | { readonly kind: "socket"; readonly path: string }
  | { readonly kind: "datastore"; readonly location: string }
  /** Nothing was said: the agent of this machine if there is one, else the datastore file. */
  | { readonly kind: "default" };

/** Files of PEM, and one with a bearer token. */
export interface CredentialFiles {
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export const CONNECTION_HELP = `
Without --server, --socket or --datastore: the agent of this machine where one answers, else the default datastore file.`;

const PLACES = ["server", "socket", "datastore"] as const;
const CREDENTIALS = ["ca", "certificate", "key", "tokenFile"] as const;

type Place = (typeof PLACES)[number];
type Credential = (typeof CREDENTIALS)[number];

/** Adds the options to a command that works on resources. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--server <url>", "API server, such as https://10.0.1.1:6443").env(
        "SELVEDGE_SERVER",
      ),
    )
    .addOption(new Option("--ca <file>", "authorities of its certificate (PEM)").env("SELVEDGE_CA"))
    .addOption(
      new Option("--certificate <file>", "certificate to be known by (PEM)").env(
        "SELVEDGE_CERTIFICATE",
      ),
    )
    .addOption(new Option("--key <file>", "its key (PEM)").env("SELVEDGE_KEY"))
    .addOption(
      new Option("--token-file <file>", "bearer token to be known by").env("SELVEDGE_TOKEN_FILE"),
    )
    .addOption(
      new Option("--socket <path>", "unix socket of an agent or API server").env("SELVEDGE_SOCKET"),
    )
    .addOption(
      new Option(
        "--datastore <location>",
        "the datastore itself, without a server: SQLite file, or etcd://HOST:PORT/PREFIX/",
      ).env("SELVEDGE_DATASTORE"),
    )
    .addHelpText("after", CONNECTION_HELP);
}

/** What the options and the environment of a parsed command say. @throws CommandError (usage) for a contradiction */
export function connectionOf(command: Command): Connection {
  const place = placeOf(command);
  const stray = CREDENTIALS.find((name) => isTyped(command, name));
  if (place !== "server" && stray !== undefined) {
    throw new CommandError(EXIT.usage, `${flagOf(stray)} goes with --server URL; name the server`);
  }
  switch (place) {
    case undefined:
      return { kind: "default" };
    case "server":
      return {
        kind: "server",
        url: textOf(command, "server"),
        credentials: Object.fromEntries(
          CREDENTIALS.map((name) => [name, textOf(command, name) || undefined]),
        ),
      };
    case "socket":
      return { kind: "socket", path: textOf(command, "socket") };
    case "datastore":
      return { kind: "datastore", location: textOf(command, "datastore") };
    default:
      return place satisfies never;
  }
}

function placeOf(command: Command): Place | undefined {
  const typed = PLACES.filter((place) => isTyped(command, place));
  if (typed.length > 1) {
    const flags = typed.map(flagOf).join(" and ");
    throw new CommandError(EXIT.usage, `${flags} contradict each other; give one of them`);
  }
  return typed[0] ?? PLACES.find((place) => textOf(command, place) !== "");
}

function isTyped(command: Command, name: Place | Credential): boolean {
  return command.getOptionValueSource(name) === "cli";
}

function textOf(command: Command, name: Place | Credential): string {
  const value: unknown = command.getOptionValue(name);
  return typeof value === "string" ? value : "";
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
