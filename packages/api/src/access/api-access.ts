/**
 * Access to the API of a server: each request is authenticated and authorised before its body is read, its handlers get
 * resources in which there is only what its maker may see, and what it changes goes into the audit log. Registered before
 * the routes, it is ahead of all of them; what it does not know is refused.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ResourceView } from "../resource-api/resource-options.ts";
import { ApiStatusError, failureStatus } from "../resource-api/status.ts";
import type { AuditedChange } from "./audit-entry.ts";
import type { AuditLog } from "./audit-log.ts";
import { AuditedResources } from "./audited-resources.ts";
import type { Authenticator } from "./authenticate.ts";
import { type AccessRequest, authorise } from "./authorise.ts";
import { AuthorisedResources } from "./authorised-resources.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { type Identity, isOperator, tenantsOf } from "./identity.ts";
import { type OpenRequest, OpenRequests } from "./open-requests.ts";
import { accessRequestOf } from "./request-attributes.ts";
import { RequestRecord } from "./request-record.ts";
import { TenantMaps, TenantResources } from "./tenant-resources.ts";

export interface ApiAccessOptions {
  readonly authenticator: Authenticator;
  /** Undefined: nothing is recorded. */
  readonly audit?: AuditLog | undefined;
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: () => number;
  /** Default: ten failures of an address in a minute. */
  readonly failedAttempts?: FailedAttempts;
  /** Default: 256 requests of a user at a time. */
  readonly openRequests?: OpenRequests;
}

export class ApiAccess {
  readonly #options: ApiAccessOptions;
  readonly #now: () => number;
  readonly #failedAttempts: FailedAttempts;
  readonly #open: OpenRequests;
  readonly #records = new WeakMap<FastifyRequest, RequestRecord>();
  readonly #tenantMaps = new TenantMaps();

  constructor(options: ApiAccessOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#failedAttempts =
      options.failedAttempts ?? new FailedAttempts({ now: () => performance.now() });
    this.#open = options.openRequests ?? new OpenRequests();
  }

  /** To be called before the server has routes. */
  register(server: FastifyInstance): void {
    server.addHook("onRequest", async (request, reply) => this.#admit(request, reply));
    server.addHook("preHandler", async (request) => this.#announce(request));
    server.addHook("onSend", async (request, reply, payload) =>
      this.#conclude(request, reply, payload),
    );
  }

  /** The resources as the maker of the request may use them. @throws ApiStatusError for a request that was not admitted */
  resourcesFor(request: FastifyRequest, resources: ResourceView): ResourceView {
    const record = this.#records.get(request);
    const identity = record?.facts.identity;
    if (record === undefined || identity === undefined) {
      throw new ApiStatusError("Forbidden", "the request was not admitted");
    }
    const audited = new AuditedResources(resources, record);
    const shown = isOperator(identity)
      ? audited
      : new TenantResources(audited, tenantsOf(identity), this.#tenantMaps);
    if (record.facts.access.kind !== "apply") return shown;
    return new AuthorisedResources(shown, identity, record);
  }

  /** Who makes a request that was admitted. */
  identityOf(request: FastifyRequest): Identity | undefined {
    return this.#records.get(request)?.facts.identity;
  }

  /** To be told of what an operation has changed, before it is answered: its entry in the audit log says so. */
  tellChanges(request: FastifyRequest, changes: readonly AuditedChange[]): void {
    const record = this.#records.get(request);
    if (record !== undefined) record.changes = changes;
  }

  /** Breaks off what is open by identities that are no longer good. */
  endWhere(isOver: (identity: Identity) => boolean): void {
    this.#open.endWhere(isOver);
  }

  async #admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { method, params, query, is404 } = request;
    const route = is404 ? undefined : request.routeOptions.url;
    const access = accessRequestOf({ method, route, params, query });
    if (access.kind === "public") return undefined;
    const authentication = this.#options.authenticator.authenticate(request.raw);
    if (authentication.kind === "unknown") {
      const record = this.#record(request, access, undefined);
      return this.#refuseUnknown(reply, record, authentication.reason);
    }
    const { identity } = authentication;
    const record = this.#record(request, access, identity);
    const denial = denialOf(identity, access, request);
    if (denial !== undefined) {
      record.close("refused", { code: denial.code, reason: denial.message });
      return refuse(reply, denial);
    }
    const open: OpenRequest = { identity, end: () => request.raw.socket.destroy() };
    if (!this.#open.add(open)) {
      record.isClosed = true;
      return refuse(
        reply.header("retry-after", "10"),
        new ApiStatusError("TooManyRequests", "you have too many requests open; end some watches"),
      );
    }
    reply.raw.once("close", () => this.#open.remove(open));
    this.#records.set(request, record);
    return undefined;
  }

  #record(
    request: FastifyRequest,
    access: AccessRequest,
    identity: Identity | undefined,
  ): RequestRecord {
    const { method, url } = request;
    const facts = {
      id: randomUUID(),
      identity,
      access,
      from: identity?.how === "unix socket" ? undefined : request.raw.socket.remoteAddress,
      method,
      path: url.split("?")[0] ?? "",
    };
    return new RequestRecord(facts, this.#options.audit, this.#now);
  }

  #refuseUnknown(reply: FastifyReply, record: RequestRecord, reason: string): FastifyReply {
    const verdict = this.#failedAttempts.fail(record.facts.from ?? "");
    if (verdict.kind === "limited") {
      const { retryAfterSeconds } = verdict;
      return refuse(
        reply.header("retry-after", String(retryAfterSeconds)),
        new ApiStatusError("TooManyRequests", `${reason}; try again in ${retryAfterSeconds} s`),
      );
    }
    const more = verdict.isLast ? "; further ones within the minute are not recorded" : "";
    record.close("refused", { code: 401, reason: reason + more });
    return refuse(
      reply.header("www-authenticate", 'Bearer realm="selvedge"'),
      new ApiStatusError("Unauthorized", reason),
    );
  }

  /**
   * An operation is announced here; changes of resources are where they are known, in AuditedResources.
   * @throws AuditError
   */
  async #announce(request: FastifyRequest): Promise<void> {
    const record = this.#records.get(request);
    if (record === undefined || !record.isChange || !record.isAnnounced) return;
    if (!isOperation(record.facts.access)) return;
    await record.announce([]);
  }

  /** Records what came of a request that says so only in its answer, and keeps the server's faults from tenants. */
  #conclude(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const record = this.#records.get(request);
    const identity = record?.facts.identity;
    if (record === undefined || identity === undefined) return payload;
    const { statusCode: code } = reply;
    if (record.isChange && !isDryRun(record, request)) {
      const reason = code < 400 ? undefined : messageIn(payload);
      const outcome = code >= 500 ? "failed" : code >= 400 ? "refused" : doneBy(record);
      const { changes } = record;
      record.close(outcome, {
        code,
        ...(reason === undefined ? {} : { reason }),
        ...(changes === undefined ? {} : { changes }),
      });
    }
    if (code < 500 || isOperator(identity)) return payload;
    const reason = code === 503 ? "ServiceUnavailable" : "InternalError";
    const message = `the server cannot do this now; an operator finds why under the request ${record.facts.id}`;
    return JSON.stringify(failureStatus(new ApiStatusError(reason, message)));
  }
}

