/** `selvedge api-server`: serves the resources of a datastore without an agent, for machines that are no hosts. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type ApiServer,
  IpamThread,
  openAuditLog,
  ResourceAccess,
  type ResourceServerOptions,
  serveResources,
  TlsListenerError,
} from "@selvedge/api";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { type AccessFlags, accessConfigOf, addAccessOptions } from "./access-options.ts";
import { socketOption } from "./agent-client.ts";
import { datastoreOption, preparedLocation } from "./datastore-option.ts";

interface ApiServerFlags extends AccessFlags {
  readonly datastore: string;
  readonly socket: string;
}

/** Runs until the process is told to end. */
export function apiServerCommand(io: CommandIo): Command {
  return addAccessOptions(
    new Command("api-server")
      .description(
        "serve the declared resources on a unix socket, in the shape of the Kubernetes API",
      )
      .addOption(datastoreOption())
      .addOption(socketOption()),
  ).action((flags: ApiServerFlags) => serve(flags, io));
}

async function serve({ datastore, socket, ...flags }: ApiServerFlags, io: CommandIo) {
  const config = accessConfigOf(flags);
  const location = preparedLocation(datastore, "create");
  await using resources = new ResourceAccess(location);
  // A datastore that cannot be opened now is reported now, not with the first request.
  await resources.resources().state();
  await using audit = openAuditLog(config.audit, ({ message }, entries) =>
    io.stderr(`${entries} entries are missing in the audit log: ${message}\n`),
  );
  const tls =
    config.tls === undefined
      ? undefined
      : { ...config.tls, onProblem: (message: string) => io.stderr(`${message}\n`) };
  await using server = await listening({
    socketPath: socket,
    resources: () => resources.resources(),
    ipam: new IpamThread(location),
    tls,
    audit,
    onChange: ({ who, verb, key }) => io.stderr(`${who.name} ${verb} ${key}\n`),
    onInternalError: (error, path) => io.stderr(`${path} failed: ${reportOf(error)}\n`),
  });
  io.onHangUp(() => {
    audit.reopen();
    void server.reload();
  });
  const alsoOn = server.tlsAddress === undefined ? "" : ` and https://${server.tlsAddress}`;
  io.stderr(`serving ${datastore} on ${server.socketPath}${alsoOn}\n`);
  await io.untilStopped();
}

async function listening(options: ResourceServerOptions): Promise<ApiServer> {
  try {
    await mkdir(dirname(options.socketPath), { recursive: true, mode: 0o755 });
    return await serveResources(options);
  } catch (error) {
    if (error instanceof TlsListenerError) throw new CommandError(EXIT.failure, error.message);
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const message = `cannot listen on ${options.socketPath}: ${error.message}`;
    throw new CommandError(EXIT.failure, message, { cause: error });
  }
}

function reportOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
