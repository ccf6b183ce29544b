/**
 * Serves an agent's operations over HTTP on a unix socket. The socket is readable and writable by its
 * owner only: whoever may open it may attach workloads and end sessions.
 */
import { chmod, unlink } from "node:fs/promises";
import { createConnection } from "node:net";
import type { ResourceCache } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import Fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";
import { attachRequestSchema } from "./documents/attachment.ts";
import { bgpClearRequestSchema } from "./documents/bgp-clear.ts";
import { evpnPageQuerySchema } from "./documents/evpn-route-query.ts";
import { FAILURE_STATUS, type FailureDocument, type FailureReason } from "./documents/failure.ts";
import { netValue } from "./documents/net-value.ts";
import { RefusedError } from "./errors.ts";
import type { AgentOperations } from "./operations.ts";
import { registerResourceApi } from "./resource-api/resource-api.ts";
import { API_PATHS, neighborRoutesPath } from "./routes.ts";

const neighborParamsSchema = z.object({ address: netValue(parseIpAddress) });
const attachmentParamsSchema = z.object({ tenant: z.string(), name: z.string() });

export interface ApiServerOptions {
  readonly socketPath: string;
  readonly operations: AgentOperations;
  /** The resources, for an agent that serves them too. */
  readonly resources?: () => ResourceCache;
  /** Told of requests that failed for a reason of ours. */
  readonly onInternalError: (error: unknown, path: string) => void;
}

/** A listening API; disposing of it stops listening and removes the socket. */
export interface ApiServer extends AsyncDisposable {
  readonly socketPath: string;
}

/** Whether somebody answers on the unix socket; a socket file of a dead process does not. */
export function isSocketAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path: socketPath });
    const answer = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.once("connect", () => answer(true));
    probe.once("error", () => answer(false));
  });
}

/**
 * Listens on `socketPath`, taking over the file that a dead process left.
 * @throws RefusedError (Conflict) when another process answers there.
 */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer> {
  const { socketPath } = options;
  if (await isSocketAlive(socketPath)) {
    throw new RefusedError(
      "Conflict",
      `another agent answers on ${socketPath}; stop it, or give this one a runtimeDirectory of its own`,
    );
  }
  await unlink(socketPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  const server = buildServer(options);
  const { resources, onInternalError } = options;
  if (resources !== undefined) {
    await registerResourceApi(server, { resources, onInternalError });
  }
  await server.listen({ path: socketPath });
  await chmod(socketPath, 0o600);
  return { socketPath, [Symbol.asyncDispose]: () => server.close() };
}

function buildServer({ operations, onInternalError }: ApiServerOptions): FastifyInstance {
  const server = Fastify({ logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true });

  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const failure = describeFailure(error);
    if (failure.reason === "InternalError") onInternalError(error, request.url);
    return reply.code(failure.code).send(failure);
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(failureDocument("NotFound", `nothing is served at ${request.method} ${request.url}`)),
  );

  server.get(API_PATHS.status, () => operations.status());
  server.get(API_PATHS.bgpSummary, () => operations.bgpSummary());
  server.get(API_PATHS.bgpNeighbors, () => operations.bgpNeighbors());
  server.get(`${API_PATHS.bgpNeighbors}/:address`, (request) =>
    operations.bgpNeighbors(neighborParamsSchema.parse(request.params).address),
  );
  for (const direction of ["received", "advertised"] as const) {
    server.get(neighborRoutesPath(":address", direction), (request) => {
      const { address } = neighborParamsSchema.parse(request.params);
      const { query, range } = evpnPageQuerySchema.parse(request.query);
      return operations.neighborRoutes(address, direction, query, range);
    });
  }
  server.get(API_PATHS.bgpMemberships, () => operations.bgpMemberships());
  server.post(API_PATHS.bgpClear, (request) =>
    operations.clearBgp(bgpClearRequestSchema.parse(request.body)),
  );
  server.get(API_PATHS.evpnRoutes, (request) => {
    const { query, range } = evpnPageQuerySchema.parse(request.query);
    return operations.evpnRoutes(query, range);
  });
  server.get(API_PATHS.vrfs, () => operations.vrfs());
  server.get(API_PATHS.endpoints, () => operations.endpoints());
  server.post(API_PATHS.attachments, (request) =>
    operations.attach(attachRequestSchema.parse(request.body)),
  );
  server.delete(`${API_PATHS.attachments}/:tenant/:name`, async (request, reply) => {
    const { tenant, name } = attachmentParamsSchema.parse(request.params);
    await operations.detach(`${tenant}/${name}`);
    return reply.code(204).send();
  });
  return server;
}

function describeFailure(error: Error & { statusCode?: number }): FailureDocument {
  if (error instanceof RefusedError) return failureDocument(error.reason, error.message);
  if (error instanceof z.ZodError) {
    const issues = error.issues.map((issue) =>
      issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
    );
    return failureDocument("BadRequest", issues.join("; "));
  }
  // Fastify's own refusals: a body that is no JSON, one that is too large.
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return failureDocument("BadRequest", error.message);
  }
  return failureDocument("InternalError", error.message);
}

function failureDocument(reason: FailureReason, message: string): FailureDocument {
  return { kind: "Status", status: "Failure", reason, message, code: FAILURE_STATUS[reason] };
}