/** What of a resource was changed is recorded where it was; a request that got past that has found nothing to do. */
function doneBy({ facts: { access }, changes }: RequestRecord): "made" | "unchanged" {
  if (changes?.length === 0) return "unchanged";
  return isOperation(access) ? "made" : "unchanged";
}

function refuse(reply: FastifyReply, error: ApiStatusError): FastifyReply {
  const { headers } = reply.request;
  const hasBody =
    headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  // It has not been read, and is not going to be.
  if (hasBody) reply.header("connection", "close");
  return reply.code(error.code).send(failureStatus(error));
}

function denialOf(
  identity: Identity,
  access: AccessRequest,
  { headers }: FastifyRequest,
): ApiStatusError | undefined {
  if (Object.keys(headers).some((name) => name.startsWith("impersonate-"))) {
    // Not looking at them would do as the user what was meant to be done as somebody else, with less.
    return new ApiStatusError("Forbidden", "nobody can act as somebody else (Impersonate-User)");
  }
  const decision = authorise(identity, access);
  return decision.kind === "allowed" ? undefined : new ApiStatusError("Forbidden", decision.reason);
}

const dryRunSchema = z.object({ dryRun: z.literal("All") });

/** As the handlers of resources read it (resource-request.ts); an operation is done, whatever the query. */
function isDryRun({ facts: { access } }: RequestRecord, { query }: FastifyRequest): boolean {
  return !isOperation(access) && dryRunSchema.safeParse(query).success;
}

/** What is done at once, instead of declared: by an agent, or by IPAM. */
function isOperation(access: AccessRequest): boolean {
  return access.kind === "resource" && /^(agent|ipam)\//.test(access.resource);
}

/** The message of a Status; undefined for anything else. */
function messageIn(payload: unknown): string | undefined {
  if (typeof payload !== "string") return undefined;
  try {
    const document: unknown = JSON.parse(payload);
    if (typeof document !== "object" || document === null || !("message" in document)) {
      return undefined;
    }
    return typeof document.message === "string" ? document.message : undefined;
  } catch {
    return undefined;
  }
}
