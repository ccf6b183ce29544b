/** Who may do what, as a table. docs/access.md has it in words; a test compares the two, and tries every cell. */

/** The verbs of the Kubernetes API. */
export const VERBS = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
] as const;

export type Verb = (typeof VERBS)[number];

/** What a role may do with what is its own tenant's, and with all else: other tenants', all tenants', nobody's. */
interface TenantCells {
  readonly own: readonly Verb[];
  readonly other: readonly Verb[];
}

export interface RoleRow {
  readonly operator: readonly Verb[];
  readonly "tenant-admin": TenantCells;
  readonly "tenant-viewer": TenantCells;
}

const ALL: readonly Verb[] = VERBS;
const READ: readonly Verb[] = ["get", "list", "watch"];
const GET: readonly Verb[] = ["get"];
const NONE: readonly Verb[] = [];

function row(operator: readonly Verb[], admin: TenantCells, viewer: TenantCells): RoleRow {
  return { operator, "tenant-admin": admin, "tenant-viewer": viewer };
}

const NOTHING: TenantCells = { own: NONE, other: NONE };
const ONLY_OPERATORS = (...verbs: readonly Verb[]): RoleRow => row(verbs, NOTHING, NOTHING);

/**
 * Declared resources first, then what an agent does and shows of its host, then addresses. A Tenant is its own tenant's;
 * it is listed and watched there by name only (`fieldSelector=metadata.name=red`).
 */
export const ROLE_TABLE = {
  //                       operator  tenant-admin                   tenant-viewer
  tenants: /*            */ row(ALL, { own: READ, other: NONE }, { own: READ, other: NONE }),
  "tenants/status": /*   */ row(GET, { own: GET, other: NONE }, { own: GET, other: NONE }),
  hosts: /*              */ row(ALL, { own: NONE, other: NONE }, { own: NONE, other: NONE }),
  "hosts/status": /*     */ row(GET, { own: NONE, other: NONE }, { own: NONE, other: NONE }),
  vrfs: /*               */ row(ALL, { own: ALL, other: NONE }, { own: READ, other: NONE }),
  "vrfs/status": /*      */ row(GET, { own: GET, other: NONE }, { own: GET, other: NONE }),
  subnets: /*            */ row(ALL, { own: ALL, other: NONE }, { own: READ, other: NONE }),
  "subnets/status": /*   */ row(GET, { own: GET, other: NONE }, { own: GET, other: NONE }),
  endpoints: /*          */ row(ALL, { own: ALL, other: NONE }, { own: READ, other: NONE }),
  "endpoints/status": /* */ row(GET, { own: GET, other: NONE }, { own: GET, other: NONE }),

  "agent/status": ONLY_OPERATORS("get"),
  "agent/bgp": ONLY_OPERATORS("get"),
  "agent/bgp-clear": ONLY_OPERATORS("create"),
  "agent/evpn": ONLY_OPERATORS("get"),
  "agent/vrfs": ONLY_OPERATORS("get"),
  "agent/vteps": ONLY_OPERATORS("get"),
  "agent/macs": ONLY_OPERATORS("get"),
  "agent/endpoints": ONLY_OPERATORS("get"),
  "agent/attachments": ONLY_OPERATORS("create", "delete"),

  "ipam/pools": ONLY_OPERATORS("get"),
  "ipam/blocks": ONLY_OPERATORS("get"),
  "ipam/addresses": ONLY_OPERATORS("get", "delete"),
  "ipam/findings": ONLY_OPERATORS("get"),
  "ipam/repairs": ONLY_OPERATORS("create"),
} as const satisfies Readonly<Record<string, RoleRow>>;

/** A row of the table. */
export type AccessResource = keyof typeof ROLE_TABLE;

export function isAccessResource(text: string): text is AccessResource {
  return Object.hasOwn(ROLE_TABLE, text);
}
