/**
 * IPAM over HTTP, for operators: how much of each pool is used, who has an address, what is wrong with all of that, and
 * its repair.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { AuditedChange } from "../access/audit-entry.ts";
import { addressPlaceSchema, addressQuerySchema, ipamSelectionSchema } from "../documents/ipam.ts";
import type { ResourceApiOptions } from "../resource-api/resource-options.ts";
import { ApiStatusError, failureStatus, refusalFor } from "../resource-api/status.ts";
import { IPAM_PATHS } from "../routes.ts";
import type { IpamAnswer, IpamQuestion, IpamService } from "./ipam-question.ts";

/** Octets of a body. */
const BODY_LIMIT = 16 * 1024;

export interface IpamApiOptions extends Pick<ResourceApiOptions, "onInternalError"> {
  readonly ipam: IpamService;
  /** Told of what a request has changed, before it is answered. */
  readonly onChanges?: (request: FastifyRequest, changes: readonly AuditedChange[]) => void;
}

/** Adds the API's routes to a server. */
export async function registerIpamApi(
  server: FastifyInstance,
  options: IpamApiOptions,
): Promise<void> {
  await server.register((scope, _, done) => {
    scope.setErrorHandler((error, request, reply) => {
      const failure = refusalFor(error instanceof z.ZodError ? badRequest(error) : error);
      if (failure.reason === "InternalError") options.onInternalError(error, request.url);
      return reply.code(failure.code).send(failureStatus(failure));
    });
    registerReads(scope, options);
    registerChanges(scope, options);
    done();
  });
}

function registerReads(scope: FastifyInstance, { ipam }: IpamApiOptions): void {
  for (const kind of ["pools", "blocks", "findings"] as const) {
    scope.get(IPAM_PATHS[kind], async ({ query }, reply) => {
      const of = ipamSelectionSchema.parse(query);
      return documentOf(await ipam.ask({ kind, of }, untilClosed(reply)));
    });
  }
  scope.get(IPAM_PATHS.addresses, async ({ query }, reply) => {
    const { address, ...of } = addressQuerySchema.parse(query);
    return documentOf(await ipam.ask({ kind: "addresses", of, address }, untilClosed(reply)));
  });
}

/** Whoever goes away meanwhile has asked for it: what is changed is changed, and in the audit log. */
function registerChanges(scope: FastifyInstance, { ipam, onChanges }: IpamApiOptions): void {
  const change = async (request: FastifyRequest, question: IpamQuestion) => {
    const answer = await ipam.ask(question, new AbortController().signal);
    if (answer.kind === "answered") onChanges?.(request, answer.changes);
    return documentOf(answer);
  };
  scope.post(IPAM_PATHS.repairs, { bodyLimit: BODY_LIMIT }, (request) => {
    const of = ipamSelectionSchema.parse(request.body ?? {});
    return change(request, { kind: "repairs", of });
  });
  scope.delete(`${IPAM_PATHS.addresses}/:tenant/:subnet/:address`, (request) => {
    const { address, ...pool } = addressPlaceSchema.parse(request.params);
    return change(request, { kind: "release", pool, address });
  });
}

/** @throws ApiStatusError for a refusal */
function documentOf(answer: IpamAnswer): object {
  if (answer.kind === "refused") throw new ApiStatusError(answer.reason, answer.message);
  return answer.document;
}

/** Aborts when the client does not wait any more. */
function untilClosed({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  raw.once("close", () => closed.abort());
  return closed.signal;
}

function badRequest({ issues }: z.ZodError): ApiStatusError {
  const faults = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return new ApiStatusError("BadRequest", faults.join("; "));
}
