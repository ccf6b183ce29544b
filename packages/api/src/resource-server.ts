/** Serves the resources of a datastore on a unix socket, without an agent. */
import { createHttpServer } from "./http-server.ts";
import { registerResourceApi } from "./resource-api/resource-api.ts";
import type { ResourceApiOptions } from "./resource-api/resource-options.ts";
import { type ApiServer, listenOnSocket } from "./socket-server.ts";

/** Octets of a body where there is no route. */
const BODY_LIMIT = 1024;
const REMEDY = "stop it, or name another socket with --socket";

export interface ResourceServerOptions extends ResourceApiOptions {
  readonly socketPath: string;
}

/**
 * Listens on `socketPath`, taking over the file that a dead process left.
 * @throws RefusedError (Conflict) when another process answers there.
 */
export async function serveResources({
  socketPath,
  ...options
}: ResourceServerOptions): Promise<ApiServer> {
  const server = createHttpServer(BODY_LIMIT);
  await registerResourceApi(server, options);
  return listenOnSocket(server, socketPath, REMEDY);
}
