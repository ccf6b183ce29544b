/**
 * A server that is asked anything, and what must hold whatever it is asked:
 *
 *   - every answer is below 500, and a refusal is a Status that says so
 *   - nothing changes by what was refused, was only to be looked at, or was a dry run
 *   - what is stored can be read, and passes admission from nothing
 *   - a tenant sees nothing of others, changes nothing of others, and neither sees nor changes what is the operator's
 *   - whatever has changed is in the audit log
 */
import { existsSync } from "node:fs";
import { Agent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  admit,
  type Change,
  formatIssue,
  type Resource,
  type ResourceKey,
} from "@selvedge/resources";
import { z } from "zod";
import { type Answer, GuardedServer, ROOT } from "../access/guarded-server.ts";
import { parsed } from "../access/resources-of-two-tenants.ts";
import { FOREIGN, OWN, SECRET } from "./field-values.ts";
import { type FuzzedRequest, hasMark, type Who } from "./requests.ts";

/** What a request did that it must not do. */
export class FuzzFinding extends Error {
  override readonly name = "FuzzFinding";

  constructor(
    what: string,
    { who, method, path, headers, body }: FuzzedRequest,
    { code, text }: Answer,
  ) {
    const sent = body === undefined ? "" : `\n${body.toString("latin1").slice(0, 2000)}`;
    const request = `${who}: ${method} ${path} ${JSON.stringify(headers)}${sent}`;
    super(`${what}\n${request}\nanswer ${code}: ${text.slice(0, 2000)}`);
  }
}

type State = ReadonlyMap<ResourceKey, Resource>;

const host = (name: string, id: number, role: string) =>
  parsed({
    kind: "Host",
    metadata: { name },
    spec: { address: `10.9.1.${id}`, asn: 65_000, routerId: `10.9.1.${id}`, roles: [role] },
  });
const inTenant = (kind: string, namespace: string, name: string, spec: object) =>
  parsed({ kind, metadata: { namespace, name, labels: { of: namespace } }, spec });

/** Both tenants with the same addresses; the other's names and notes have the mark. */
const BASELINE: readonly Resource[] = [
  parsed({
    ...{ kind: "Tenant", metadata: { name: OWN } },
    spec: { vniRange: { first: 7000, last: 7999 } },
  }),
  parsed({ kind: "Tenant", metadata: { name: FOREIGN } }),
  host("h1", 1, "vtep"),
  host("h2", 2, "vtep"),
  host("rr", 3, "reflector"),
  inTenant("Vrf", OWN, "a", { l3vni: 7, routeTargets: { import: ["65000:8"] } }),
  ...["a", "b"].flatMap((name) => [
    ...(name === "a" ? [] : [inTenant("Vrf", OWN, name, {})]),
    inTenant("Subnet", OWN, name, { vrf: name, cidrs: ["10.1.0.0/24"] }),
    inTenant("Endpoint", OWN, name, { subnet: name, host: "h1", addresses: ["10.1.0.1"] }),
  ]),
  inTenant("Vrf", FOREIGN, `${SECRET}-a`, { l3vni: 8 }),
  inTenant("Subnet", FOREIGN, `${SECRET}-a`, { vrf: `${SECRET}-a`, cidrs: ["10.1.0.0/24"] }),
  inTenant("Endpoint", FOREIGN, `${SECRET}-a`, {
    ...{ subnet: `${SECRET}-a`, host: "h1" },
    addresses: ["10.1.0.1"],
  }),
];

export class FuzzedServer implements AsyncDisposable {
  readonly #server: GuardedServer;
  readonly #tokens: Readonly<Record<Who, string | undefined>>;
  readonly #connections = new Agent({ keepAlive: true });
  readonly #seen = new Map<string, number>();
  /** Requests of the present batch that have changed something. */
  #changes = 0;
  #madeBefore = 0;

  static async start(): Promise<FuzzedServer> {
    const server = await GuardedServer.start();
    const token = (role: string) => server.token(`an ${role}`, [`selvedge:${role}`]);
    return new FuzzedServer(server, {
      operator: await token("operators"),
      admin: await token(`tenant:${OWN}:admin`),
      viewer: await token(`tenant:${OWN}:viewer`),
      nobody: undefined,
    });
  }

  private constructor(server: GuardedServer, tokens: Readonly<Record<Who, string | undefined>>) {
    this.#server = server;
    this.#tokens = tokens;
  }

  /** The document that requests are made from. */
  async openApi(): Promise<unknown> {
    const { body } = await this.#server.call({ isLocal: true }, `/openapi/v3${ROOT}`);
    return body;
  }

  /** How often each status was answered, and each method has changed something. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen;
  }

  /** Asks one after the other, of a server that has the two tenants and nothing else. @throws FuzzFinding */
  async askAll(requests: readonly FuzzedRequest[]): Promise<void> {
    await this.#server.renew();
    await this.#server.declare(...BASELINE);
    // Of a batch that has failed, entries may still be on their way.
    if (this.#changes > 0) await pause(50);
    this.#changes = 0;
    this.#madeBefore = this.#made();
    for (const request of requests) await this.#ask(request);
    await this.#checkAudit();
  }

  async #ask(request: FuzzedRequest): Promise<void> {
    const before = await this.#state();
    const answer = await this.#send(request);
    const after = await this.#state();
    const finding =
      faultOfAnswer(request, answer) ??
      faultOfShowing(request, answer) ??
      faultOfChange(request, answer, before, after);
    if (finding !== undefined) throw new FuzzFinding(finding, request, answer);
    const [internal] = this.#server.internalErrors;
    if (internal !== undefined) {
      throw new FuzzFinding(`an internal error: ${String(internal)}`, request, answer);
    }
    this.#count(`${answer.code}`);
    if (isSame(before, after)) return;
    this.#changes += 1;
    this.#count(`${request.method} that changed something`);
    const fault = faultOfState(after, (await this.#server.cache.state()).invalid.length);
    if (fault !== undefined) throw new FuzzFinding(fault, request, answer);
  }

  /** Everything that has changed must be in the audit log, once. */
  async #checkAudit(): Promise<void> {
    const expected = this.#madeBefore + this.#changes;
    for (let attempt = 0; ; attempt++) {
      const made = this.#made();
      if (made === expected) break;
      if (attempt === 100) throw new Error(`${expected} changes, and ${made} in the audit log`);
      await pause(10);
    }
    this.#changes = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections.destroy();
    await this.#server[Symbol.asyncDispose]();
  }

  #made(): number {
    const { auditFile } = this.#server;
    if (!existsSync(auditFile)) return 0;
    return this.#server.audit().filter(({ outcome }) => outcome === "made").length;
  }

