/** May somebody do something? Pure: the role table and the tenants of the identity decide, never what is declared. */
import type { Grant, Identity } from "./identity.ts";
import { type AccessResource, isAccessResource, ROLE_TABLE, type Verb } from "./role-table.ts";

/** What a request wants, before anybody has looked at whether that exists. */
export type AccessRequest =
  /** For everybody, with credentials or without. */
  | { readonly kind: "public" }
  /** Documents about the API itself, for all who have credentials. */
  | { readonly kind: "discovery" }
  /** Of a list of resources, each of which is a question of its own: may they change anything at all? */
  | { readonly kind: "apply" }
  | {
      readonly kind: "resource";
      readonly verb: Verb;
      /** A plural, with `/status` where it is about that, or an operation of the agent. */
      readonly resource: string;
      /** The tenant that it is about; undefined: all of them, or none. */
      readonly tenant: string | undefined;
      readonly name: string | undefined;
    }
  /** No route of the API. */
  | { readonly kind: "unknown"; readonly method: string };

export type Decision =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly reason: string };

const ALLOWED: Decision = { kind: "allowed" };

/** The reason for a denial names what was asked for, and nothing else. */
export function authorise(identity: Identity, request: AccessRequest): Decision {
  switch (request.kind) {
    case "public":
    case "discovery":
      return ALLOWED;
    case "apply":
      return identity.grants.some(mayCreate)
        ? ALLOWED
        : { kind: "denied", reason: `user "${identity.user}" cannot apply resources` };
    case "unknown":
      return identity.grants.some(({ role }) => role === "operator")
        ? ALLOWED
        : { kind: "denied", reason: `user "${identity.user}" cannot ${request.method} this path` };
    case "resource":
      return authoriseResource(identity, request);
    default:
      return request satisfies never;
  }
}

function mayCreate({ role }: Grant): boolean {
  return Object.values(ROLE_TABLE).some((row) => {
    const verbs: readonly Verb[] = role === "operator" ? row.operator : row[role].own;
    return verbs.includes("create");
  });
}

function authoriseResource(
  { user, grants }: Identity,
  { verb, resource, tenant, name }: Extract<AccessRequest, { kind: "resource" }>,
): Decision {
  const isAllowed = grants.some((grant) => {
    // What is in no row exists for operators only, who are told that it does not.
    if (!isAccessResource(resource)) return grant.role === "operator";
    if (grant.role === "operator") return verbsOf(resource, "operator").includes(verb);
    const whose = grant.tenant === tenant ? "own" : "other";
    return verbsOf(resource, grant.role, whose).includes(verb);
  });
  if (isAllowed) return ALLOWED;
  const object = name === undefined ? "" : ` "${name}"`;
  const where = tenant === undefined ? "over all tenants" : `in the tenant "${tenant}"`;
  return {
    kind: "denied",
    reason: `${resource}.selvedge.dev${object} is forbidden: user "${user}" cannot ${verb} resource "${resource}" ${where}`,
  };
}

function verbsOf(resource: AccessResource, role: "operator"): readonly Verb[];
function verbsOf(
  resource: AccessResource,
  role: "tenant-admin" | "tenant-viewer",
  whose: "own" | "other",
): readonly Verb[];
function verbsOf(
  resource: AccessResource,
  role: "operator" | "tenant-admin" | "tenant-viewer",
  whose: "own" | "other" = "other",
): readonly Verb[] {
  const cells = ROLE_TABLE[resource];
  return role === "operator" ? cells.operator : cells[role][whose];
}
