/**
 * The resources over HTTP in the shape of the Kubernetes API, so that kubectl is a client. Reads come from memory, as
 * of the present state of the datastore; writes go through admission. What it does not do: server-side apply, JSON
 * patch, strategic merge patch (each refused with what to use instead), and writing statuses, which admission gives.
 */
import type { FastifyInstance } from "fastify";
import { API_ROOT, apiGroup, apiResourceList, GROUP } from "./kind-words.ts";
import { openApiDocument, openApiIndex } from "./open-api.ts";
import { type ResourceApiOptions, ResourceRoutes } from "./resource-routes.ts";
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
    registerDiscovery(scope);
    const routes = new ResourceRoutes(options);
    registerResources(scope, routes);
    scope.addHook("preClose", () => routes.stop());
    done();
  });
}

function registerDiscovery(scope: FastifyInstance): void {
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
  scope.all("/apis/*", (request) => {
    throw new ApiStatusError("NotFound", `nothing is served at ${request.method} ${request.url}`);
  });
}

function registerResources(scope: FastifyInstance, routes: ResourceRoutes): void {
  const collections = [`${API_ROOT}/:plural`, `${API_ROOT}/namespaces/:namespace/:plural`];
  for (const path of collections) {
    scope.get(path, (request, reply) => routes.list(request, reply));
    scope.post(path, (request, reply) => routes.create(request, reply));
    scope.delete(path, (request) => routes.deleteCollection(request));
    scope.get(`${path}/:name`, (request) => routes.get(request));
    scope.get(`${path}/:name/status`, (request) => routes.get(request));
    scope.put(`${path}/:name`, (request) => routes.replace(request));
    scope.patch(`${path}/:name`, (request) => routes.patch(request));
    scope.delete(`${path}/:name`, (request) => routes.delete(request));
  }
}
