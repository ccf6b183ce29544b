/** A client of the API for one command, whether a server answers or the API runs within this process. */
import { accessSync, constants, existsSync } from "node:fs";
import {
  type ClientOptions,
  isSocketAlive,
  LocalApi,
  ResourceClient,
  socketTransport,
  type Transport,
  urlTransport,
} from "@selvedge/api";
import { DEFAULT_SOCKET } from "../commands/agent-client.ts";
import { DEFAULT_DATASTORE, preparedLocation } from "../commands/datastore-option.ts";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import type { Connection } from "./connection-options.ts";
import { readCredentials } from "./credentials.ts";

/** Whether a command may make the datastore that it is to work on. */
export type DatastoreMode = "read" | "create";

/** Runs `work` with a client of resources; what the server warns of goes to standard error. */
export function withClient<T>(
  connection: Connection,
  mode: DatastoreMode,
  io: CommandIo,
  work: (client: ResourceClient) => Promise<T>,
): Promise<T> {
  return withConnection(connection, mode, io, (options) => work(new ResourceClient(options)));
}

/** The same for whichever client is made with the options. */
export async function withConnection<T>(
  connection: Connection,
  mode: DatastoreMode,
  io: CommandIo,
  work: (options: ClientOptions) => Promise<T>,
): Promise<T> {
  const onWarning = (text: string) => io.stderr(`warning: ${text}\n`);
  const over = (transport: Transport, headers: Readonly<Record<string, string>> = {}) =>
    work({ transport, headers, onWarning });
  const place = connection.kind === "default" ? await defaultConnection(mode) : connection;
  switch (place.kind) {
    case "server": {
      const { tls, headers } = readCredentials(place.url, place.credentials);
      return over(urlTransport(place.url, tls), headers);
    }
    case "socket":
      return over(socketTransport(place.path));
    case "datastore": {
      await using api = await LocalApi.open(preparedLocation(place.location, mode));
      const movedTo = await api.movedTo();
      if (movedTo !== undefined) {
        onWarning(`the datastore has moved to ${movedTo}; this is how it was when it moved`);
      }
      return await over(api.transport);
    }
    default:
      return place satisfies never;
  }
}

async function defaultConnection(
  mode: DatastoreMode,
): Promise<Exclude<Connection, { kind: "default" }>> {
  if (await isSocketAlive(DEFAULT_SOCKET)) return { kind: "socket", path: DEFAULT_SOCKET };
  if (existsSync(DEFAULT_SOCKET) && !isAccessible(DEFAULT_SOCKET)) {
    throw new CommandError(
      EXIT.failure,
      `no permission to open ${DEFAULT_SOCKET}; become root, or name a server with --server URL`,
    );
  }
  if (mode === "read" && !existsSync(DEFAULT_DATASTORE)) {
    throw new CommandError(
      EXIT.usage,
      `nobody answers on ${DEFAULT_SOCKET}, and there is no datastore at ${DEFAULT_DATASTORE}; name one with --server, --socket or --datastore`,
    );
  }
  return { kind: "datastore", location: DEFAULT_DATASTORE };
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
