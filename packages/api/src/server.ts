/**
 * Serves an agent's operations over HTTP, and the resources where it has them: on a unix socket, and with TLS where that is
 * configured. Whoever may open the socket may attach workloads and end sessions.
 */
import { parseIpAddress } from "@selvedge/net";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { AuditError } from "./access/audit-log.ts";
import { type GuardOptions, ServerGuard } from "./access/server-guard.ts";
import { attachBodySchema } from "./documents/attachment.ts";
import { bgpClearRequestSchema } from "./documents/bgp-clear.ts";
import { evpnPageQuerySchema } from "./documents/evpn-route-query.ts";
import { FAILURE_STATUS, type FailureDocument, type FailureReason } from "./documents/failure.ts";
import { netValue } from "./documents/net-value.ts";
import { RefusedError } from "./errors.ts";
import { createHttpServer } from "./http-server.ts";
import { registerIpamApi } from "./ipam-api/ipam-api.ts";
import type { IpamService } from "./ipam-api/ipam-question.ts";
import type { AgentOperations } from "./operations.ts";
import { registerResourceApi } from "./resource-api/resource-api.ts";
import type { ResourceApiOptions, ResourceView } from "./resource-api/resource-options.ts";
import { API_PATHS, neighborRoutesPath } from "./routes.ts";
import { type ApiServer, listenOnSocket } from "./socket-server.ts";

/** Octets of a body of the operations; resources may be larger. */
const BODY_LIMIT = 64 * 1024;
const REMEDY = "stop it, or give this agent a runtimeDirectory of its own";

const neighborParamsSchema = z.object({ address: netValue(parseIpAddress) });
const attachmentParamsSchema = z.object({ tenant: z.string(), name: z.string() });

export interface ApiServerOptions extends GuardOptions {
  readonly socketPath: string;
  readonly operations: AgentOperations;
  /** The resources, for an agent that serves them too. */
  readonly resources?: () => ResourceView;
  /** Of the same datastore. */
  readonly ipam?: IpamService;
  /** Told of every change of a resource that was made through it. */
  readonly onChange?: ResourceApiOptions["onChange"];
  /** Told of requests that failed for a reason of ours. */
  readonly onInternalError: (error: unknown, path: string) => void;
}

/**
 * Listens on `socketPath`, taking over the file that a dead process left.
 * @throws RefusedError (Conflict) when another process answers there.
 * @throws TlsListenerError
 */
export async function serveApi(options: ApiServerOptions): Promise<ApiServer> {
  const server = createHttpServer(BODY_LIMIT);
  const guard = new ServerGuard(server, options);
  registerOperations(server, options);
  const { resources, ipam, onChange, onInternalError, socketPath } = options;
  if (resources !== undefined) {
    const more = onChange === undefined ? {} : { onChange };
    const shared = { onInternalError, ...more };
    await registerResourceApi(server, { ...shared, ...guard.resourceOptions(resources) });
  }
  if (ipam !== undefined) {
    await registerIpamApi(server, { ipam, onInternalError, ...guard.ipamOptions() });
  }
  return listenOnSocket(server, guard, socketPath, REMEDY);
}

function registerOperations(
  server: FastifyInstance,
  { operations, onInternalError }: ApiServerOptions,
): void {
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const failure = describeFailure(error);
    if (failure.reason === "InternalError") onInternalError(error, request.url);
    return reply.code(failure.code).send(failure);
  });
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
  server.get(API_PATHS.vteps, () => operations.vteps());
  server.get(API_PATHS.macs, () => operations.macs());
  server.get(API_PATHS.endpoints, () => operations.endpoints());
  server.post(API_PATHS.attachments, async (request, reply) => {
    const { ahead, ...attachment } = attachBodySchema.parse(request.body);
    if (!ahead) return operations.attach(attachment);
    await operations.attachAhead(attachment);
    return reply.code(204).send();
  });
  server.delete(`${API_PATHS.attachments}/:tenant/:name`, async (request, reply) => {
    const { tenant, name } = attachmentParamsSchema.parse(request.params);
    await operations.detach(`${tenant}/${name}`);
    return reply.code(204).send();
  });
}

function describeFailure(error: Error & { statusCode?: number }): FailureDocument {
  if (error instanceof RefusedError) return failureDocument(error.reason, error.message);
  if (error instanceof AuditError) return failureDocument("NotReady", error.message);
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
