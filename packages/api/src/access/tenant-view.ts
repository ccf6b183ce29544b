/**
 * What a tenant sees: of their own resources all but the fields that are the operator's (VNIs, route targets, ids, which
 * tell of the network and of how many others there are), of refusals nothing that names what is not theirs.
 */
import { type Issue, KINDS, parseResourceKey, type Resource } from "@selvedge/resources";

/** A resource without the operator's fields. */
export function shownToTenant(resource: Resource): Resource {
  if (resource.kind === "Tenant") {
    const { vniRange: _, ...spec } = resource.spec;
    return { ...resource, spec };
  }
  if (resource.kind === "Subnet") {
    const { status: _, spec, ...shown } = resource;
    const { vni: _vni, ...ownSpec } = spec;
    return { ...shown, spec: ownSpec };
  }
  if (resource.kind !== "Vrf") return resource;
  const { status: _, spec, ...shown } = resource;
  const { l3vni: _l3vni, routeTargets: _routeTargets, ...ownSpec } = spec;
  return { ...shown, spec: ownSpec };
}

/** Is it a tenant's, and one of these? */
export function belongsTo(tenants: ReadonlySet<string>, key: string): boolean {
  const parts = parseResourceKey(key);
  if (parts === undefined) return false;
  if (parts.kind === "Tenant") return tenants.has(parts.name);
  return parts.namespace !== undefined && tenants.has(parts.namespace);
}

const UNREADABLE =
  "the datastore holds something that cannot be read, and takes no changes until an operator has mended it";
const NO_SUCH_HOST =
  "is no host that endpoints can be on; name one that an operator of the network told you";
const NO_SUCH_TENANT = "the tenant is not declared; ask an operator of the network";

/** An issue of admission as the maker of the request may know it. */
export function issueForTenant(issue: Issue, tenants: ReadonlySet<string>): Issue {
  const { key, path, conflictsWith: other, ...rest } = issue;
  // Changes are of own resources; an issue with another's is about what was there before.
  if (key === undefined || !belongsTo(tenants, key)) return { path: [], message: UNREADABLE };
  const field = path.join(".");
  if (field === "spec.host") return { ...rest, key, path, message: NO_SUCH_HOST };
  if (field === "metadata.namespace") return { ...rest, key, path, message: NO_SUCH_TENANT };
  const message = withoutOthersNames(issue.message, tenants);
  return other !== undefined && belongsTo(tenants, other)
    ? { ...rest, key, path, message, conflictsWith: other }
    : { ...rest, key, path, message };
}

const PLURALS = Object.values(KINDS)
  .map(({ plural }) => plural)
  .join("|");
const KEY = new RegExp(`\\b(?:${PLURALS})/[-a-z0-9]+(?:/[-a-z0-9]+)?`, "g");

/** The text with "another resource" in the place of keys that are not the tenants'. */
export function withoutOthersNames(text: string, tenants: ReadonlySet<string>): string {
  return text.replace(KEY, (key) => (belongsTo(tenants, key) ? key : "another resource"));
}
