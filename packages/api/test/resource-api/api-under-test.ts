/** A resource API on a datastore in a temporary directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceCache, type Store } from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";
import Fastify, { type FastifyInstance } from "fastify";
import { type ResourceApiOptions, registerResourceApi } from "../../src/index.ts";

export const ROOT = "/apis/selvedge.dev/v1alpha1";

export interface ApiUnderTest extends AsyncDisposable {
  readonly server: FastifyInstance;
  readonly internalErrors: unknown[];
  readonly store: Store;
  readonly cache: ResourceCache;
}

/** `shared` is the store of another one, which closes it. */
export async function startApi(
  shared?: Store,
  options: Partial<ResourceApiOptions> = {},
): Promise<ApiUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-api-"));
  const store = shared ?? openSqliteStore(join(directory, "store.db"));
  const cache = new ResourceCache(store, { companion: endpointCompanion(store) });
  const server = Fastify({ forceCloseConnections: true });
  const internalErrors: unknown[] = [];
  await registerResourceApi(server, {
    resources: () => cache,
    onInternalError: (error) => internalErrors.push(error),
    ...options,
  });
  return {
    server,
    internalErrors,
    store,
    cache,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await cache[Symbol.asyncDispose]();
      if (shared === undefined) await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A resource in JSON. */
export function resource(kind: string, name: string, namespace?: string, spec: object = {}) {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: "selvedge.dev/v1alpha1", kind, metadata, spec };
}

export const HOST: object = resource("Host", "h1", undefined, {
  address: "10.0.1.1",
  asn: 65_000,
  routerId: "10.0.1.1",
});

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  /** JSON, unless it is a text. */
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

export const MERGE_PATCH = "application/merge-patch+json";

/** A request in process, whose answer is JSON. */
export async function callApi(
  { server }: ApiUnderTest,
  method: Method,
  url: string,
  { body, type = method === "PATCH" ? MERGE_PATCH : "application/json", accept }: CallOptions = {},
) {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const response = await server.inject({
    method,
    url,
    headers: {
      ...(body === undefined ? {} : { "content-type": type }),
      ...(accept === undefined ? {} : { accept }),
    },
    ...(body === undefined ? {} : { payload }),
  });
  return { code: response.statusCode, headers: response.headers, body: response.json() };
}
