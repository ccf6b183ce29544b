/** What the `ipam` commands ask, and how they name what they ask about. */
import { IpamClient, type IpamSelection } from "@selvedge/api";
import { type IpAddress, parseIpAddress, ValueError } from "@selvedge/net";
import type { Command } from "commander";
import { connectionOf } from "../connection/connection-options.ts";
import { withConnection } from "../connection/with-client.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { withProgress } from "../progress.ts";

/** Asks the server or the datastore that the options of the command name; `what` goes on meanwhile. */
export function askIpam<T>(
  command: Command,
  io: CommandIo,
  what: string,
  question: (client: IpamClient) => Promise<T>,
): Promise<T> {
  return withConnection(connectionOf(command), "read", io, (options) =>
    withProgress(
      io,
      () => what,
      () => question(new IpamClient(options)),
    ),
  );
}

export interface SelectionOptions {
  readonly namespace?: string;
  readonly subnet?: string;
}

export function selectionOf({ namespace, subnet }: SelectionOptions): IpamSelection {
  return {
    ...(namespace === undefined ? {} : { tenant: namespace }),
    ...(subnet === undefined ? {} : { subnet }),
  };
}

/** @throws CommandError (usage) when it is none. */
export function requireAddress(text: string): IpAddress {
  try {
    return parseIpAddress(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new CommandError(EXIT.usage, error.message);
  }
}
