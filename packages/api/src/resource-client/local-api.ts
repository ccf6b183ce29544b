/**
 * The API of resources and of IPAM within this process, on a datastore that it opens itself: for commands where no server
 * runs. It is the same API with the same admission; who may open the datastore is the operator. What it does not do: write
 * an audit log.
 */
import type { DatastoreLocation } from "@selvedge/datastore";
import type { FastifyInstance } from "fastify";
import { createHttpServer } from "../http-server.ts";
import { answerQuestion } from "../ipam-api/answer-question.ts";
import { registerIpamApi } from "../ipam-api/ipam-api.ts";
import type { IpamService } from "../ipam-api/ipam-question.ts";
import { ResourceAccess } from "../resource-api/resource-access.ts";
import { registerResourceApi } from "../resource-api/resource-api.ts";
import { injectTransport } from "./inject-transport.ts";
import type { Transport } from "./transport.ts";

/** Octets of a body where there is no route. */
const BODY_LIMIT = 1024;
/** Nobody else waits for this process. */
const MOST_APPLIED = 50_000;

export class LocalApi implements AsyncDisposable {
  readonly transport: Transport;
  readonly #server: FastifyInstance;
  readonly #access: ResourceAccess;

  /** @throws StoreError when the datastore cannot be opened or does not answer. */
  static async open(location: DatastoreLocation): Promise<LocalApi> {
    const access = new ResourceAccess(location);
    const server = createHttpServer(BODY_LIMIT);
    const api = new LocalApi(server, access);
    try {
      await access.resources().state();
      // The answer says it, and its reader is in this process.
      const onInternalError = () => undefined;
      await registerResourceApi(server, {
        resources: () => access.resources(),
        mostApplied: MOST_APPLIED,
        onInternalError,
      });
      await registerIpamApi(server, { ipam: ipamOf(access), onInternalError });
      return api;
    } catch (error) {
      await api[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(server: FastifyInstance, access: ResourceAccess) {
    this.#server = server;
    this.#access = access;
    this.transport = injectTransport(server);
  }

  /** Where the datastore has moved to, or undefined. @throws StoreError */
  movedTo(): Promise<string | undefined> {
    return this.#access.movedTo();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    await this.#access[Symbol.asyncDispose]();
  }
}

function ipamOf(access: ResourceAccess): IpamService {
  const readResources = async () => [...(await access.resources().state()).resources.values()];
  return { ask: (question) => answerQuestion(access.store(), readResources, question) };
}
