/** Serves the resources of a datastore without an agent, on a unix socket and with TLS. */
import { type GuardOptions, ServerGuard } from "./access/server-guard.ts";
import { createHttpServer } from "./http-server.ts";
import { registerIpamApi } from "./ipam-api/ipam-api.ts";
import type { IpamService } from "./ipam-api/ipam-question.ts";
import { registerResourceApi } from "./resource-api/resource-api.ts";
import type { ResourceApiOptions, ResourceView } from "./resource-api/resource-options.ts";
import { type ApiServer, listenOnSocket } from "./socket-server.ts";

/** Octets of a body where there is no route. */
const BODY_LIMIT = 1024;
const REMEDY = "stop it, or name another socket with --socket";

export interface ResourceServerOptions
  extends GuardOptions,
    Omit<ResourceApiOptions, "resources" | "identify"> {
  readonly socketPath: string;
  /** All that there is; throws StoreError while the datastore cannot be opened. */
  readonly resources: () => ResourceView;
  /** Of the same datastore. */
  readonly ipam: IpamService;
}

/**
 * Listens on `socketPath`, taking over the file that a dead process left.
 * @throws RefusedError (Conflict) when another process answers there.
 * @throws TlsListenerError
 */
export async function serveResources(options: ResourceServerOptions): Promise<ApiServer> {
  const { socketPath, resources, ipam, onInternalError } = options;
  const server = createHttpServer(BODY_LIMIT);
  const guard = new ServerGuard(server, options);
  await registerResourceApi(server, { ...options, ...guard.resourceOptions(resources) });
  await registerIpamApi(server, { ipam, onInternalError, ...guard.ipamOptions() });
  return listenOnSocket(server, guard, socketPath, REMEDY);
}
