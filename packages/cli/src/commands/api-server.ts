/** `selvedge api-server`: serves the resources of a datastore without an agent, for machines that are no hosts. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type ApiServer,
  ResourceAccess,
  type ResourceApiOptions,
  serveResources,
} from "@selvedge/api";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { socketOption } from "./agent-client.ts";
import { datastoreOption, preparedLocation } from "./datastore-option.ts";

/** Runs until the process is told to end. */
export function apiServerCommand(io: CommandIo): Command {
  return new Command("api-server")
    .description(
      "serve the declared resources on a unix socket, in the shape of the Kubernetes API",
    )
    .addOption(datastoreOption())
    .addOption(socketOption())
    .action(async ({ datastore, socket }: { datastore: string; socket: string }) => {
      await using access = new ResourceAccess(preparedLocation(datastore, "create"));
      // A datastore that cannot be opened now is reported now, not with the first request.
      await access.resources().state();
      await using server = await listening(socket, {
        resources: () => access.resources(),
        onChange: ({ who, verb, key }) => io.stderr(`${who.name} ${verb} ${key}\n`),
        onInternalError: (error, path) => io.stderr(`${path} failed: ${reportOf(error)}\n`),
      });
      io.stderr(`serving ${datastore} on ${server.socketPath}\n`);
      await io.untilStopped();
    });
}

async function listening(socketPath: string, options: ResourceApiOptions): Promise<ApiServer> {
  try {
    await mkdir(dirname(socketPath), { recursive: true, mode: 0o755 });
    return await serveResources({ ...options, socketPath });
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const message = `cannot listen on ${socketPath}: ${error.message}`;
    throw new CommandError(EXIT.failure, message, { cause: error });
  }
}

function reportOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
