/** Who makes a request, and what roles they have. How that was found out is not told here. */

/** An operator may do everything; the other roles are for one tenant each. */
export type Grant =
  | { readonly role: "operator" }
  | { readonly role: "tenant-admin" | "tenant-viewer"; readonly tenant: string };

export type Role = Grant["role"];

export const ROLES: readonly Role[] = ["operator", "tenant-admin", "tenant-viewer"];

/** Somebody whose credentials were found good. */
export interface Identity {
  readonly user: string;
  readonly how: "unix socket" | "certificate" | "token";
  /** Which token (its id) or certificate (its serial number); undefined on the socket. */
  readonly credential?: string;
  /** Several add up. Without any, only what is there for everybody may be read. */
  readonly grants: readonly Grant[];
  /** Milliseconds since 1970 from which on the credential is no longer good. */
  readonly expiresAt?: number;
}

/** Whoever may open the socket, which its mode leaves to root. Node cannot ask for the peer's uid (SO_PEERCRED). */
export const ROOT_ON_SOCKET: Identity = {
  user: "root (unix socket)",
  how: "unix socket",
  grants: [{ role: "operator" }],
};

export function isOperator({ grants }: Identity): boolean {
  return grants.some(({ role }) => role === "operator");
}

/** The tenants that the identity has a role in. */
export function tenantsOf({ grants }: Identity): ReadonlySet<string> {
  return new Set(grants.flatMap((grant) => (grant.role === "operator" ? [] : [grant.tenant])));
}

const TENANT_GROUP = /^selvedge:tenant:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?):(admin|viewer)$/;

/**
 * What a group gives, as certificates name it (O): `selvedge:operators`, `selvedge:tenant:red:admin`,
 * `selvedge:tenant:red:viewer`. Undefined for all others, which are not ours.
 */
export function grantOfGroup(group: string): Grant | undefined {
  if (group === "selvedge:operators") return { role: "operator" };
  const [, tenant, role] = TENANT_GROUP.exec(group) ?? [];
  if (tenant === undefined) return undefined;
  return { role: role === "admin" ? "tenant-admin" : "tenant-viewer", tenant };
}

/** `operator`, or `tenant-admin of red, tenant-viewer of blue`; `no role` for nothing. */
export function formatGrants(grants: readonly Grant[]): string {
  if (grants.length === 0) return "no role";
  return grants
    .map((grant) => (grant.role === "operator" ? grant.role : `${grant.role} of ${grant.tenant}`))
    .join(", ");
}
