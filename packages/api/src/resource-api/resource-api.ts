/**
 * The resources over HTTP in the shape of the Kubernetes API, so that kubectl is a client. Reads come from memory, as
 * of the present state of the datastore; writes go through admission. What it does not do: server-side apply and
 * strategic merge patch (each refused with what to use instead), and writing statuses, which admission gives.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { API_ROOT, apiGroup, apiResourceList, GROUP } from "./kind-words.ts";
import { openApiDocument, openApiIndex } from "./open-api.ts";
import { APPLY_PATH, applyBodyLimit, applyResources } from "./resource-apply.ts";
import type { ResourceApiOptions } from "./resource-options.ts";
import { ResourceReads } from "./resource-reads.ts";
import { readTarget } from "./resource-request.ts";
import { ResourceWrites } from "./resource-writes.ts";
import { ApiStatusError, failureStatus, refusalFor } from "./status.ts";

/** Octets of a body: what a datastore takes in one value. */
const BODY_LIMIT = 1024 * 1024;

/** Adds the API's routes to a server. */
export async function registerResourceApi(
  server: FastifyInstance,
  options: ResourceApiOptions,
): Promise<void> {
  await server.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    // Which types are taken depends on the method, so the routes look at the text themselves.
    scope.addContentTypeParser("*", { parseAs: "string", bodyLimit: BODY_LIMIT }, (_, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error, request, reply) => {
      const failure = refusalFor(error);
      if (failure.reason === "InternalError") options.onInternalError(error, request.url);
      return reply.code(failure.code).send(failureStatus(failure));
    });
    const reads = new ResourceReads(options);
    registerDiscovery(scope, reads);
    registerResources(scope, reads, new ResourceWrites(options));
    registerApply(scope, options);
    scope.addHook("preClose", () => reads.stop());
    done();
  });
}

function registerDiscovery(scope: FastifyInstance, reads: ResourceReads): void {
  const [major = "", minor = ""] = ["1", "32"];
  // kubectl compares this with its own version, and asks for features by it.
  const version = { major, minor, gitVersion: "v1.32.0", platform: `${process.platform}` };
  const documents: Readonly<Record<string, object>> = {
    "/version": version,
    "/api": { kind: "APIVersions", versions: [] },
    "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [apiGroup()] },
    [`/apis/${GROUP}`]: apiGroup(),
    [API_ROOT]: apiResourceList(),
    "/openapi/v3": openApiIndex(),
    [`/openapi/v3${API_ROOT}`]: openApiDocument(),
  };
  for (const [path, document] of Object.entries(documents)) scope.get(path, () => document);
  // kubectl asks for it when something in a tenant is not found, to say whether the tenant is there at all.
  scope.get("/api/v1/namespaces/:name", (request) => reads.namespace(request));
  for (const path of ["/api/*", "/apis/*", "/openapi/*"]) {
    scope.all(path, (request) => {
      throw new ApiStatusError("NotFound", `nothing is served at ${request.method} ${request.url}`);
    });
  }
}

function registerApply(scope: FastifyInstance, options: ResourceApiOptions): void {
  const url = APPLY_PATH;
  scope.post(url, { bodyLimit: applyBodyLimit(options) }, (request, reply) =>
    applyResources(request, reply, options),
  );
  for (const method of METHODS.filter((other) => other !== "POST")) {
    scope.route({
      method,
      url,
      handler: async (_, reply) => refuseMethod(reply, method, ["POST"]),
    });
  }
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<object>;

function registerResources(
  scope: FastifyInstance,
  reads: ResourceReads,
  writes: ResourceWrites,
): void {
  for (const within of ["", "/namespaces/:namespace"]) {
    const collection = `${API_ROOT}${within}/:plural`;
    register(scope, collection, {
      GET: (request, reply) => reads.list(request, reply),
      POST: (request, reply) => writes.create(request, reply),
      DELETE: (request, reply) => writes.deleteCollection(request, reply),
    });
    register(scope, `${collection}/:name`, {
      GET: (request) => reads.get(request),
      PUT: (request, reply) => writes.replace(request, reply),
      PATCH: (request, reply) => writes.patch(request, reply),
      DELETE: (request) => writes.delete(request),
    });
    register(scope, `${collection}/:name/status`, { GET: (request) => reads.get(request) });
  }
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The methods that have no handler are refused with those that have one. */
function register(
  scope: FastifyInstance,
  url: string,
  handlers: Readonly<Partial<Record<(typeof METHODS)[number], Handler>>>,
): void {
  const allowed = METHODS.filter((method) => handlers[method] !== undefined);
  for (const method of METHODS) {
    const handler: Handler =
      handlers[method] ??
      (async (request, reply) => {
        readTarget(request.params);
        return refuseMethod(reply, method, allowed);
      });
    scope.route({ method, url, handler });
  }
}

/** @throws ApiStatusError (MethodNotAllowed), always */
function refuseMethod(reply: FastifyReply, method: string, allowed: readonly string[]): never {
  reply.header("allow", allowed.join(", "));
  throw new ApiStatusError(
    "MethodNotAllowed",
    `the server does not allow ${method} here, only ${allowed.join(", ")}`,
  );
}