  #count(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
  }

  async #state(): Promise<State> {
    return new Map((await this.#server.cache.state()).resources);
  }

  async #send({ who, method, path, headers, body }: FuzzedRequest): Promise<Answer> {
    const token = this.#tokens[who];
    const credentials = token === undefined ? {} : { token };
    const call = { method, body, headers, ...(path.includes("watch") ? { watchFor: 20 } : {}) };
    const agent = this.#connections;
    try {
      return await this.#server.call(credentials, path, call, { agent });
    } catch (error) {
      // The server has answered and closed before all of a large body was sent, and the answer was lost with that.
      const isLarge = (body?.length ?? 0) > 30_000;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (!isLarge || (code !== "EPIPE" && code !== "ECONNRESET")) throw error;
      return { code: 0, headers: {}, text: "", body: undefined };
    }
  }
}

function faultOfAnswer({ method }: FuzzedRequest, answer: Answer): string | undefined {
  const { code, headers, body, text } = answer;
  if (code >= 500) return `status ${code}`;
  if (code < 400 || method === "HEAD") return undefined;
  // What Node's parser does not take for HTTP is answered by it, in a line without a body.
  if (headers["content-type"] === undefined && text === "") return undefined;
  const isStatus =
    body?.["kind"] === "Status" && body["status"] === "Failure" && body["code"] === code;
  return isStatus && body["message"] !== "" ? undefined : "a refusal that is no Status";
}

const vrfSchema = z.looseObject({ kind: z.literal("Vrf"), spec: z.looseObject({}) });
const tenantSchema = z.looseObject({ kind: z.literal("Tenant"), spec: z.looseObject({}) });

function faultOfShowing(request: FuzzedRequest, answer: Answer): string | undefined {
  if (request.who === "operator") return undefined;
  if (hasMark(request)) return "a tenant's request with the other tenant's mark: the test is wrong";
  if (answer.text.includes(SECRET)) return "a tenant sees what is another's";
  return showsOperatorsFields(answer.body) ? "a tenant sees what is the operator's" : undefined;
}

function showsOperatorsFields(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const vrf = vrfSchema.safeParse(value).data;
  const isShown =
    vrf !== undefined && ("l3vni" in vrf.spec || "routeTargets" in vrf.spec || "status" in vrf);
  const tenant = tenantSchema.safeParse(value).data;
  if (tenant !== undefined && "vniRange" in tenant.spec) return true;
  return isShown || Object.values(value).some(showsOperatorsFields);
}

function faultOfChange(
  { who, method, path }: FuzzedRequest,
  { code }: Answer,
  before: State,
  after: State,
): string | undefined {
  if (isSame(before, after)) return undefined;
  if (code === 0 || code >= 400) return "it was refused, and something has changed";
  if (!["POST", "PUT", "PATCH", "DELETE"].includes(method))
    return `${method} has changed something`;
  if (new URL(path, "https://x").searchParams.get("dryRun") === "All") {
    return "a dry run has changed something";
  }
  if (who === "operator") return undefined;
  if (who !== "admin") return `a ${who} has changed something`;
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(key) === after.get(key)) continue;
    if (!new RegExp(`^(vrfs|subnets|endpoints)/${OWN}/`).test(key)) return `it has changed ${key}`;
    const left = after.get(key);
    if (left === undefined) continue;
    if (!isDeepStrictEqual(operatorsFields(before.get(key)), operatorsFields(left))) {
      return `it has changed the operator's fields of ${key}`;
    }
  }
  return undefined;
}

/** Of a VRF, what only an operator may choose; what it has when it is new is given. */
function operatorsFields(resource: Resource | undefined): object {
  const spec: { l3vni?: number | undefined; routeTargets?: unknown } =
    resource?.kind === "Vrf" ? resource.spec : {};
  const { routeTargets, l3vni = FIRST_GIVEN } = spec;
  return { routeTargets, chosen: l3vni < FIRST_GIVEN ? l3vni : undefined };
}

/** VNIs below are chosen by somebody (admission/identifiers.ts). */
const FIRST_GIVEN = 5000;

function faultOfState(state: State, invalid: number): string | undefined {
  if (invalid > 0) return "something is stored that cannot be read";
  const puts = [...state.values()].map((resource): Change => ({ kind: "put", resource }));
  const admission = admit(new Map(), puts);
  if (admission.kind === "admitted") return undefined;
  return `what is stored would not be admitted: ${admission.issues.map(formatIssue).join("; ")}`;
}

/** The cache has the same object for a resource as long as that does not change. */
function isSame(before: State, after: State): boolean {
  if (before.size !== after.size) return false;
  return [...before].every(([key, resource]) => after.get(key) === resource);
}
